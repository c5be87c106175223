/// How Completions spells a call, its answer and its stream. To a chat model a prompt is one user's turn.
struct OpenAICompletionsCodec: ChatCodec {
    func decode(_ body: JSONNode) throws(MalformedBody) -> ChatRequest {
        var request = ChatRequest(model: try body.required("model").string())
        request.turns = [ChatTurn(.user, try prompt(body.required("prompt")))]
        request.maxOutputTokens = try body.optional("max_tokens")?.integer(in: 0...Int.max) ?? Self.defaultMaxTokens
        try request.readSampling(body)
        if let bestOf = body.optional("best_of"), try bestOf.integer() > 1 {
            throw bestOf.malformed("must be 1 or left out for this model")
        }
        if let echo = body.optional("echo"), try echo.boolean() {
            throw echo.malformed("must be false or left out for this model")
        }
        if let suffix = body.optional("suffix"), try !suffix.string().isEmpty {
            throw suffix.malformed("must be left out for this model")
        }
        return request
    }

    /// What the API takes for a missing `max_tokens`.
    private static let defaultMaxTokens = 16

    private func prompt(_ prompt: JSONNode) throws(MalformedBody) -> String {
        if prompt.kind == .string { return try prompt.string() }
        var prompts = try prompt.elements()
        guard let only = prompts.next(), prompts.next() == nil, only.kind == .string else {
            throw prompt.malformed("must be one text for this model, not tokens or several prompts")
        }
        return try only.string()
    }

    func encode(_ response: ChatResponse, into body: inout [UInt8]) {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("id", response.id)
                json.field("object", "text_completion")
                json.field("created", response.created)
                json.field("model", response.model)
                Self.writeChoice(response.text, response.stopReason?.openAIFinishReason, to: &json)
                response.usage?.writeAsOpenAIChat(to: &json)
            }
        }
    }

    func makeStreamWriter(includeUsage: Bool, id: String, created: Int) -> any ChatStreamWriter {
        OpenAICompletionsStreamWriter(includeUsage: includeUsage, id: id, created: created)
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

/// Writes a Completions stream: chunks of text, the reason why it ended, the usage if it was asked for, `[DONE]`.
struct OpenAICompletionsStreamWriter: ChatStreamWriter {
    private let includeUsage: Bool
    private let id: String
    private let created: Int
    private var model = ""
    private var usage: TokenUsage?

    init(includeUsage: Bool, id: String, created: Int) {
        (self.includeUsage, self.id, self.created) = (includeUsage, id, created)
    }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .start(_, let model):
            self.model = model
        case .textDelta(let text):
            writeChunk(to: &stream) { json in OpenAICompletionsCodec.writeChoice(text, nil, to: &json) }
        case .toolStart, .toolArgumentsDelta, .toolEnd:
            break  // a Completions request can't offer tools
        case .usage(let usage):
            self.usage = usage
        case .finish(let reason):
            writeChunk(to: &stream) { json in
                OpenAICompletionsCodec.writeChoice("", reason.openAIFinishReason, to: &json)
            }
            if includeUsage, let usage {
                writeChunk(to: &stream) { json in
                    json.array("choices", [Int]()) { _, _ in }
                    usage.writeAsOpenAIChat(to: &json)
                }
            }
            stream.append(contentsOf: "data: [DONE]\n\n".utf8)
        }
    }

    private func writeChunk(to stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        stream.append(contentsOf: "data: ".utf8)
        JSONWriter.append(to: &stream) { json in
            json.object { json in
                json.field("id", id)
                json.field("object", "text_completion")
                json.field("created", created)
                json.field("model", model)
                members(&json)
            }
        }
        stream.append(contentsOf: "\n\n".utf8)
    }
}
