/// What an answer's manner and a stream's have in common.
struct OpenAIChatAnswerStyle {
    /// The answer's id.
    let id: String
    /// Whether the client offered `functions`, and knows no `tool_calls`.
    let isOlder: Bool
    /// The client's custom tools: calls of theirs are told otherwise.
    let customTools: Set<String>

    init(_ call: AnsweredCall) {
        id = "chatcmpl-" + call.id
        isOlder = call.request.manner == OpenAIChatRequestReader.olderManner
        customTools = call.request.customToolNames
    }

    /// Who refused in words has ended of its own accord: the words say the rest.
    func finishReason(_ reason: StopReason, hasRefused: Bool) -> String {
        switch reason {
        case .refusal where hasRefused: "stop"
        case .toolCall where isOlder: "function_call"
        default: reason.openAIFinishReason
        }
    }
}
