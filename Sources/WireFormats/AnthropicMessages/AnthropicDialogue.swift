/// A dialogue made fit for Anthropic: instructions apart, speakers in turn, nothing in it that would be refused.
struct AnthropicDialogue {
    /// What goes into `system`: texts.
    var instructions: [ChatPart] = []
    /// What goes into `messages`; never empty, and the user begins.
    var turns: [ChatTurn] = []

    /// - Throws: ``Untranslatable`` for pictures, documents and recordings that Claude can't take.
    init(_ request: ChatRequest, losses: inout AnthropicLosses) throws(Untranslatable) {
        let leading = request.turns.prefix { $0.speaker == .system }
        for part in request.instructions + leading.flatMap(\.parts) {
            if let part = try Self.instruction(part) { instructions.append(part) }
        }
        var fitting: [ChatTurn] = []
        for turn in request.turns[leading.endIndex...] {
            var parts: [ChatPart] = []
            for part in turn.parts {
                if let part = try Self.fit(part, of: turn.speaker, &losses) { parts.append(part) }
            }
            // The last thing that the model said must not be a thought.
            while turn.speaker == .assistant, parts.last?.isThought == true {
                losses.note("reasoning", "thoughts that nothing followed were left out")
                parts.removeLast()
            }
            fitting.append(ChatTurn(turn.speaker, parts))
        }
        turns = fitting.ordered()
        stripEnd()
        if turns.isEmpty {
            turns = [ChatTurn(.user, instructions.isEmpty ? [.text(".")] : instructions)]
            instructions = []
        }
        renameCalls()
    }

    // MARK: Part by part

    private static func instruction(_ part: ChatPart) throws(Untranslatable) -> ChatPart? {
        switch part.content {
        case .text(let text), .refusal(let text):
            return isBlank(text) ? nil : ChatPart(.text(text), cacheHint: part.cacheHint)
        case .document(let document):
            if case .text(let text) = document.source {
                return isBlank(text) ? nil : ChatPart(.text(text), cacheHint: part.cacheHint)
            }
        case .reasoning, .hiddenReasoning, .foreign: return nil
        case .image, .audio, .toolCall, .toolResult: break
        }
        throw Untranslatable(
            "messages", "Instructions are text for this model; move the rest into a message of the user.")
    }

    /// The part as Anthropic takes it; nil where it can do without.
    private static func fit(
        _ part: ChatPart, of speaker: ChatTurn.Speaker, _ losses: inout AnthropicLosses
    ) throws(Untranslatable) -> ChatPart? {
        var part = part
        switch part.content {
        case .text(let text), .refusal(let text):
            dropState(of: &part, &losses)
            part.content = .text(text)
            return isBlank(text) ? nil : part
        case .reasoning, .hiddenReasoning:
            guard part.anthropicState != nil, speaker == .assistant else {
                losses.note("reasoning", "thoughts that Anthropic didn't sign were left out")
                return nil
            }
            part.cacheHint = nil
        case .image(let image):
            if let detail = image.detail, detail != "auto" {
                losses.note("image_detail", "Claude always looks at pictures in the same way")
            }
            part.content = .image(try AnthropicMedia.image(image))
        case .document(let document):
            if case .text(let text) = document.source, isBlank(text) { return nil }
            part.content = try AnthropicMedia.document(document)
        case .audio:
            throw Untranslatable("messages", "This model can't listen; send the words that were spoken.")
        case .toolCall:
            dropState(of: &part, &losses)
        case .toolResult(var result):
            var parts: [ChatPart] = []
            for inner in result.parts {
                guard var inner = try fit(inner, of: speaker, &losses) else { continue }
                // A mark within a result is a mark behind it.
                if let hint = inner.cacheHint { part.cacheHint = part.cacheHint ?? hint }
                inner.cacheHint = nil
                parts.append(inner)
            }
            result.parts = parts
            part.content = .toolResult(result)
        case .foreign(let foreign):
            guard foreign.isAnthropic else {
                losses.note("foreign_content", "what only another provider understands was left out")
                return nil
            }
            return foreign.type == AnthropicBlockReader.citationType ? nil : part
        }
        return part
    }

    /// A text or a call goes without what another provider wants back with it.
    private static func dropState(of part: inout ChatPart, _ losses: inout AnthropicLosses) {
        if part.state != nil { losses.note("thought_signature", "another provider's signatures were left out") }
        part.state = nil
    }

    private static func isBlank(_ text: String) -> Bool {
        !text.unicodeScalars.contains { !$0.properties.isWhitespace }
    }

    // MARK: The dialogue as a whole

    /// White space at the end of what the model is to go on from is refused.
    private mutating func stripEnd() {
        guard let last = turns.last, last.speaker == .assistant, case .text(let text)? = last.parts.last?.content,
            let end = text.lastIndex(where: { !$0.isWhitespace })
        else { return }
        turns[turns.count - 1].parts[last.parts.count - 1].content = .text(String(text[...end]))
    }

    private mutating func renameCalls() {
        var ids = AnthropicToolIDs()
        for turn in turns.indices {
            for place in turns[turn].parts.indices {
                switch turns[turn].parts[place].content {
                case .toolCall(var call):
                    call.id = ids.call(call.id)
                    turns[turn].parts[place].content = .toolCall(call)
                case .toolResult(var result):
                    result.callID = ids.result(result.callID)
                    turns[turn].parts[place].content = .toolResult(result)
                default: break
                }
            }
        }
    }

    // MARK: What the model has thought

    /// Where the model's last turn begins: behind the user's last words that are no results of its calls.
    private var lastTurn: ArraySlice<ChatTurn> {
        let start = turns.lastIndex { $0.speaker == .user && !$0.parts.contains(where: \.isResult) }
        return turns[((start ?? -1) + 1)...]
    }

    /// Whether the model has begun a turn that it is to go on with, and what it thought before isn't there.
    var lacksThoughts: Bool {
        let said = lastTurn.filter { $0.speaker == .assistant }
        return !said.isEmpty && !said.contains { $0.parts.contains(where: \.isThought) }
    }

    /// Takes the thoughts out of the turn that the model is to go on with; whether there were any.
    mutating func removeThoughtsOfLastTurn() -> Bool {
        let places = lastTurn.indices.filter { turns[$0].parts.contains(where: \.isThought) }
        for place in places { turns[place].parts.removeAll(where: \.isThought) }
        turns.removeAll { $0.parts.isEmpty }
        return !places.isEmpty
    }

    /// The tools that the dialogue speaks of, each once.
    var toolNames: [String] {
        var met: Set<String> = []
        return turns.flatMap(\.parts.toolCalls).map(\.name).filter { met.insert($0).inserted }
    }
}

extension ChatPart {
    fileprivate var isThought: Bool {
        switch content {
        case .reasoning, .hiddenReasoning: true
        default: false
        }
    }

    fileprivate var isResult: Bool { if case .toolResult = content { true } else { false } }
}
