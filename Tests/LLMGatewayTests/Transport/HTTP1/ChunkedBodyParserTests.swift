import Testing

@testable import LLMGateway

struct ChunkedBodyParserTests {
    private typealias Refused = HTTP1Reading.Refused

    private static let whole =
        "5\r\nhello\r\n00A;name;n=v;q=\"a \\\" b\"\r\n0123456789\r\n0;last=1\r\nTrailer: x\r\nB:\r\n\r\nGET / HTTP/1.1"

    @Test func `the data of all chunks is found and what follows is left alone`() throws {
        let read = try #require(try HTTP1Reading.chunked([Array(Self.whole.utf8)]))
        #expect(read.body == Array("hello0123456789".utf8))
        #expect(read.consumed == Self.whole.utf8.count - 14)
    }

    @Test func `every split in three gives the same`() throws {
        let bytes = Array(Self.whole.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
                let read = try #require(try HTTP1Reading.chunked(pieces))
                #expect(read.body == Array("hello0123456789".utf8))
                #expect(read.consumed == bytes.count - 14)
            }
        }
    }

    @Test func `byte by byte gives the same`() throws {
        let read = try #require(try HTTP1Reading.chunked(Self.whole.utf8.map { [$0] }))
        #expect(read.body == Array("hello0123456789".utf8))
    }

    private static let refused: [String] = [
        "\r\n", "x\r\n", "+5\r\n", "-5\r\n", " 5\r\n", "5 \r\n", "5\t\r\n", "0x5\r\n", "5\n", "5\rhello", "5\r\r\n",
        "5,5\r\n", "5.0\r\n",
        "10000000001\r\n", "FFFFFFFFFFFFFFFF\r\n", "10000000000000005\r\n", "5;\r\n", "5; a\r\n", "5;a =b\r\n",
        "5;=b\r\n", "5;a=\r\n",
        "5;a\n", "5;a\rb\r\n", "5;a=\"b\r\n", "5;a=\"\u{1}\"\r\n", "5;a=\"b\"c\r\n", "5;a\u{0}\r\n", "5;a=\"\\\n\"\r\n",
        "5\r\nhello\n", "5\r\nhelloworld\r\n", "5\r\nhello0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n", "5\r\nhello\rX",
        "5\r\nhello\r\n\r\n",
        "0\r\n\n", "0\r\n\rX", "0\r\nX\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nX: y\n\r\n",
        "0\r\nX: y\r\n z\r\n\r\n",
        "0\r\nX: y\u{0}\r\n\r\n", "0\r\nX: y\rZ: a\r\n\r\n", "0\n\n", "\u{ff}\r\n",
    ]

    @Test(arguments: refused)
    func `a body whose end is in doubt is refused, in any split`(text: String) {
        let bytes = Array(text.utf8)
        for split in 0...bytes.count {
            #expect(throws: Refused.self, "\(split)") {
                _ = try HTTP1Reading.chunked([Array(bytes[..<split]), Array(bytes[split...])])
            }
        }
    }

    @Test(arguments: [
        "", "5", "5\r\n", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\n\r",
        "0\r\nA: b\r\n",
    ])
    func `a body that has not ended wants more`(text: String) throws {
        #expect(try HTTP1Reading.chunked([Array(text.utf8)]) == nil)
    }

    @Test func `the largest chunk may begin and a larger one may not`() throws {
        #expect(try HTTP1Reading.chunked([Array("10000000000\r\nabc".utf8)]) == nil)
        #expect(throws: Refused(why: "A chunk is too large.")) {
            _ = try HTTP1Reading.chunked([Array("10000000001".utf8)])
        }
    }

    @Test func `the line with the size has a limit`() throws {
        let fits = String(repeating: "0", count: 255) + "1\r\n"
        #expect(try HTTP1Reading.chunked([Array(fits.utf8)]) == nil)
        #expect(throws: Refused.self) { _ = try HTTP1Reading.chunked([Array(("0" + fits).utf8)]) }
        let long = "1;" + String(repeating: "a", count: 255) + "\r\n"
        #expect(throws: Refused.self) { _ = try HTTP1Reading.chunked([Array(long.utf8)]) }
    }

    @Test func `the trailers have a limit together`() throws {
        let line = "A: " + String(repeating: "b", count: 1021)
        let eight = String(repeating: line + "\r\n", count: 8)
        #expect(try HTTP1Reading.chunked([Array("0\r\n\(eight)\r\n".utf8)])?.body == [])
        #expect(throws: Refused.self) { _ = try HTTP1Reading.chunked([Array("0\r\n\(eight)C: d\r\n\r\n".utf8)]) }
    }

    @Test func `a refusal stays, and an end makes ready for the next body`() {
        var parser = ChunkedBodyParser()
        Array("0\r\n\r\n1\r\nx\r\n0\r\n\r\nz".utf8).withUnsafeBytes { piece in
            var offset = 0
            #expect(parser.next(piece, from: &offset) == .end(consumed: 5))
            #expect(parser.next(piece, from: &offset) == .data(8..<9))
            #expect(parser.next(piece, from: &offset) == .end(consumed: 16))
            let refusal = parser.next(piece, from: &offset)
            #expect(refusal == .invalid("A chunk's size is not a hexadecimal number."))
            offset = 0
            #expect(parser.next(piece, from: &offset) == refusal)
        }
    }
}
