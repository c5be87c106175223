import Foundation
import Testing

@testable import WireFormats

/// What the tests of Gemini need again and again.
enum Gemini {
    static func place(_ verb: String, model: String? = "gemini-2.5-flash", query: String = "") throws -> CallPlace {
        let endpoint = try #require(GeminiFormat().endpoints.first { $0.path.hasSuffix(":" + verb) })
        return CallPlace(endpoint, model: model, query: query)
    }

    /// A client's request, read.
    static func decode(_ body: String, verb: String = "generateContent") throws -> ChatRequest {
        let place = try place(verb)
        return try parse(body) { try GeminiCodec().decode($0, at: place) }
    }

    /// A request for Google, written.
    static func encode(_ request: ChatRequest, for traits: TargetTraits = TargetTraits()) throws -> String {
        var body: [UInt8] = []
        _ = try GeminiUpstreamCodec().encode(request, for: traits, into: &body)
        return body.text
    }

    /// What a request for Google can't say, by its fields.
    static func losses(_ request: ChatRequest, for traits: TargetTraits = TargetTraits()) throws -> [String] {
        var body: [UInt8] = []
        return try GeminiUpstreamCodec().encode(request, for: traits, into: &body).map(\.field)
    }

    /// Google's answer, read.
    static func answer(_ body: String) throws -> ChatResponse {
        try parse(body) { try GeminiUpstreamCodec().decode(answer: $0) }
    }

    /// Lends a JSON text, parsed.
    static func parse<Result>(_ text: String, _ body: (JSONNode) throws -> Result) throws -> Result {
        let tape = JSONTape()
        return try text.withBytes { bytes in
            try withExtendedLifetime(tape) { try body(try tape.parse(bytes)) }
        }
    }

    /// Google's stream, read in these pieces.
    static func events(_ stream: [UInt8], splitAt cuts: [Int] = []) -> (
        events: [ChatEvent], reader: any ChatStreamReader
    ) {
        let reader = GeminiUpstreamCodec().makeStreamReader()
        let tape = JSONTape()
        var events: [ChatEvent] = []
        for (from, to) in zip([0] + cuts, cuts + [stream.count]) {
            Array(stream[from..<to]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
        }
        reader.finish(using: tape, into: &events)
        return (events, reader)
    }

    /// As server-sent events.
    static func stream(_ chunks: String...) -> [UInt8] {
        Array(chunks.map { "data: \($0)\r\n\r\n" }.joined().utf8)
    }

    /// A JSON text for comparison: whatever the order of its keys.
    static func json(_ text: some StringProtocol) throws -> NSObject {
        try #require(
            JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) as? NSObject, "\(text)")
    }

    static func google(_ value: String) -> OpaqueState { OpaqueState(origin: OpaqueState.google, value: value) }
}
