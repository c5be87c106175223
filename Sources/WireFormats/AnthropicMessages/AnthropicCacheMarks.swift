/// Keeps the marks for the provider's cache within Anthropic's rules: four at most, in the order in which the prompt is
/// read (tools, instructions, dialogue), those for an hour before those for five minutes.
struct AnthropicCacheMarks {
    private static let most = 4

    /// How many marks there still are that are too many; the first ones go, since the later ones reach further.
    private var surplus: Int
    /// Whether a mark for five minutes has been met.
    private var metShort = false
    private var losses = AnthropicLosses()

    /// Fits the marks of a call.
    static func fit(
        _ tools: inout [ChatTool], _ dialogue: inout AnthropicDialogue, _ whole: inout CacheHint?,
        losses: inout AnthropicLosses
    ) {
        var marks = 0
        func count(_ hint: CacheHint?) { if hint != nil { marks += 1 } }
        for tool in tools { count(tool.cacheHint) }
        for part in dialogue.instructions { count(part.cacheHint) }
        for turn in dialogue.turns { for part in turn.parts { count(part.cacheHint) } }
        count(whole)
        guard marks > 0 else { return }

        var fitting = AnthropicCacheMarks(surplus: max(0, marks - most))
        for place in tools.indices { fitting.fit(&tools[place].cacheHint) }
        for place in dialogue.instructions.indices { fitting.fit(&dialogue.instructions[place].cacheHint) }
        for turn in dialogue.turns.indices {
            for place in dialogue.turns[turn].parts.indices {
                fitting.fit(&dialogue.turns[turn].parts[place].cacheHint)
            }
        }
        fitting.fit(&whole)
        for loss in fitting.losses.all { losses.note(loss.field, loss.detail) }
    }

    private init(surplus: Int) { self.surplus = surplus }

    private mutating func fit(_ hint: inout CacheHint?) {
        guard let mark = hint else { return }
        if surplus > 0 {
            surplus -= 1
            hint = nil
            losses.note("cache_control", "only the last \(Self.most) marks were kept")
            return
        }
        switch mark.lifetime {
        case "1h" where metShort:
            hint = CacheHint(lifetime: "5m")
            losses.note("cache_control", "an hour shortened to 5 minutes, because it came behind a mark for 5 minutes")
        case "1h": break
        case "5m", nil: metShort = true
        default:
            hint = CacheHint()
            metShort = true
            losses.note("cache_control", "Anthropic keeps what it has read for 5 minutes or an hour only")
        }
    }
}
