extension StopReason {
    /// Reads a candidate's `finishReason`, a word or its number in Vertex' enumeration; nil while there is none.
    init?(gemini node: JSONNode?) {
        guard let node, node.isSpecified else { return nil }
        let number = node.wholeNumber ?? 0
        let word = node.kind == .string ? node.decoded() : Self.words.indices.contains(number) ? Self.words[number] : ""
        switch word {
        case "STOP": self = .endTurn
        case "MAX_TOKENS": self = .maxTokens
        case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR",
            "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "PUP_LIMITED_DISABLED":
            self = .contentFiltered
        case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE",
            "MALFORMED_RESPONSE":
            self = .malformedCall
        default: self = .other(word)
        }
    }

    /// The words in the order of their numbers.
    private static let words = [
        "", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
        "MALFORMED_FUNCTION_CALL", "MODEL_ARMOR", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
        "IMAGE_OTHER", "UNEXPECTED_TOOL_CALL", "NO_IMAGE",
    ]

    /// The `finishReason` for a client. That a tool was called shows in the parts.
    ///
    /// - Parameter inWords: Whether a model that refused said so: to Google that is an answer like others.
    func geminiFinishReason(inWords: Bool) -> String {
        switch self {
        case .refusal where inWords: "STOP"
        case .endTurn, .stopSequence, .toolCall: "STOP"
        case .maxTokens, .contextFull: "MAX_TOKENS"
        case .contentFiltered, .refusal: "SAFETY"
        case .malformedCall: "MALFORMED_FUNCTION_CALL"
        case .paused, .other: "OTHER"
        }
    }
}
