import Foundation
import Testing

@testable import WireFormats

/// Short ways to call the codecs from tests, with JSON as text.
enum AnthropicExchange {
    static let messages = CallPlace(FormatEndpoint("POST", "/v1/messages", .chat))
    static let count = CallPlace(FormatEndpoint("POST", "/v1/messages/count_tokens", .tokenCount))

    /// Lends a JSON text as nodes.
    static func parsed<Result>(_ text: String, _ body: (JSONNode) throws -> Result) throws -> Result {
        let tape = JSONTape()
        return try withExtendedLifetime(tape) { try text.withBytes { try body(try tape.parse($0)) } }
    }

    /// What a client's body means.
    static func read(_ body: String, at place: CallPlace = messages) throws -> ChatRequest {
        try parsed(body) { try AnthropicMessagesCodec().decode($0, at: place) }
    }

    /// What a body with these members means, beside a model, a limit and a greeting.
    static func read(fields: String) throws -> ChatRequest {
        try read(#"{"model":"claude","max_tokens":100,"messages":[{"role":"user","content":"Hi"}],\#(fields)}"#)
    }

    /// What a user's message of these blocks means.
    static func read(blocks: String) throws -> [ChatPart] {
        let body = #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[\#(blocks)]}]}"#
        return try read(body).turns[0].parts
    }

    /// The body that a call is for Anthropic, and what it loses.
    static func write(
        _ request: ChatRequest, for target: TargetTraits = TargetTraits()
    ) throws -> (body: [String: Any], losses: [Loss]) {
        var bytes: [UInt8] = []
        let losses = try AnthropicUpstreamCodec().encode(request, for: target, into: &bytes)
        return (try object(bytes), losses)
    }

    /// A greeting, changed.
    static func greeting(_ change: (inout ChatRequest) -> Void = { _ in }) -> ChatRequest {
        var request = ChatRequest(model: "claude", turns: [ChatTurn(.user, "Hi")])
        change(&request)
        return request
    }

    /// An answer of Anthropic's, read.
    static func answer(_ body: String) throws -> ChatResponse {
        try parsed(body) { try AnthropicUpstreamCodec().decode(answer: $0) }
    }

    static func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    /// The events of a stream, in pieces that end at `cuts`.
    static func events(_ stream: [UInt8], splitAt cuts: [Int] = []) -> (
        events: [ChatEvent], reader: any ChatStreamReader
    ) {
        let (tape, reader) = (JSONTape(), AnthropicStreamReader())
        var events: [ChatEvent] = []
        var start = 0
        for end in cuts + [stream.count] {
            Array(stream[start..<end]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
            start = end
        }
        reader.finish(using: tape, into: &events)
        return (events, reader)
    }

    /// The stream that tells these events to the caller of `request`.
    static func stream(_ events: [ChatEvent], to request: ChatRequest = greeting(), estimatedInput: Int = 7) -> String {
        let call = AnsweredCall(request, at: messages, id: "1", created: 0, estimatedInput: estimatedInput)
        var writer = AnthropicMessagesCodec().makeStreamWriter(to: call)
        var stream: [UInt8] = []
        for event in events { writer.write(event, into: &stream) }
        writer.end(into: &stream)
        return stream.text
    }

    /// A stream's events, as its names and its data.
    static func parse(_ stream: String) throws -> [(name: String, data: [String: Any])] {
        try stream.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { event in
            let lines = event.components(separatedBy: "\n")
            #expect(lines.count == 2)
            let data = try object(Array(lines[1].dropFirst(6).utf8))
            #expect(lines[0] == "event: \(data["type"] ?? "")")
            return (String(lines[0].dropFirst(7)), data)
        }
    }

    /// Whether two JSON values say the same.
    static func same(_ one: Any?, _ other: Any?) -> Bool {
        switch (one, other) {
        case (nil, nil): true
        case (let one?, let other?): (one as? NSObject) == (other as? NSObject)
        default: false
        }
    }

    /// A JSON text as a value.
    static func json(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }
}
