/// How Completions spells a call, its answer and its stream. To a chat model each prompt is a user's turn.
struct OpenAICompletionsCodec: ChatCodec {
    /// The fields that are read, and those that have no effect on an answer.
    private static let fields: [StaticString] = [
        "model", "prompt", "max_tokens", "temperature", "top_p", "top_k", "min_p", "frequency_penalty",
        "presence_penalty", "seed", "logit_bias", "logprobs", "n", "stop", "stream", "stream_options", "user",
        "safety_identifier", "best_of", "echo", "suffix",
    ]

    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest {
        var request = ChatRequest(model: try body.required("model").string())
        request.turns = try prompts(body.required("prompt")).map { ChatTurn(.user, $0) }
        request.isPrompt = true
        request.maxOutputTokens = try body.optional("max_tokens")?.integer(in: 0...Int.max) ?? Self.defaultMaxTokens
        try request.readSampling(body)
        request.logProbabilities = try body.optional("logprobs")?.integer(in: 0...Int.max)
        if let bestOf = body.optional("best_of"), try bestOf.integer() > 1 {
            throw bestOf.malformed("must be 1 or left out for this model")
        }
        if let echo = body.optional("echo"), try echo.boolean() {
            throw echo.malformed("must be false or left out for this model")
        }
        if let suffix = body.optional("suffix"), try !suffix.string().isEmpty {
            throw suffix.malformed("must be left out for this model")
        }
        try request.unread.note(membersOf: body, butFor: Self.fields)
        return request
    }

    /// What the API takes for a missing `max_tokens`.
    private static let defaultMaxTokens = 16

    private func prompts(_ prompt: JSONNode) throws(MalformedBody) -> [String] {
        if prompt.kind == .string { return [try prompt.string()] }
        var prompts: [String] = []
        for text in try prompt.elements() {
            guard text.kind == .string else { throw prompt.malformed("must be texts for this model, not tokens") }
            prompts.append(try text.string())
        }
        guard !prompts.isEmpty else { throw prompt.malformed("must not be empty") }
        return prompts
    }

    func encode(_ response: ChatResponse, to call: AnsweredCall, into body: inout [UInt8]) {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("id", OpenAICompletionsStreamWriter.id(of: call))
                json.field("object", "text_completion")
                json.field("created", call.created)
                json.field("model", response.model.isEmpty ? call.request.model : response.model)
                let reason = response.stopReason ?? .endTurn
                Self.writeChoice(Self.text(of: response), Self.finishReason(reason), to: &json)
                response.usage?.writeAsOpenAIChat(to: &json)
            }
        }
    }

    /// There is one text; a refusal in words has no other place.
    private static func text(of response: ChatResponse) -> String {
        response.parts.reduce(into: "") { text, part in
            switch part.content {
            case .text(let more), .refusal(let more): text += more
            default: break
            }
        }
    }

    /// A prompt offers no tools, so none is waited for.
    static func finishReason(_ reason: StopReason) -> String { reason.given(toolCalls: false).openAIFinishReason }

    func makeStreamWriter(to call: AnsweredCall) -> any ChatStreamWriter {
        OpenAICompletionsStreamWriter(call)
    }

    static func writeChoice(_ text: String, _ finishReason: String?, to json: inout JSONWriter) {
        json.array("choices", CollectionOfOne(text)) { text, json in
            json.object { json in
                json.field("text", text)
                json.field("index", 0)
                json.null("logprobs")
                json.nullable("finish_reason", finishReason)
            }
        }
    }
}
