/// Anthropic's Messages: `POST /v1/messages`, and `POST /v1/messages/count_tokens`, which only counts what a call would
/// read.
///
/// A call always says how long its answer may be. One that comes from another format without a limit gets the model's
/// longest answer, and 4,096 tokens where nobody knows that.
public struct AnthropicMessagesFormat: WireFormat {
    /// The format.
    public init() {}

    /// `anthropic-messages`.
    public var id: FormatID { .anthropicMessages }

    /// One path for answers, one for the number of tokens.
    public var endpoints: [FormatEndpoint] {
        [
            FormatEndpoint("POST", "/v1/messages", .chat),
            FormatEndpoint("POST", "/v1/messages/count_tokens", .tokenCount),
        ]
    }

    /// Needs `messages`, an array of objects, and `max_tokens` where an answer is wanted.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        let root = try tape.parseBody(body)
        var outline = try CallOutline(ofCallIn: root)
        var said = Said(insistsOnThoughts: AnthropicForeignThoughts.asksForBudget(root))
        for message in try root.required("messages").elements() {
            guard message.kind == .object else { throw message.malformed("must be an object") }
            outline.estimatedInputBytes += said.textBytes(of: message["content"])
        }
        outline.estimatedInputBytes += said.textBytes(of: root["system"])
        (outline.hasMedia, outline.mayHoldForeignState) = (said.hasMedia, said.mayBeForeign)
        outline.readTools(root["tools"])
        if place.endpoint.operation != .tokenCount {
            outline.maxOutputTokens = try root.required("max_tokens").integer(in: 0...Int.max)
            outline.streams = try root.optional("stream")?.boolean() ?? false
        }
        // Its streams always tell the usage; nobody has to ask.
        outline.asksForUsage = true
        return outline
    }

    /// What is noted while a dialogue's text is counted.
    private struct Said {
        /// Whether an earlier turn's calls are refused without the thoughts that led to them.
        let insistsOnThoughts: Bool
        var hasMedia = false
        var mayBeForeign = false

        init(insistsOnThoughts: Bool) { self.insistsOnThoughts = insistsOnThoughts }

        /// The text of some content in bytes, pictures and other data left out, but noted.
        mutating func textBytes(of content: JSONNode?) -> Int {
            guard let content else { return 0 }
            switch content.kind {
            case .string: return content.contents.count
            case .array:
                var sum = 0
                for element in content.anyElements { sum += textBytes(of: element) }
                return sum
            case .object: return textBytes(ofBlock: content)
            default: return 0
            }
        }

        private mutating func textBytes(ofBlock block: JSONNode) -> Int {
            var sum = 0
            if let input = block["input"] {
                sum += input.range.count
                if insistsOnThoughts, !AnthropicForeignThoughts.isOwnCall(block["id"]) { mayBeForeign = true }
            }
            if let thought = block["thinking"] {
                sum += textBytes(of: thought)
                if (block["signature"]?.contents.count ?? 0) == 0 { mayBeForeign = true }
            }
            for key: StaticString in ["text", "title", "context", "content"] { sum += textBytes(of: block[key]) }
            if let source = block["source"], let type = source["type"] {
                hasMedia = true
                if type.equals("text") { sum += textBytes(of: source["data"]) }
                if type.equals("content") { sum += textBytes(of: source["content"]) }
            }
            return sum
        }
    }

    /// Takes out the thoughts that Anthropic didn't sign.
    public func foreignState(
        in body: UnsafeRawBufferPointer, at place: CallPlace, for model: String, using tape: JSONTape
    ) -> ForeignState {
        (try? tape.parse(body)).map { root in AnthropicForeignThoughts.find(in: root) } ?? ForeignState()
    }

    /// Needs `content`, an array; of a count `input_tokens`.
    public func readAnswer(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> AnswerOutline
    {
        let root = try tape.parseBody(body)
        if root["content"] == nil, root["input_tokens"]?.wholeNumber != nil { return AnswerOutline() }
        _ = try root.required("content").elements()
        return Self.outline(ofAnswer: root)
    }

    /// Where an answer's model is named, and what it used.
    static func outline(ofAnswer message: JSONNode) -> AnswerOutline {
        var outline = AnswerOutline(usage: message["usage"].flatMap { TokenUsage(anthropic: $0) })
        if let model = message["model"], model.kind == .string {
            outline.modelRange = model.range
            if model.contents.count > 0 { outline.model = model.decoded() }
        }
        return outline
    }

    /// In `message_start`.
    public func modelRange(in event: JSONNode) -> Range<Int>? { event["message"]?["model"]?.rangeOfString }

    /// Hides nothing: the usage is part of the first event and of the last but one.
    public func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap {
        StreamTap(AnthropicEventReader(), hidesUsage: false, tape: tape)
    }

    /// Anthropic's shape, or that of a cloud that serves its models.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        AnthropicFailure.read(body, using: tape)
    }

    /// `{"type":"error","error":{"type","message"},"request_id"}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        AnthropicFailure.body(failure, requestID: requestID)
    }

    /// An `error` event with the same body; no `message_stop`.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        AnthropicFailure.event(failure, requestID: requestID)
    }

    /// `{"input_tokens":n}`.
    public func tokenCountBody(_ tokens: Int) -> [UInt8]? {
        JSONWriter.write { $0.object { $0.field("input_tokens", tokens) } }
    }

    /// `{"data":[…],"has_more":false,"first_id","last_id"}`: all in one page.
    public func modelListBody(_ models: [ModelEntry]) -> [UInt8]? { AnthropicModelList.body(models) }

    /// `{"type":"model","id","display_name","created_at"}`.
    public func modelBody(_ model: ModelEntry) -> [UInt8]? { AnthropicModelList.body(model) }

    /// Every call of this API says its version.
    public var modelListHeader: StaticString? { "anthropic-version" }

    /// Anthropic's own.
    public var statusWhenOverloaded: Int { 529 }

    /// `request-id`.
    public var requestIDHeader: StaticString? { "request-id" }

    /// `anthropic-ratelimit-…`.
    public var rateLimitHeaders: RateLimitHeaders { .anthropic }

    /// The version, and what is in beta.
    public var headerPrefix: String? { "anthropic-" }

    /// A `ping` event.
    public func keepAlive(at place: CallPlace) -> [UInt8] { Array("event: ping\ndata: {\"type\": \"ping\"}\n\n".utf8) }

    /// Both ways.
    public var chat: (any ChatCodec)? { AnthropicMessagesCodec() }

    /// Both ways.
    public var upstreamChat: (any UpstreamChatCodec)? { AnthropicUpstreamCodec() }
}
