/// OpenAI's legacy Completions: `POST /v1/completions`. Its streams are those of Chat with `text` for a delta.
public struct OpenAICompletionsFormat: WireFormat {
    /// The format.
    public init() {}

    /// `openai-completions`.
    public var id: FormatID { .openAICompletions }

    /// One path.
    public var endpoints: [FormatEndpoint] { [FormatEndpoint("POST", "/v1/completions", .chat)] }

    /// Needs `prompt`: a string, or an array of strings or tokens. Several prompts make as many answers each.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        try OpenAIOutline.make(body, using: tape) { (root, outline) throws(MalformedBody) in
            let prompt = try root.required("prompt")
            outline.estimatedInputBytes = try OpenAIOutline.bytes(ofTexts: prompt)
            outline.maxOutputTokens = try root.optional("max_tokens")?.integer(in: 0...Int.max)
            let prompts = prompt.anyElements.reduce(0) { $0 + ($1.kind == .number ? 0 : 1) }
            if prompts > 1 { outline.choices = outline.choices.multipliedReportingOverflow(by: prompts).partialValue }
            try OpenAIOutline.readStreamOptions(root, into: &outline)
        }
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
    public var chat: (any ChatCodec)? { OpenAICompletionsCodec() }

    /// OpenAI's own headers.
    public var headerPrefix: String? { "openai-" }
}
