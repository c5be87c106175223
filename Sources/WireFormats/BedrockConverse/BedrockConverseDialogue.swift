/// A call's dialogue as Converse takes it: without what the model can't be told, in strict alternation, the user first.
struct BedrockConverseDialogue {
    /// What sets the model up: texts that say something.
    private(set) var instructions: [ChatPart]
    /// The turns.
    private(set) var turns: [ChatTurn]

    init(_ request: ChatRequest, for model: BedrockModel, losses: inout LossList) {
        var request = request
        for turn in request.turns.indices {
            request.turns[turn].parts = request.turns[turn].parts.filter { Self.keeps($0, for: model, &losses) }
        }
        turns = request.turns.ordered()
        instructions = request.instructions.filter { $0.isSaying }
        if turns.isEmpty, !instructions.isEmpty {
            turns = [ChatTurn(.user, instructions)]
            instructions = []
        }
        trimEnd()
        // Converse has no form for just any JSON object.
        if case .jsonObject = request.answerForm {
            instructions.append(.text("Answer with a single JSON object and nothing else."))
        }
    }

    /// Whether there are calls of tools or their results.
    var hasTools: Bool { turns.contains { !$0.parts.toolCalls.isEmpty } }

    /// The names of the tools that were called, each once.
    var calledTools: [String] {
        var seen: Set<String> = []
        return turns.flatMap(\.parts.toolCalls).map(\.name).filter { seen.insert($0).inserted }
    }

    /// How many parts ask to be cached.
    var cacheHints: Int {
        (instructions + turns.flatMap(\.parts)).reduce(0) { $0 + ($1.innermostHint == nil ? 0 : 1) }
    }

    private static func keeps(_ part: ChatPart, for model: BedrockModel, _ losses: inout LossList) -> Bool {
        switch part.content {
        case .reasoning, .hiddenReasoning:
            if model.isClaude, part.state?.origin == OpaqueState.anthropic { return true }
            losses.add("reasoning", "earlier thinking is left out, because this model can't check it")
            return false
        case .foreign:
            losses.add("messages", "pieces that only their own provider understands are left out")
            return false
        case .text, .refusal, .image, .document, .audio, .toolCall, .toolResult:
            losses.add("thought_signature", "another provider's state is left out", if: part.state != nil)
            return part.isSaying
        }
    }

    /// Blanks at the end of what the model shall go on with are refused.
    private mutating func trimEnd() {
        guard let last = turns.last, last.speaker == .assistant, let part = last.parts.last,
            case .text(let text) = part.content
        else { return }
        let end = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex
        turns[turns.count - 1].parts[last.parts.count - 1].content = .text(String(text[..<end]))
    }
}

extension ChatPart {
    /// Whether it isn't a text of nothing but blanks, which is refused.
    var isSaying: Bool {
        switch content {
        case .text(let text), .refusal(let text): text.unicodeScalars.contains { !$0.properties.isWhitespace }
        default: true
        }
    }

    /// The part's own wish to be cached, or that of the last piece within it.
    var innermostHint: CacheHint? {
        if case .toolResult(let result) = content, cacheHint == nil {
            return result.parts.last { $0.cacheHint != nil }?.cacheHint
        }
        return cacheHint
    }
}
