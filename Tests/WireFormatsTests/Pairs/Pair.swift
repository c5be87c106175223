import Foundation
import Testing

@testable import WireFormats

/// A client's format and a target's: what must hold for every one of them holds for a new format by its being listed.
struct Pair: Sendable, CustomTestStringConvertible {
    let client: any WireFormat
    let target: any WireFormat

    var testDescription: String { "\(client.id) to \(target.id)" }

    /// Every ordered pair, a format with itself included.
    static let all = [any WireFormat].clients.flatMap { client in
        [any WireFormat].targets.map { Pair(client: client, target: $0) }
    }
}

extension [any WireFormat] {
    /// Those whose clients' calls can be translated.
    static var clients: Self { builtIn.filter { $0.chat != nil } }

    /// Those that calls can be translated into.
    static var targets: Self { builtIn.filter { $0.upstreamChat != nil } }
}

extension WireFormat {
    /// Where a chat is called, streamed or not, by clients whose path says which.
    func place(streams: Bool) -> CallPlace {
        let chats = endpoints.filter { $0.operation == .chat }
        let endpoint = chats.first { $0.path.contains("stream") == streams } ?? chats[0]
        return CallPlace(endpoint, model: endpoint.path.contains("{model}") ? "m" : nil, query: "alt=sse")
    }
}

/// Lends a format's codecs what they read, and gathers what they write.
extension WireFormat {
    /// What a client's body means.
    func decode(_ body: [UInt8], at place: CallPlace? = nil) throws -> ChatRequest {
        let codec = try #require(chat)
        return try body.parsed { try codec.decode($0, at: place ?? self.place) }
    }

    /// The body that a call is for a target, and what it loses.
    func encode(
        _ request: ChatRequest, for traits: TargetTraits = TargetTraits()
    ) throws -> (body: [UInt8], losses: [Loss]) {
        var body: [UInt8] = []
        let losses = try #require(upstreamChat).encode(request, for: traits, into: &body)
        return (body, losses)
    }

    /// A target's whole answer.
    func readAnswer(_ body: [UInt8]) throws -> ChatResponse {
        let codec = try #require(upstreamChat)
        return try body.parsed { try codec.decode(answer: $0) }
    }

    /// The events of a target's stream that comes in pieces which end at `cuts`, but for signs of life.
    func read(
        stream: [UInt8], splitAt cuts: some Sequence<Int> = EmptyCollection()
    ) throws -> (events: [ChatEvent], reader: any ChatStreamReader) {
        let (reader, tape) = (try #require(upstreamChat).makeStreamReader(), JSONTape())
        var events: [ChatEvent] = []
        var start = 0
        func read(to end: Int) {
            // A copy each: what a reader keeps of a piece must not depend on what comes behind it.
            Array(stream[start..<end]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
            start = end
        }
        for cut in cuts { read(to: cut) }
        read(to: stream.count)
        reader.finish(using: tape, into: &events)
        return (events.filter { $0 != .ping }, reader)
    }

    /// The whole answer for a client.
    func write(_ response: ChatResponse, to request: ChatRequest, at place: CallPlace? = nil) throws -> [UInt8] {
        var body: [UInt8] = []
        try #require(chat).encode(response, to: answered(request, place), into: &body)
        return body
    }

    /// The stream for a client: all of it, or what ends with a failure.
    func write(
        _ events: some Sequence<ChatEvent>, to request: ChatRequest, failing: ChatFailure? = nil
    ) throws -> [UInt8] {
        var writer = try #require(chat).makeStreamWriter(to: answered(request, nil))
        var stream: [UInt8] = []
        for event in events { writer.write(event, into: &stream) }
        if let failing {
            writer.fail(failing, requestID: "req-1", into: &stream)
        } else {
            writer.end(into: &stream)
        }
        return stream
    }

    private func answered(_ request: ChatRequest, _ place: CallPlace?) -> AnsweredCall {
        AnsweredCall(request, at: place ?? self.place, id: "1a2b", created: 1_700_000_000, estimatedInput: 11)
    }
}

extension [UInt8] {
    /// Lends the JSON value that these bytes are.
    func parsed<Result>(_ read: (JSONNode) throws -> Result) throws -> Result {
        let tape = JSONTape()
        return try withExtendedLifetime(tape) { try withUnsafeBytes { try read(try tape.parseBody($0)) } }
    }

    /// The object that these bytes are, as another parser reads them.
    var object: [String: Any] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(self)) as? [String: Any]) }
    }
}
