/// OpenAI's Embeddings: `POST /v1/embeddings`. It has no streams.
public struct OpenAIEmbeddingsFormat: WireFormat {
    /// The format.
    public init() {}

    /// `openai-embeddings`.
    public var id: FormatID { .openAIEmbeddings }

    /// One path.
    public var endpoints: [FormatEndpoint] { [FormatEndpoint("POST", "/v1/embeddings", .embeddings)] }

    /// Needs `input`: a string, or an array of strings or tokens.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        var outline = try OpenAIOutline.make(body, using: tape) { (root, outline) throws(MalformedBody) in
            outline.estimatedInputBytes = try OpenAIOutline.bytes(ofTexts: try root.required("input"))
        }
        (outline.streams, outline.choices, outline.maxOutputTokens) = (false, 1, 0)
        return outline
    }

    /// Needs `data`, an array.
    public func readAnswer(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> AnswerOutline
    {
        let root = try tape.parseBody(body)
        _ = try root.required("data").elements()
        return OpenAIOutline.answer(root)
    }

    /// There is nothing to follow; whatever comes counts as foreign.
    public func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap {
        StreamTap(OpenAIChunkReader(hidesUsage: false, choices: choices), hidesUsage: false, tape: tape)
    }

    /// OpenAI's shape, or one of its relatives'.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        OpenAIFailure.read(body, using: tape)
    }

    /// `{"error":{"message","type","param","code"}}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] { OpenAIFailure.body(failure) }

    /// A `data:` event with the same body.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] { OpenAIFailure.event(failure) }

    /// Both ways.
    public var embeddings: (any EmbeddingsCodec)? { OpenAIEmbeddingsCodec() }

    /// Both ways.
    public var upstreamEmbeddings: (any UpstreamEmbeddingsCodec)? { OpenAIEmbeddingsUpstreamCodec() }

    /// OpenAI's own headers.
    public var headerPrefix: String? { "openai-" }
}
