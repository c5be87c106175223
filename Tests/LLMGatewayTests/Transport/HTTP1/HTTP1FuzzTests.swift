import Testing

@testable import LLMGateway

/// Bytes from a peer never trap, and how they arrive makes no difference.
struct HTTP1FuzzTests {
    @Test(arguments: 0..<4)
    func `any bytes in any pieces are read, refused or wait for more`(seed: Int) {
        var dice = HTTP1Reading.Dice(seed: UInt64(seed) &+ 1000)
        var mutations = HTTP1Mutations(seed: UInt64(seed) &+ 2000)
        for round in 0..<2000 {
            var bytes: [UInt8]
            switch round % 4 {
            case 0:
                bytes = (0..<Int.random(in: 0...80, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
            case 1: bytes = mutations.response()
            case 2: bytes = (0..<40).map { _ in Array("0aF;=\"\r\n:x \t".utf8).randomElement(using: &dice) ?? 0 }
            default: bytes = mutations.request()
            }
            // A last line without an end may be refused early or late; the line feed brings it to a decision.
            bytes.append(0x0A)
            let splits = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &dice) }.sorted()
            #expect(HTTP1Reading.request(bytes, splits: splits) == HTTP1Reading.request(bytes))
            #expect(HTTP1Reading.response(bytes, splits: splits) == HTTP1Reading.response(bytes))
            let pieces = zip([0] + splits, splits + [bytes.count]).map { Array(bytes[$0..<$1]) }
            #expect(body(pieces) == body([bytes]))
        }
    }

    private func body(_ pieces: [[UInt8]]) -> String {
        do {
            guard let read = try HTTP1Reading.chunked(pieces) else { return "more" }
            return "\(read)"
        } catch {
            return error.why
        }
    }
}
