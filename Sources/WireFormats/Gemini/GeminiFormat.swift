/// Google's Gemini: `POST /v1beta/models/{model}:generateContent` and its relatives. The path names the model.
public struct GeminiFormat: WireFormat {
    /// The format.
    public init() {}

    /// `gemini`.
    public var id: FormatID { .gemini }

    /// Five verbs, of which one streams; under both versions of the API, since Google's own clients ask for either.
    public var endpoints: [FormatEndpoint] {
        Self.versions.flatMap { version in
            [
                FormatEndpoint("POST", version + "/models/{model}:generateContent", .chat),
                FormatEndpoint("POST", version + "/models/{model}:streamGenerateContent", .chat),
                FormatEndpoint("POST", version + "/models/{model}:countTokens", .tokenCount),
                FormatEndpoint("POST", version + "/models/{model}:embedContent", .embeddings),
                FormatEndpoint("POST", version + "/models/{model}:batchEmbedContents", .embeddings),
            ]
        }
    }

    private static let versions = ["/v1beta", "/v1"]

    /// Server-sent events with `alt=sse`, else one JSON array, sent piece by piece.
    public func streamContentType(at place: CallPlace) -> String {
        place.geminiWantsEvents ? "text/event-stream; charset=utf-8" : "application/json"
    }

    /// Needs `contents`: a list, one content, or a text; to embed, `content` or `requests`.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        try GeminiOutline.make(try tape.parseBody(body), at: place)
    }

    /// The model is the path's; where the body repeats it, the two must agree. Usage always comes.
    public func splices(_ outline: CallOutline, model: String, askForUsage: Bool) -> [BodySplice] {
        guard model != outline.model else { return [] }
        let name = JSONWriter.write { $0.value("models/" + model) }
        return outline.repeatedModelRanges.map { BodySplice($0, name) }
    }

    /// Calls of tools that another provider's model made get the value that stands for a lost signature, where the model
    /// insists on one.
    public func foreignState(
        in body: UnsafeRawBufferPointer, at place: CallPlace, for model: String, using tape: JSONTape
    ) -> ForeignState {
        guard place.endpoint.operation == .chat, GeminiModel(model).needsSignatures, let root = try? tape.parse(body)
        else { return ForeignState() }
        return GeminiLostSignatures.find(in: root)
    }

    /// Needs `candidates`, or what stands in their place: the reason why the prompt was blocked, a count of tokens, vectors.
    public func readAnswer(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> AnswerOutline
    {
        let root = try tape.parseBody(body)
        let main: [StaticString] = ["candidates", "promptFeedback", "totalTokens", "embedding", "embeddings"]
        guard main.contains(where: { root[$0] != nil }) else {
            _ = try root.required("candidates")
            return AnswerOutline()
        }
        return GeminiOutline.answer(root)
    }

    /// Hides nothing: the usage is part of every chunk.
    public func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap {
        // A picture comes in one event.
        StreamTap(GeminiEventReader(choices: choices), hidesUsage: false, tape: tape, largestEvent: 32 << 20)
    }

    /// Upstreams are always asked for events: whoever wants one JSON array gets them as its elements.
    public func streamWrapping(at place: CallPlace) -> (any StreamWrapping)? {
        place.geminiStreams && !place.geminiWantsEvents ? GeminiArray() : nil
    }

    /// Under `modelVersion`.
    public func modelRange(in event: JSONNode) -> Range<Int>? { event["modelVersion"]?.rangeOfString }

    /// Not a call for the vector of one text: upstreams are asked for those of several.
    public func passesThrough(at place: CallPlace, streams: Bool) -> Bool {
        streams || !place.endpoint.path.hasSuffix(":embedContent")
    }

    /// A comment, or white space between an array's elements.
    public func keepAlive(at place: CallPlace) -> [UInt8] {
        Array((place.geminiWantsEvents ? ": keep-alive\n\n" : "\n").utf8)
    }

    /// `{"totalTokens":n}`.
    public func tokenCountBody(_ tokens: Int) -> [UInt8]? {
        JSONWriter.write { $0.object { $0.field("totalTokens", tokens) } }
    }

    /// `{"models":[{"name":"models/…"}]}`.
    public func readModelList(_ list: JSONNode) -> [String]? {
        guard let models = list["models"], models.kind == .array else { return nil }
        return models.anyElements.compactMap { model in
            (try? model["name"]?.string()).map { $0.hasPrefix("models/") ? String($0.dropFirst(7)) : $0 }
        }
    }

    /// What only Google's clients send.
    public var modelListHeader: StaticString? { "x-goog-api-client" }

    /// `{"models":[…]}`.
    public func modelListBody(_ models: [ModelEntry]) -> [UInt8]? { GeminiModelList.body(models) }

    /// `{"name":"models/…"}`.
    public func modelBody(_ model: ModelEntry) -> [UInt8]? { GeminiModelList.body(model) }

    /// `/v1beta/models`, and one of them.
    public var inquiries: [FormatEndpoint] {
        [
            FormatEndpoint("GET", "/v1beta/models", .modelList),
            FormatEndpoint("GET", "/v1beta/models/{model}", .modelList),
        ]
    }

    /// `{"models":[…]}`, or one of its elements.
    public func answer(_ inquiry: Inquiry, _ body: JSONNode?) -> InquiryAnswer {
        guard let name = inquiry.place.model else { return .json(GeminiModelList.body(inquiry.models)) }
        guard let model = inquiry.model(named: [name]) else { return .unknownModel(name) }
        return .json(GeminiModelList.body(model))
    }

    /// Google's shape, or that in an array.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        GeminiFailure.read(body, using: tape)
    }

    /// `{"error":{"code","message","status"}}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] { GeminiFailure.body(failure) }

    /// A `data:` event with the same body.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] { GeminiFailure.event(failure) }

    /// Both ways.
    public var chat: (any ChatCodec)? { GeminiCodec() }

    /// Both ways.
    public var upstreamChat: (any UpstreamChatCodec)? { GeminiUpstreamCodec() }

    /// Both ways.
    public var embeddings: (any EmbeddingsCodec)? { GeminiEmbeddingsCodec() }

    /// Both ways, as AI Studio wants it; for Vertex there is ``VertexEmbeddingsCodec``.
    public var upstreamEmbeddings: (any UpstreamEmbeddingsCodec)? { GeminiUpstreamEmbeddingsCodec() }
}
