/// `thinkingConfig`: how much a model should think, by a number of tokens or by a word.
struct GeminiThinking: Equatable {
    /// In tokens; 0: not at all; -1: as the model sees fit.
    var budget: Int?
    /// `minimal`, `low`, `medium`, `high`.
    var level: String?
    /// Whether the model's thoughts are wanted with its answer.
    var includesThoughts = true

    func write(to json: inout JSONWriter) {
        json.object("thinkingConfig") { json in
            json.field("thinkingBudget", budget)
            json.field("thinkingLevel", level)
            if includesThoughts { json.field("includeThoughts", true) }
        }
    }

    /// What a client asks for; nil where it says nothing.
    static func read(_ config: JSONNode) throws(MalformedBody) -> ReasoningWish? {
        if let level = config.googleField("thinkingLevel", "thinking_level"), level.isSpecified {
            if let number = level.wholeNumber, levels.indices.contains(number) { return .effort(levels[number]) }
            return .effort(try level.string().lowercased())
        }
        if let budget = config.googleField("thinkingBudget", "thinking_budget") {
            let tokens = try budget.integer(in: -1...Int.max)
            return tokens == 0 ? .off : tokens < 0 ? .adaptive : .budget(tokens)
        }
        let shows = try config.googleField("includeThoughts", "include_thoughts")?.boolean() ?? false
        return shows ? .adaptive : nil
    }

    /// The words by their numbers in the enumeration, of which 0 means none.
    private static let levels = ["", "low", "medium", "high", "minimal"]

    /// What a model is told; nil: nothing.
    static func config(
        for wish: ReasoningWish?, style: TargetTraits.ReasoningStyle, model: GeminiModel, losses: inout GeminiLosses
    ) -> GeminiThinking? {
        guard var wish else { return nil }
        if case .effort("none") = wish { wish = .off }
        switch style {
        case .none:
            if wish != .off { losses.add("reasoning", "the model doesn't think") }
            return nil
        case .budget: return budget(for: wish, model, &losses)
        case .adaptive: return level(for: wish, model, &losses)
        }
    }

    private static func budget(
        for wish: ReasoningWish, _ model: GeminiModel, _ losses: inout GeminiLosses
    ) -> GeminiThinking {
        switch wish {
        case .off where model.isPro:
            losses.add("reasoning", "set to the least, since the model can't be kept from thinking")
            return GeminiThinking(budget: leastOfPro, includesThoughts: false)
        case .off: return GeminiThinking(budget: 0, includesThoughts: false)
        case .adaptive: return GeminiThinking(budget: -1)
        case .effort, .budget:
            let most = model.isPro ? mostOfPro : mostOfOthers
            let tokens = wish.budgetTokens ?? most
            if tokens > most { losses.add("reasoning", "lowered to the most that the model takes") }
            return GeminiThinking(budget: min(tokens, most))
        }
    }

    private static func level(
        for wish: ReasoningWish, _ model: GeminiModel, _ losses: inout GeminiLosses
    ) -> GeminiThinking {
        switch wish.effortWord {
        case nil: return GeminiThinking()
        case "none":
            losses.add("reasoning", "set to the least, since the model can't be kept from thinking")
            return GeminiThinking(level: model.isFlash ? "minimal" : "low", includesThoughts: false)
        case "minimal": return GeminiThinking(level: model.isFlash ? "minimal" : "low")
        case "low": return GeminiThinking(level: "low")
        case "medium": return GeminiThinking(level: "medium")
        case "high": return GeminiThinking(level: "high")
        default:
            losses.add("reasoning", "set to high, the most that there is")
            return GeminiThinking(level: "high")
        }
    }

    /// The thoughts are a part of the answer, and clients count only what they see: an answer that is shorter than the
    /// budget may be longer by it as far as the model goes; from there on the budget is smaller.
    mutating func makeRoom(
        in maxTokens: inout Int, within limit: Int, of model: GeminiModel, losses: inout GeminiLosses
    ) {
        guard let wanted = budget, wanted > 0, wanted >= maxTokens else { return }
        let visible = maxTokens
        let (sum, overflows) = visible.addingReportingOverflow(wanted)
        maxTokens = max(visible, overflows ? limit : min(sum, limit))
        let rest = maxTokens - visible
        if rest < wanted {
            let least = min(wanted, model.isPro ? Self.leastOfPro : Self.leastOfOthers)
            if rest < least, !model.isPro {
                (budget, includesThoughts, maxTokens) = (0, false, visible)
                return losses.add("reasoning", "left out, because the model's longest answer has no room for it")
            }
            let lowered = max(rest, least)
            budget = lowered
            losses.add(
                "reasoning", "lowered to \(lowered) tokens, for which the longest answer has room",
                if: lowered < wanted)
        }
        losses.add("max_tokens", "raised to \(maxTokens), to make room for thinking", if: maxTokens > visible)
    }

    /// The budgets that Google documents, in tokens; the least of others is that of the smallest of them.
    private static let (leastOfPro, mostOfPro) = (128, 32_768)
    private static let (leastOfOthers, mostOfOthers) = (512, 24_576)
}
