import Testing

@testable import WireFormats

/// What the tests of this format ask its codecs for, in texts.
enum ResponsesExchange {
    static let place = CallPlace(FormatEndpoint("POST", "/v1/responses", .chat))

    /// Lends a text's outermost value.
    static func withNode<Result>(_ text: String, _ body: (JSONNode) throws -> Result) throws -> Result {
        let tape = JSONTape()
        return try text.withBytes { try body(try tape.parse($0)) }
    }

    static func decode(_ body: String) throws -> ChatRequest {
        try withNode(body) { try OpenAIResponsesCodec().decode($0, at: place) }
    }

    static func decode(input: String) throws -> ChatRequest { try decode(#"{"model":"m","input":\#(input)}"#) }

    /// The complaint about a body.
    static func complaint(_ body: String) -> MalformedBody? {
        #expect(throws: MalformedBody.self) { try decode(body) }
    }

    static func encode(
        _ request: ChatRequest, for target: TargetTraits = TargetTraits()
    ) throws -> (body: String, losses: [Loss]) {
        var body: [UInt8] = []
        let losses = try OpenAIResponsesUpstreamCodec().encode(request, for: target, into: &body)
        return (body.text, losses)
    }

    static func decode(answer: String) throws -> ChatResponse {
        try withNode(answer) { try OpenAIResponsesUpstreamCodec().decode(answer: $0) }
    }

    static func call(_ request: ChatRequest = ChatRequest(model: "m")) -> AnsweredCall {
        AnsweredCall(request, at: place, id: "a", created: 7)
    }

    static func encode(_ response: ChatResponse, to request: ChatRequest = ChatRequest(model: "m")) -> String {
        var body: [UInt8] = []
        OpenAIResponsesCodec().encode(response, to: call(request), into: &body)
        return body.text
    }

    /// The stream that tells these events, and its end.
    static func stream(_ events: [ChatEvent], to request: ChatRequest = ChatRequest(model: "m")) -> [UInt8] {
        var writer = OpenAIResponsesCodec().makeStreamWriter(to: call(request))
        var stream: [UInt8] = []
        for event in events { writer.write(event, into: &stream) }
        writer.end(into: &stream)
        return stream
    }

    /// What a stream says that comes in these pieces.
    static func read(
        _ stream: [UInt8], splitAt cuts: [Int] = []
    ) -> (events: [ChatEvent], reader: any ChatStreamReader) {
        let reader = OpenAIResponsesUpstreamCodec().makeStreamReader()
        let tape = JSONTape()
        var events: [ChatEvent] = []
        var start = 0
        for cut in cuts + [stream.count] {
            Array(stream[start..<cut]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
            start = cut
        }
        reader.finish(using: tape, into: &events)
        return (events, reader)
    }

    /// Events of these data, framed; their types are in the data.
    static func framed(_ events: String...) throws -> [UInt8] {
        try events.reduce(into: []) { stream, data in
            let type = try withNode(data) { try $0.required("type").string() }
            stream += Array("event: \(type)\ndata: \(data)\n\n".utf8)
        }
    }

    /// The types of a stream's events and what each says, in order.
    static func events(of stream: [UInt8]) -> [(type: String, data: String)] {
        stream.text.split(separator: "\n\n").map { event in
            let lines = event.split(separator: "\n")
            return (String(lines[0].dropFirst(7)), String(lines[1].dropFirst(6)))
        }
    }
}
