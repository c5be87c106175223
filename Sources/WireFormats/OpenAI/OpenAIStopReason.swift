extension StopReason {
    /// The `finish_reason` of Chat and Completions. Neither can say which text was met, or that the provider paused.
    var openAIFinishReason: String {
        switch self {
        case .endTurn, .stopSequence, .paused, .malformedCall, .other: "stop"
        case .maxTokens, .contextFull: "length"
        case .toolCall: "tool_calls"
        case .contentFiltered, .refusal: "content_filter"
        }
    }
}
