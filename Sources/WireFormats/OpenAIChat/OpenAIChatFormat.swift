/// OpenAI's Chat Completions: `POST /v1/chat/completions`.
public struct OpenAIChatFormat: WireFormat {
    /// The format.
    public init() {}

    /// `openai-chat`.
    public var id: FormatID { .openAIChat }

    /// One path.
    public var endpoints: [FormatEndpoint] { [FormatEndpoint("POST", "/v1/chat/completions", .chat)] }

    /// Needs `messages`, an array of objects.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        try OpenAIOutline.make(body, using: tape) { (root, outline) throws(MalformedBody) in
            for message in try root.required("messages").elements() {
                guard message.kind == .object else { throw message.malformed("must be an object") }
                outline.estimatedInputBytes += Self.textBytes(of: message, noting: &outline.hasMedia)
                if OpenAIChatForeignState.mayBe(in: message) { outline.mayHoldForeignState = true }
            }
            outline.readTools(root["tools"])
            let limit = root.optional("max_completion_tokens") ?? root.optional("max_tokens")
            outline.maxOutputTokens = try limit?.integer(in: 0...Int.max)
            try OpenAIOutline.readStreamOptions(root, into: &outline)
        }
    }

    /// A message's text in bytes, pictures and other data left out, but noted.
    private static func textBytes(of message: JSONNode, noting hasMedia: inout Bool) -> Int {
        var sum = message["tool_calls"]?.range.count ?? 0
        guard let content = message["content"] else { return sum }
        sum += content.contents.count
        for part in content.anyElements {
            if let text = part["text"] { sum += text.contents.count } else { hasMedia = true }
        }
        return sum
    }

    /// Takes out what other providers signed, from the fields in which clients hand it back.
    public func foreignState(
        in body: UnsafeRawBufferPointer, at place: CallPlace, for model: String, using tape: JSONTape
    ) -> ForeignState {
        (try? tape.parse(body)).map { root in OpenAIChatForeignState.find(in: root, for: model) } ?? ForeignState()
    }

    /// Needs `choices`, an array.
    public func readAnswer(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> AnswerOutline
    {
        let root = try tape.parseBody(body)
        _ = try root.required("choices").elements()
        return OpenAIOutline.answer(root)
    }

    /// Hides the chunk without choices that brings only usage.
    public func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap {
        StreamTap(OpenAIChunkReader(hidesUsage: hidesUsage, choices: choices), hidesUsage: hidesUsage, tape: tape)
    }

    /// OpenAI's shape, or one of its relatives'.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        OpenAIFailure.read(body, using: tape)
    }

    /// `{"error":{"message","type","param","code"}}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] { OpenAIFailure.body(failure) }

    /// A `data:` event with the same body; no `[DONE]`.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] { OpenAIFailure.event(failure) }

    /// Both ways.
    public var chat: (any ChatCodec)? { OpenAIChatCodec() }

    /// Both ways.
    public var upstreamChat: (any UpstreamChatCodec)? { OpenAIChatUpstreamCodec() }

    /// `{"object":"list","data":[…]}`.
    public func modelListBody(_ models: [ModelEntry]) -> [UInt8]? { OpenAIModelList.body(models) }

    /// `{"id","object":"model","created","owned_by"}`.
    public func modelBody(_ model: ModelEntry) -> [UInt8]? { OpenAIModelList.body(model) }

    /// OpenAI's own headers.
    public var headerPrefix: String? { "openai-" }
}
