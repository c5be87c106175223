import Testing

@testable import LLMGateway

struct RequestHeadParserTests {
    private func read(_ text: String, limits: HeadLimits = HeadLimits()) -> Result<ReadRequest, Unread> {
        HTTP1Reading.request(Array(text.utf8), limits: limits)
    }

    private func get(_ lines: String) -> Result<ReadRequest, Unread> { read("GET / HTTP/1.1\r\n\(lines)\r\n") }

    @Test func `a request is read into its parts`() throws {
        let text =
            "POST /v1/chat/completions?a=1&b=?2 HTTP/1.1\r\nHost: x:80\r\nX-A:  v 1\t \r\nEmpty:\r\nContent-LENGTH: 12\r\n\r\nbody"
        let request = try #require(read(text).message)
        #expect(request.method == "POST")
        #expect(request.target == "/v1/chat/completions?a=1&b=?2")
        #expect(request.path == "/v1/chat/completions")
        #expect(request.query == "a=1&b=?2")
        #expect(request.fields == ["Host=x:80", "X-A=v 1", "Empty=", "Content-LENGTH=12"])
        #expect(request.framing == .length(12))
        #expect(request.length == text.utf8.count - 4)
        #expect(request.keepsAlive)
    }

    @Test func `every split of a head reads the same`() {
        let heads = [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nPOST http://h/p?q HTTP/1.1\r\nhost: [::1]:8\r\ntransfer-encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n",
            "OPTIONS * HTTP/1.0\r\nConnection: x, Keep-Alive\r\nX:\t\u{e9}\t\r\nContent-Length: 0\r\n\r\nGET",
        ]
        for head in heads {
            let bytes = Array(head.utf8)
            let whole = HTTP1Reading.request(bytes)
            #expect(whole.message != nil)
            for split in 0...bytes.count { #expect(HTTP1Reading.request(bytes, splits: [split]) == whole) }
            #expect(HTTP1Reading.request(bytes, splits: Array(0...bytes.count)) == whole)
        }
    }

    @Test func `every split of a bad head is refused for the same reason`() {
        for text in Self.refused.map(\.0) {
            let bytes = Array(text.utf8)
            let whole = HTTP1Reading.request(bytes)
            for split in 0...bytes.count { #expect(HTTP1Reading.request(bytes, splits: [split]) == whole, "\(text)") }
        }
    }

    @Test(arguments: refused)
    func `a head that could be read in two ways is refused`(text: String, why: String) throws {
        let refusal = try #require(read(text).refusal)
        #expect(refusal.message.description.contains(why), "\(text): \(refusal.message)")
        #expect(refusal.status == 400)
    }

    private static let refused: [(String, String)] =
        [
            ("Host: a\r\nHost: a\r\n", "more than one host"),
            ("Host: a b\r\n", "host is not"),
            ("Host: a, b\r\n", "host is not"),
            ("Host: user@a\r\n", "host is not"),
            ("Host: a/b\r\n", "host is not"),
            ("Host: a:b\r\n", "host is not"),
            ("Host: [::1\r\n", "host is not"),
            ("Host: []\r\n", "host is not"),
            ("Host: :80\r\n", "host is not"),
            ("Host:\r\n", "host is not"),
            ("X: y\r\n", "has no host"),
            ("", "has no host"),
        ].map { ("GET / HTTP/1.1\r\n\($0.0)\r\n", $0.1) }
        + [
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "beside"),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "beside"),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", "more than one content-length"),
            ("Content-Length: 5\r\ncontent-length: 6\r\n", "more than one content-length"),
            ("Content-Length: 5, 5\r\n", "decimal"),
            ("Content-Length:  5 ,5\r\n", "decimal"),
            ("Content-Length: +5\r\n", "decimal"),
            ("Content-Length: -5\r\n", "decimal"),
            ("Content-Length: 0x5\r\n", "decimal"),
            ("Content-Length: 5 5\r\n", "decimal"),
            ("Content-Length: 5.0\r\n", "decimal"),
            ("Content-Length: \"5\"\r\n", "decimal"),
            ("Content-Length: ٥\r\n", "decimal"),
            ("Content-Length:\r\n", "decimal"),
            ("Content-Length: 9223372036854775808\r\n", "decimal"),
            ("Content-Length: 18446744073709551621\r\n", "decimal"),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "more than one transfer-encoding"),
            ("Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n", "more than one transfer-encoding"),
            ("Transfer-Encoding: chunked\t\r\n", "tab follows"),
            ("Content-Length: 5 \t \r\n", "tab follows"),
            ("Transfer-Encoding : chunked\r\n", "white space between"),
            ("Transfer-Encoding\t: chunked\r\n", "white space between"),
            (" Transfer-Encoding: chunked\r\n", "folding"),
            ("X: y\r\n folded\r\n", "folding"),
            ("X: y\r\n\tfolded\r\n", "folding"),
            ("X: y\r\n \r\n", "folding"),
            ("Transfer-Encoding: \u{b}chunked\r\n", "control"),
            ("X: y\nTransfer-Encoding: chunked\r\n", "control"),
            ("X: y\rTransfer-Encoding: chunked\r\n", "carriage return"),
            ("X: y\r\r\n", "carriage return"),
            ("X: y\r\n\rZ: y\r\n", "carriage return"),
            ("X: y\r\n\nZ: y\r\n", "no colon"),
            ("X: a\u{0}b\r\n", "control"),
            ("X: a\u{1}b\r\n", "control"),
            ("X: a\u{1b}bcdefghijk\r\n", "control"),
            ("X: abcdefgh\u{7f}ijklmnop\r\n", "control"),
            ("X\u{0}: a\r\n", "name"),
            ("X\r\n", "no colon"),
            ("XY Z: a\r\n", "white space between"),
            (": a\r\n", "name"),
            ("X(Y): a\r\n", "name"),
            ("X/Y: a\r\n", "name"),
            ("X\u{e9}: a\r\n", "name"),
            ("Content-Length\u{a0}: 1\r\n", "name"),
        ].map { ("POST / HTTP/1.1\r\nHost: a\r\n\($0.0)\r\n", $0.1) }
        + [
            ("GET  / HTTP/1.1\r\n", "target"), ("GET /a b HTTP/1.1\r\n", "no HTTP version"),
            ("GET / HTTP/1.1 \r\n", "control"), ("GET /\tHTTP/1.1\r\n", "target"), ("GET /\r\n", "target"),
            ("GET / HTTP/1.1\n", "control"), ("GET / HTTP/1.1\r\r\n", "carriage return"),
            ("GET / http/1.1\r\n", "no HTTP version"), ("GET / HTTP/1.10\r\n", "control"),
            ("GET / HTTP/11\r\n", "no HTTP version"), ("GET / ICY/1.1\r\n", "no HTTP version"),
            ("GET / HTTP/a.1\r\n", "no HTTP version"), ("GET / \r\n", "no HTTP version"),
            (" GET / HTTP/1.1\r\n", "method"), ("G(T / HTTP/1.1\r\n", "method"), ("GET\t/ HTTP/1.1\r\n", "method"),
            ("\nGET / HTTP/1.1\r\n", "method"), ("\r\n\r\nGET / HTTP/1.1\r\n", "method"),
            ("\r \nGET / HTTP/1.1\r\n", "carriage return"), ("\u{16}\u{3}\u{1}", "method"),
            ("GET * HTTP/1.1\r\n", "OPTIONS only"), ("OPTIONS ** HTTP/1.1\r\n", "neither"),
            ("GET v1 HTTP/1.1\r\n", "neither"), ("GET ?a HTTP/1.1\r\n", "neither"),
            ("CONNECT a:443 HTTP/1.1\r\n", "CONNECT"), ("CONNECT /a HTTP/1.1\r\n", "CONNECT"),
            ("GET ftp://a/ HTTP/1.1\r\n", "neither"), ("GET http:/a HTTP/1.1\r\n", "neither"),
            ("GET http:///a HTTP/1.1\r\n", "host in the request target"),
            ("GET http://u@a/ HTTP/1.1\r\n", "host in the request target"),
            ("GET http://a\\b/ HTTP/1.1\r\n", "host in the request target"),
            ("GET /#f HTTP/1.1\r\n", "fragment"), ("GET /\u{0} HTTP/1.1\r\n", "target"),
            ("GET /\u{e9} HTTP/1.1\r\n", "target"), ("GET /\u{7f} HTTP/1.1\r\n", "target"),
        ].map { ("\($0.0)Host: a\r\n\r\n", $0.1) }
        + [("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0")]

    @Test(arguments: [
        "gzip", "gzip, chunked", "identity", "xchunked", "chunked;q=1",
        "\"chunked\"", "chunke d", "", "\r\n chunked",
    ])
    func `a transfer coding other than chunked is not implemented`(coding: String) {
        let result = get("Host: a\r\nTransfer-Encoding: \(coding)\r\n")
        #expect(result.refusal == .unsupportedTransferEncoding)
        #expect(result.refusal?.status == 501)
    }

    @Test(arguments: ["chunked, gzip", "chunked, chunked", "chunked,identity", "gzip, Chunked , br"])
    func `chunked before another transfer coding leaves the end in doubt`(codings: String) {
        #expect(get("Host: a\r\nTransfer-Encoding: \(codings)\r\n").refusal?.status == 400)
    }

    @Test(arguments: ["HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3.0"])
    func `another version is not supported`(version: String) {
        #expect(read("GET / \(version)\r\n\r\n").refusal == .unsupportedVersion)
    }

    @Test func `HTTP 2's preface is another version`() {
        #expect(read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").refusal?.status == 505)
    }

    @Test(arguments: ["chunked", "CHUNKED", " \t chunked  "])
    func `chunked is recognised in any case`(coding: String) {
        #expect(get("Host: a\r\nTransfer-Encoding:\(coding)\r\n").message?.framing == .chunked)
    }

    @Test(
        arguments: [
            ("http://a.b:80/x/y?z", "/x/y", "z"), ("HTTPS://a/x", "/x", nil), ("http://a", "/", nil),
            ("http://a?z=/", "/", "z=/"), ("/?", "/", ""), ("//a//b", "//a//b", nil), ("http://[::1]:1/", "/", nil),
        ] as [(String, String, String?)])
    func `a target is reduced to its path`(target: String, path: String, query: String?) {
        let request = read("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n").message
        #expect(request?.target == target)
        #expect(request?.path == path)
        #expect(request?.query == query)
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "close", false), ("1.1", "Keep-Alive, CLOSE", false), ("1.1", "closer", true),
        ("1.0", "", false), ("1.0", "keep-alive", true), ("1.0", ",, x ,\tKeep-alive", true),
        ("1.0", "keep-alive, close", false),
    ])
    func `the connection options decide whether it stays open`(version: String, options: String, keepsAlive: Bool) {
        let request = read("GET / HTTP/\(version)\r\nHost: a\r\nConnection: x\r\nConnection: \(options)\r\n\r\n")
            .message
        #expect(request?.keepsAlive == keepsAlive)
    }

    @Test func `only a body of an HTTP 1_1 request is waited with`() {
        let expect = "Host: a\r\nExpect: 100-Continue\r\n"
        #expect(get(expect + "Content-Length: 1\r\n").message?.expectsContinue == true)
        #expect(get(expect).message?.expectsContinue == false)
        #expect(read("PUT / HTTP/1.0\r\n\(expect)Content-Length: 1\r\n\r\n").message?.expectsContinue == false)
    }

    @Test func `a head of exactly the limit is read and one byte more is not`() {
        let head = Array("GET / HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyyyyy\r\n\r\n".utf8)
        let fits = HeadLimits(maxBytes: head.count)
        let tooSmall = HeadLimits(maxBytes: head.count - 1)
        #expect(HTTP1Reading.request(head + [65], limits: fits).message != nil)
        for split in 0...head.count {
            #expect(HTTP1Reading.request(head, splits: [split], limits: fits).message != nil)
            #expect(HTTP1Reading.request(head, splits: [split], limits: tooSmall).refusal == .tooLarge)
        }
        #expect(HeadError.tooLarge.status == 431)
    }

    @Test func `there may be so many fields and no more`() {
        let limits = HeadLimits(maxFields: 3)
        #expect(read("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nA: 2\r\n\r\n", limits: limits).message?.fields.count == 3)
        #expect(read("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nA: 2\r\nA: 3\r\n\r\n", limits: limits).refusal == .tooLarge)
    }

    @Test func `no bytes want more`() {
        #expect(read("").wantsMore)
        #expect(read("GET / HTTP/1.1\r\nHost: a\r\n\r").wantsMore)
    }

    @Test func `a parser reads one message after another`() {
        let bytes = Array(
            "POST /a?b HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\nGET /c HTTP/1.1\r\nhost: x\r\n\r\n"
                .utf8)
        bytes.withUnsafeBytes { bytes in
            var parser = RequestHeadParser()
            #expect(parser.parse(bytes) == .complete)
            #expect(parser.method == .post)
            let rest = UnsafeRawBufferPointer(rebasing: bytes[parser.length...])
            parser.reset()
            #expect(parser.parse(rest) == .complete)
            #expect(parser.method == .get)
            #expect(parser.query == nil)
            #expect(parser.framing == .none)
            #expect(parser.fields.count == 1)
            #expect(parser.fields.first(.connection) == nil)
            #expect(parser.length == rest.count)
        }
    }
}
