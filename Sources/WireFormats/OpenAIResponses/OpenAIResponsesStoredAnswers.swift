/// Responses' own memory: an answer has an id, and a call goes on from one by naming it.
///
/// The dialogue that comes before a call is the items of all its turns: what the client said, and what the model put out.
/// `instructions` are of one call only and are not among them, as OpenAI has it.
struct OpenAIResponsesStoredAnswers: StoredAnswerCodec {
    var path: String { "/v1/responses/{id}" }

    /// A list of items.
    func input(of body: JSONNode) -> [UInt8] {
        guard let input = body.optional("input") else { return Array("[]".utf8) }
        if input.kind == .array { return Array(input.raw) }
        return JSONWriter.write { json in
            json.array(CollectionOfOne(input)) { input, json in
                json.object { json in
                    json.field("type", "message")
                    json.field("role", "user")
                    json.field("content", raw: input.raw)
                }
            }
        }
    }

    func body(
        _ body: UnsafeRawBufferPointer, after turns: [(input: [UInt8], answer: [UInt8])], using tape: JSONTape
    ) throws(MalformedBody) -> [UInt8] {
        var items: [UInt8] = []
        for turn in turns {
            Self.append(turn.input, to: &items)
            // What was kept is an answer of the gateway's own writing.
            turn.answer.withUnsafeBytes { answer in
                guard let output = (try? tape.parse(answer))?["output"] else { return }
                Self.append(Array(output.raw), to: &items)
            }
        }
        let root = try tape.parseBody(body)
        Self.append(input(of: root), to: &items)
        let list = [UInt8(ascii: "[")] + items + [UInt8(ascii: "]")]

        var splices: [BodySplice] = []
        if let predecessor = root["previous_response_id"] {
            splices.append(BodySplice(predecessor.range, Array("null".utf8)))
        }
        if let input = root["input"] {
            splices.append(BodySplice(input.range, list))
        } else {
            let end = root.range.upperBound - 1
            splices.append(BodySplice(end..<end, Array(#","input":"#.utf8) + list))
        }
        return body.spliced(splices.sorted { $0.range.lowerBound < $1.range.lowerBound })
    }

    /// Appends the elements of a JSON array, behind a comma where something is there already.
    private static func append(_ array: [UInt8], to items: inout [UInt8]) {
        let elements = array.dropFirst().dropLast()
        guard elements.contains(where: { $0 > 0x20 }) else { return }
        if !items.isEmpty { items.append(UInt8(ascii: ",")) }
        items += elements
    }

    /// In the events that hold the response as a whole.
    func ids(in event: JSONNode) -> AnswerIDs? { event["response"].flatMap { AnswerIDs(response: $0) } }

    func outline(ofReading query: String) -> CallOutline {
        var outline = CallOutline(model: "")
        outline.streams = query.split(separator: "&").contains("stream=true")
        // It keeps its id.
        outline.stores = true
        return outline
    }

    func deletedBody(id: String) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.field("id", id)
                json.field("object", "response")
                json.field("deleted", true)
            }
        }
    }

    func unknownAnswer(_ id: String) -> ChatFailure {
        ChatFailure(
            status: 404, type: "invalid_request_error", code: "response_not_found",
            message:
                "Response with id '\(Self.shown(id))' not found; it was never stored, or was deleted or forgotten.",
            param: "response_id", retryAfter: nil)
    }

    func unknownPredecessor(_ id: String) -> ChatFailure {
        ChatFailure(
            status: 404, type: "invalid_request_error", code: "previous_response_not_found",
            message: "Previous response with id '\(Self.shown(id))' not found; send the dialogue's items as 'input'.",
            param: "previous_response_id", retryAfter: nil)
    }

    var endedStream: ChatFailure {
        ChatFailure(
            status: 400, type: "invalid_request_error", code: "invalid_value",
            message: "This response was not made in the background and can't be streamed again; leave 'stream' out.",
            param: "stream", retryAfter: nil)
    }

    /// A client's own words, no longer than an id is.
    private static func shown(_ id: String) -> String { id.utf8.count <= 512 ? id : id.prefix(100) + "…" }
}

extension AnswerIDs {
    /// The ids of a response; nil without one.
    init?(response: JSONNode) {
        guard let id = response["id"], id.kind == .string else { return nil }
        let predecessor = response["previous_response_id"]
        self.init(
            id: id.decoded(), range: id.range, predecessor: try? predecessor?.string(),
            predecessorRange: predecessor?.range)
    }
}
