/// OpenAI's Responses: `POST /v1/responses`.
public struct OpenAIResponsesFormat: WireFormat {
    /// The format.
    public init() {}

    /// `openai-responses`.
    public var id: FormatID { .openAIResponses }

    /// One path.
    public var endpoints: [FormatEndpoint] { [FormatEndpoint("POST", "/v1/responses", .chat)] }

    /// Needs `input`, a string or an array, unless a stored prompt or an earlier answer is there to go on from.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        try OpenAIOutline.make(body, using: tape) { (root, outline) throws(MalformedBody) in
            if let input = root.optional("input") {
                guard input.kind == .string || input.kind == .array else {
                    throw input.malformed("must be a string or an array of items")
                }
                outline.estimatedInputBytes += Self.textBytes(of: input, noting: &outline.hasMedia)
                outline.mayHoldForeignState = input.anyElements.contains(
                    where: OpenAIResponsesForeignReasoning.isForeign)
            } else if root.optional("prompt") == nil, root.optional("previous_response_id") == nil,
                root.optional("conversation") == nil
            {
                _ = try root.required("input").elements()
            }
            outline.estimatedInputBytes += root["instructions"]?.contents.count ?? 0
            outline.readTools(root["tools"])
            outline.maxOutputTokens = try root.optional("max_output_tokens")?.integer(in: 0...Int.max)
            outline.stores = try root.optional("store")?.boolean() ?? true
            outline.predecessor = try Self.predecessor(root)
            // Its streams always end with the usage; nobody has to ask.
            outline.asksForUsage = true
            outline.choices = 1
        }
    }

    private static func predecessor(_ root: JSONNode) throws(MalformedBody) -> Predecessor? {
        guard let predecessor = root.optional("previous_response_id") else { return nil }
        guard !root.hasDuplicate("previous_response_id") else {
            throw predecessor.malformed("is given twice; give it once")
        }
        return Predecessor(id: try predecessor.string(), range: predecessor.range)
    }

    /// The text of an input in bytes, pictures and other data left out, but noted.
    private static func textBytes(of input: JSONNode, noting hasMedia: inout Bool) -> Int {
        var sum = input.contents.count
        for item in input.anyElements {
            for key: StaticString in ["content", "output", "arguments"] {
                guard let value = item[key] else { continue }
                sum += value.contents.count
                for part in value.anyElements {
                    if let text = part["text"] { sum += text.contents.count } else { hasMedia = true }
                }
            }
        }
        return sum
    }

    /// Takes out what the gateway itself put into the dialogue for another provider.
    public func foreignState(
        in body: UnsafeRawBufferPointer, at place: CallPlace, for model: String, using tape: JSONTape
    ) -> ForeignState {
        (try? tape.parse(body)).map { root in OpenAIResponsesForeignReasoning.find(in: root) } ?? ForeignState()
    }

    /// Besides the model's name, calls the answer that the call goes on from by its name there.
    public func splices(_ outline: CallOutline, model: String, askForUsage: Bool) -> [BodySplice] {
        var splices: [BodySplice] = []
        if model != outline.model, let range = outline.modelRange {
            splices.append(BodySplice(range, JSONWriter.write { $0.value(model) }))
        }
        if let predecessor = outline.predecessor, let id = predecessor.idAtTarget {
            splices.append(BodySplice(predecessor.range, JSONWriter.write { $0.value(id) }))
        }
        return splices.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// Needs `output`, an array.
    public func readAnswer(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> AnswerOutline
    {
        let root = try tape.parseBody(body)
        _ = try root.required("output").elements()
        var outline = OpenAIOutline.answer(root)
        outline.ids = AnswerIDs(response: root)
        return outline
    }

    /// In the events that hold the response as a whole.
    public func modelRange(in event: JSONNode) -> Range<Int>? { event["response"]?["model"]?.rangeOfString }

    /// Hides nothing: the usage is part of the last event. That holds the whole answer too, and is as large.
    public func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap {
        StreamTap(OpenAIResponsesEventReader(), hidesUsage: false, tape: tape, largestEvent: 32 << 20)
    }

    /// OpenAI's shape, or one of its relatives'.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        OpenAIFailure.read(body, using: tape)
    }

    /// `{"error":{"message","type","param","code"}}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] { OpenAIFailure.body(failure) }

    /// An `error` event and a `response.failed` of a response without a name.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        OpenAIResponsesEventReader().failureEvent(failure, after: StreamTally(), requestID: requestID)
    }

    /// OpenAI's own headers.
    public var headerPrefix: String? { "openai-" }

    /// `/v1/responses/{id}`, and `previous_response_id`.
    public var storedAnswers: (any StoredAnswerCodec)? { OpenAIResponsesStoredAnswers() }

    /// Both ways.
    public var chat: (any ChatCodec)? { OpenAIResponsesCodec() }

    /// Both ways.
    public var upstreamChat: (any UpstreamChatCodec)? { OpenAIResponsesUpstreamCodec() }
}
