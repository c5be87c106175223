/// Why a message ended, as Anthropic tells it.
struct AnthropicStop {
    private let reason: String
    /// Which of the call's texts was met, where that is known.
    private let sequence: String?
    /// The words in which the model refused.
    private let explanation: String?

    /// - Parameters:
    ///   - callsTools: Whether the model called a tool.
    ///   - refusal: The words in which the model refused; empty when it didn't.
    ///   - stops: The call's texts to stop at: a single one is the one that was met.
    init(_ reason: StopReason?, callsTools: Bool, refusal: String, stops: [String]) {
        var sequence: String?
        var isRefusal = false
        switch (reason ?? .endTurn).given(toolCalls: callsTools) {
        case .endTurn, .malformedCall, .other:
            isRefusal = !refusal.isEmpty
            self.reason = isRefusal ? "refusal" : "end_turn"
        case .stopSequence(let met):
            self.reason = "stop_sequence"
            sequence = met ?? (stops.count == 1 ? stops.first : nil)
        case .maxTokens: self.reason = "max_tokens"
        case .toolCall: self.reason = "tool_use"
        case .contentFiltered, .refusal:
            isRefusal = true
            self.reason = "refusal"
        case .contextFull: self.reason = "model_context_window_exceeded"
        case .paused: self.reason = "pause_turn"
        }
        self.sequence = sequence
        explanation = isRefusal && !refusal.isEmpty ? refusal : nil
    }

    /// Writes the members that a message and the end of a stream have in common.
    func write(to json: inout JSONWriter) {
        json.field("stop_reason", reason)
        json.nullable("stop_sequence", sequence)
        guard let explanation else { return }
        json.object("stop_details") { json in
            json.field("type", "refusal")
            json.null("category")
            json.field("explanation", explanation)
        }
    }

    /// Reads why a message ended; nil while it hasn't.
    static func read(_ node: JSONNode, callsTools: Bool) -> StopReason? {
        guard let reason = node.optional("stop_reason"), reason.kind == .string, reason.contents.count > 0 else {
            return nil
        }
        let met = node.optional("stop_sequence")?.decoded()
        let known: StopReason =
            switch reason.decoded() {
            case "end_turn": .endTurn
            case "stop_sequence": .stopSequence(met)
            case "max_tokens": .maxTokens
            case "tool_use": .toolCall
            case "refusal": .refusal
            case "model_context_window_exceeded": .contextFull
            case "pause_turn": .paused
            case let other: .other(other)
            }
        return known.given(toolCalls: callsTools)
    }

    /// The provider's words for why it refused; nil where there are none.
    static func explanation(_ node: JSONNode) -> String? {
        guard let words = node["stop_details"]?.optional("explanation"), words.kind == .string else { return nil }
        return words.contents.count > 0 ? words.decoded() : nil
    }
}
