import Testing

@testable import WireFormats

@Suite struct BedrockInvokeStreamTests {
    private typealias Writer = AWSEventStreamWriter

    static func unwrap(_ bytes: [UInt8], cuts: [Int] = []) throws -> [BedrockInvokeStream.Piece] {
        var stream = BedrockInvokeStream()
        let tape = JSONTape()
        var pieces: [BedrockInvokeStream.Piece] = []
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
            try Array(bytes[start..<end]).withUnsafeBytes { piece in
                var cursor = 0
                while let piece = try stream.next(in: piece, at: &cursor, using: tape) { pieces.append(piece) }
            }
        }
        let isInside = stream.isInsideMessage
        #expect(!isInside)
        return pieces
    }

    private func chunk(_ event: String) -> [UInt8] {
        Writer.event("chunk", #"{"bytes":"\#(Base64.encode(Array(event.utf8)))","p":"abc"}"#)
    }

    @Test func `the model's events come out, wherever the bytes are split`() throws {
        let bytes = chunk(#"{"type":"ping"}"#) + chunk(#"{"text":"ä"}"#)
        let expected: [BedrockInvokeStream.Piece] = [
            .event(Array(#"{"type":"ping"}"#.utf8)), .event(Array(#"{"text":"ä"}"#.utf8)),
        ]
        for cut in 0...bytes.count { #expect(try Self.unwrap(bytes, cuts: [cut]) == expected) }
    }

    @Test func `failures, foreign events and damage are told apart`() throws {
        let failure = UpstreamFailureBody(message: "Late.", type: "modelTimeoutException", status: 504)
        #expect(
            try Self.unwrap(Writer.exception("modelTimeoutException", #"{"message":"Late."}"#)) == [.failure(failure)])
        #expect(try Self.unwrap(Writer.event("initial-response", "{}")) == [.ping])
        #expect(
            try Self.unwrap(Writer.event("chunk", #"{"bytes":"?"}"#))
                == [.failure(UpstreamFailureBody(message: "The provider's stream is damaged: an event is no base64."))])
        #expect(throws: AWSEventStream.Fault.self) { try Self.unwrap(Array("data: {\"choices\":[]}\n\n".utf8)) }
    }
}
