import Foundation
import Testing

@testable import WireFormats

/// What the tests of the format have in common.
enum Ollama {
    static let format = OllamaFormat()

    static func place(_ path: String) -> CallPlace {
        CallPlace(FormatEndpoint("POST", path, path.contains("embed") ? .embeddings : .chat))
    }

    /// Lends a JSON text.
    static func parse<Result>(_ text: String, _ body: (JSONNode) throws -> Result) throws -> Result {
        let tape = JSONTape()
        return try text.withBytes { try body(try tape.parse($0)) }
    }

    /// What a client asks for.
    static func decode(_ text: String, at path: String = "/api/chat") throws -> ChatRequest {
        try parse(text) { try OllamaChatCodec().decode($0, at: place(path)) }
    }

    /// What a target is asked for: the body, as `JSONSerialization` reads it.
    static func encode(
        _ request: ChatRequest, for target: TargetTraits = TargetTraits()
    ) throws -> (body: NSDictionary, losses: [Loss]) {
        var body: [UInt8] = []
        let losses = try OllamaUpstreamChatCodec().encode(request, for: target, into: &body)
        return (try object(body), losses)
    }

    static func object(_ bytes: [UInt8]) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
    }

    static func object(_ text: String) throws -> NSDictionary { try object(Array(text.utf8)) }

    /// Each of the lines.
    static func lines(_ stream: [UInt8]) throws -> [NSDictionary] {
        #expect(stream.isEmpty || stream.last == UInt8(ascii: "\n"))
        return try stream.split(separator: UInt8(ascii: "\n")).map { try object(Array($0)) }
    }

    /// The answer to a call of this path.
    static func call(_ path: String = "/api/chat") -> AnsweredCall {
        AnsweredCall(ChatRequest(model: "m"), at: place(path), id: "1", created: 1_786_082_887)
    }

    /// What a stream says, its bytes cut at `cuts`.
    static func read(
        _ stream: [UInt8], splitAt cuts: [Int] = []
    ) -> (events: [ChatEvent], reader: any ChatStreamReader) {
        let (reader, tape) = (OllamaUpstreamChatCodec().makeStreamReader(), JSONTape())
        var events: [ChatEvent] = []
        var start = 0
        for end in cuts + [stream.count] {
            Array(stream[start..<end]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
            start = end
        }
        reader.finish(using: tape, into: &events)
        return (events, reader)
    }

    /// What whoever lets a stream pass learns of it.
    static func follow(_ stream: [UInt8]) -> (tally: StreamTally, fates: [EventFate]) {
        var (reader, tally) = (OllamaLineReader(), StreamTally())
        var lines = JSONLines()
        var fates: [EventFate] = []
        let tape = JSONTape()
        stream.withUnsafeBytes { bytes in
            var cursor = 0
            while let line = lines.next(in: bytes, at: &cursor) {
                guard line.hasData else { continue }
                fates.append(reader.read(line, using: tape, into: &tally))
                tally.events += 1
            }
        }
        return (tally, fates)
    }
}
