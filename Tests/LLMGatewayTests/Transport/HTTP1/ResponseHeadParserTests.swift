import Testing

@testable import LLMGateway

struct ResponseHeadParserTests {
    private func read(_ text: String, isHead: Bool = false) -> Result<ReadResponse, Unread> {
        HTTP1Reading.response(Array(text.utf8), isHead: isHead)
    }

    @Test func `a response is read into its parts`() throws {
        let text = "HTTP/1.1 200 All is well\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nabc"
        let response = try #require(read(text).message)
        #expect(response.status == 200)
        #expect(response.fields == ["Content-Type=a/b", "Content-Length=3"])
        #expect(response.framing == .length(3))
        #expect(response.length == text.utf8.count - 3)
        #expect(response.keepsAlive)
    }

    @Test(arguments: ["HTTP/1.1 429\r\n\r\n", "HTTP/1.1 429 \r\n\r\n", "HTTP/1.1 429 Zu v\u{ef}ele\t!\r\n\r\n"])
    func `the reason may be anything or nothing`(text: String) {
        #expect(read(text).message?.status == 429)
    }

    @Test func `every split of a head reads the same`() {
        let bytes = Array("HTTP/1.1 204\r\nA: b\r\nConnection: close\r\n\r\nHTTP".utf8)
        let whole = HTTP1Reading.response(bytes)
        #expect(whole.message?.keepsAlive == false)
        for split in 0...bytes.count { #expect(HTTP1Reading.response(bytes, splits: [split]) == whole) }
        #expect(HTTP1Reading.response(bytes, splits: Array(0...bytes.count)) == whole)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n", BodyFraming.untilClose), ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", .length(0)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", .chunked), ("HTTP/1.1 101 Up\r\n", .none),
        ("HTTP/1.1 100 Go\r\nContent-Length: 5\r\n", .none), ("HTTP/1.1 204 No\r\nContent-Length: 5\r\n", .none),
        ("HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n", .none), ("HTTP/1.0 500 No\r\n", .untilClose),
    ])
    func `the status and the fields decide how the body ends`(head: String, framing: BodyFraming) {
        #expect(read(head + "\r\n").message?.framing == framing)
        #expect(read(head + "\r\n", isHead: true).message?.framing == BodyFraming.none)
    }

    @Test func `a connection whose end is the body's end is not kept`() {
        #expect(read("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n").message?.keepsAlive == false)
        #expect(read("HTTP/1.1 204 OK\r\n\r\n").message?.keepsAlive == true)
        #expect(read("HTTP/1.0 204 OK\r\n\r\n").message?.keepsAlive == false)
        #expect(
            read("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\n").message?.keepsAlive == true)
    }

    private static let refused: [String] =
        [
            "HTTP/1.1 99 Low\r\n", "HTTP/1.1 099 Low\r\n", "HTTP/1.1 600 High\r\n", "HTTP/1.1 20 OK\r\n",
            "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 +20 OK\r\n", "HTTP/1.1  200 OK\r\n",
            "HTTP/1.1\t200 OK\r\n", "HTTP/1.1 200\tOK\r\n", "HTTP/1.1 200 O\u{0}K\r\n", "HTTP/1.1 200 OK\n",
            "HTTP/1.1 200 OK\r\r\n", "HTTP/1.1\r\n", "HTTP/1.1 200\n", "http/1.1 200 OK\r\n", "ICY 200 OK\r\n",
            "\r\nHTTP/1.1 200 OK\r\n", " HTTP/1.1 200 OK\r\n",
        ]
        + [
            "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5, 5\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "A: b\r\n c\r\n", "A : b\r\n", "A: b\n",
            "A: \u{0}\r\n",
        ].map { "HTTP/1.1 200 OK\r\n" + $0 }
        + ["HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n"]

    @Test(arguments: refused)
    func `a head that could be read in two ways is refused`(head: String) {
        let bytes = Array((head + "\r\n").utf8)
        let whole = HTTP1Reading.response(bytes)
        #expect(whole.refusal?.status == 400)
        for split in 0...bytes.count { #expect(HTTP1Reading.response(bytes, splits: [split]) == whole) }
    }

    @Test func `another version and another transfer coding are refused by name`() {
        #expect(read("HTTP/2.0 200 OK\r\n\r\n").refusal == .unsupportedVersion)
        #expect(
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").refusal == .unsupportedTransferEncoding)
    }

    @Test func `an endless head is refused`() {
        let drip = Array("HTTP/1.1 200 OK\r\nA: ".utf8) + [UInt8](repeating: 65, count: 40_000)
        #expect(HTTP1Reading.response(drip).refusal == .tooLarge)
        #expect(HTTP1Reading.response(Array(drip[..<32_767])).wantsMore)
    }
}
