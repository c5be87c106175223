/// Ollama's own API: `POST /api/chat` and `/api/generate`, `/api/embed` and `/api/embeddings`. Its streams are lines of
/// JSON, and a call is streamed unless it says otherwise.
public struct OllamaFormat: WireFormat {
    /// The format.
    public init() {}

    /// `ollama`.
    public var id: FormatID { .ollama }

    /// Two for chats, two for vectors.
    public var endpoints: [FormatEndpoint] {
        [OllamaEndpoint.chat, .generate, .embed, .embeddings].map(\.endpoint)
    }

    /// Lines of JSON.
    public func streamContentType(at place: CallPlace) -> String { "application/x-ndjson" }

    /// Needs `messages` for a chat and the texts of an embedding; a prompt may be missing. Without a prompt or a message
    /// a call only has the model loaded or unloaded.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        let root = try tape.parseBody(body)
        var outline = try CallOutline(ofCallIn: root)
        // The last line of every stream brings it.
        outline.asksForUsage = true
        switch OllamaEndpoint(place) {
        case .chat, .generate: try Self.readChat(root, at: place, into: &outline)
        case .embed: outline.estimatedInputBytes = try Self.bytes(ofTexts: root.required("input"))
        case .embeddings: outline.estimatedInputBytes = try Self.bytes(ofTexts: root.required("prompt"))
        }
        return outline
    }

    private static func readChat(
        _ root: JSONNode, at place: CallPlace, into outline: inout CallOutline
    ) throws(MalformedBody) {
        outline.streams = try root.optional("stream")?.boolean() ?? true
        outline.maxOutputTokens = try root.optional("options")?.ollamaLimit()
        // That it is answered in one piece, whatever was asked for, is Ollama's way.
        defer { if outline.asksNothing { outline.streams = false } }
        if OllamaEndpoint(place) == .generate {
            let prompt = root.optional("prompt")
            for text in [prompt, root.optional("system")] {
                if let text { outline.estimatedInputBytes += try Self.bytes(ofTexts: text) }
            }
            outline.asksNothing = try prompt?.string().isEmpty ?? true
            outline.hasMedia = root["images"] != nil
            return
        }
        outline.asksNothing = true
        for message in try root.ollamaMessages() {
            outline.asksNothing = false
            guard message.kind == .object else { throw message.malformed("must be an object") }
            outline.estimatedInputBytes +=
                (message["content"]?.contents.count ?? 0) + (message["thinking"]?.contents.count ?? 0)
                + (message["tool_calls"]?.range.count ?? 0)
            if message["images"] != nil { outline.hasMedia = true }
        }
        outline.readTools(root["tools"])
    }

    /// - Throws: ``MalformedBody`` for what is neither a string nor an array of strings.
    private static func bytes(ofTexts node: JSONNode) throws(MalformedBody) -> Int {
        if node.kind == .string { return node.contents.count }
        guard node.kind == .array else { throw node.malformed("must be a string or an array of strings") }
        var sum = 0
        for text in try node.elements() {
            guard text.kind == .string else { throw text.malformed("must be a string") }
            sum += text.contents.count
        }
        return sum
    }

    /// Needs a message, a text or vectors.
    public func readAnswer(
        _ body: UnsafeRawBufferPointer, using tape: JSONTape
    ) throws(MalformedBody) -> AnswerOutline {
        let root = try tape.parseBody(body)
        let isAnswer =
            root["message"]?.kind == .object || root["response"]?.kind == .string
            || root["embeddings"]?.kind == .array || root["embedding"]?.kind == .array
        if !isAnswer { _ = try root.required("message").members() }
        return AnswerOutline(
            model: OllamaAnswerReader.model(of: root), usage: TokenUsage(ollama: root),
            modelRange: root["model"].flatMap { $0.kind == .string ? $0.range : nil })
    }

    /// Nothing is hidden: the usage comes with the line that ends the stream, and so may all of the dialogue's tokens
    /// (`context`).
    public func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap {
        StreamTap(OllamaLineReader(), framing: .lines, hidesUsage: false, tape: tape, largestEvent: 32 << 20)
    }

    /// As Ollama says that a model is loaded, or unloaded: nobody has to be asked for that.
    public func answerToNothing(_ body: JSONNode, at place: CallPlace, model: String, created: Int) -> [UInt8]? {
        OllamaModelLoading.reply(
            model: model, unloads: OllamaModelLoading.unloads(body), at: place, created: created)
    }

    /// `{"error":"…"}`.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        (try? tape.parse(body)).flatMap(OllamaFailure.read)
    }

    /// `{"error":"…"}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] { OllamaFailure.body(failure) }

    /// A line with the same body.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] { OllamaFailure.line(failure) }

    /// There is no line that means nothing.
    public func keepAlive(at place: CallPlace) -> [UInt8] { [] }

    /// `{"models":[{"name",…}]}`.
    public func readModelList(_ list: JSONNode) -> [String]? {
        guard let models = list["models"], models.kind == .array else { return nil }
        return models.anyElements.compactMap { try? $0["name"]?.string() }
    }

    /// A name without a tag means the tag `latest`.
    public func otherName(ofListed name: String) -> String? {
        name.hasSuffix(":latest") ? String(name.dropLast(":latest".count)) : nil
    }

    /// `/api/tags`, `/api/ps`, `/api/version` and `/api/show`.
    public var inquiries: [FormatEndpoint] { OllamaInquiry.endpoints }

    /// In the shapes of Ollama's own server, as far as a gateway knows what they tell.
    public func answer(_ inquiry: Inquiry, _ body: JSONNode?) -> InquiryAnswer {
        OllamaInquiry.answer(inquiry, body)
    }

    /// Both ways, for `/api/chat` and `/api/generate`.
    public var chat: (any ChatCodec)? { OllamaChatCodec() }

    /// Always by way of `/api/chat`.
    public var upstreamChat: (any UpstreamChatCodec)? { OllamaUpstreamChatCodec() }

    /// Both ways, for `/api/embed` and `/api/embeddings`.
    public var embeddings: (any EmbeddingsCodec)? { OllamaEmbeddingsCodec() }

    /// Always by way of `/api/embed`.
    public var upstreamEmbeddings: (any UpstreamEmbeddingsCodec)? { OllamaUpstreamEmbeddingsCodec() }
}

extension JSONNode {
    /// A request's messages; null is none.
    func ollamaMessages() throws(MalformedBody) -> ArrayElements {
        let messages = try required("messages")
        return messages.isNull ? messages.anyElements : try messages.elements()
    }

    /// What the options say about the answer's length; nil where they don't, or where there is no limit: -1 and -2.
    func ollamaLimit() throws(MalformedBody) -> Int? {
        guard let limit = try optional("num_predict")?.integer(), limit >= 0 else { return nil }
        return limit
    }
}
