/// Makes messages: about half of them valid, the others one to three small damages away from it, in the ways that parsers have
/// been fooled with.
struct HTTP1Mutations {
    private var dice: HTTP1Reading.Dice

    init(seed: UInt64) { dice = HTTP1Reading.Dice(seed: seed) }

    /// The methods that llhttp knows too.
    static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"]

    private static let targets = [
        "/", "/v1/chat/completions", "/a?b=c&d", "/%7Ex/..//y", "//x", "http://h/p", "http://h:80?q", "https://[::1]/",
        "*", "/a|b{c}",
    ]
    private static let fields = [
        "Accept: */*", "X-A:", "X-B:\t v \t", "x_c: \u{e9}", "Authorization: Bearer sk-1234567890",
        "Connection: keep-alive",
        "Connection: close, x", "Expect: 100-continue", "Cookie: a=b; c=d", "TE: trailers",
        "Content-Type: application/json",
    ]
    private static let framings = [
        "Content-Length: 5", "content-length:5", "Content-Length: 0", "Content-Length: 00005 ",
        "Transfer-Encoding: chunked",
        "transfer-encoding:\tChunked ", "Content-Length: 5, 5", "Content-Length: +5",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity", "Transfer-Encoding : chunked", "Content-Length: 5\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nContent-Length: 5", "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "X: y\r\n Transfer-Encoding: chunked", "X: y\nContent-Length: 5",
    ]
    private static let bodies = [
        "", "hello", "5\r\nhello\r\n0\r\n\r\n", "05;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n",
        "A;q=\"x;y\";z\r\n0123456789\r\n000\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n", "0\r\n: y\r\n\r\n",
        "0\r\n\r\n", "5\r\nhello\r\n",
    ]
    private static let nasty: [UInt8] =
        Array("\r\n\t :;,=\"\\0159aAfFgxX+-_#?/*[]{}@%\u{0}\u{1}\u{7f}".utf8) + [0x80, 0xA0, 0xFF]

    /// A request, its body, and sometimes what follows.
    mutating func request() -> [UInt8] {
        let line = "\(pick(Self.methods)) \(pick(Self.targets)) HTTP/1.\(roll(8) == 0 ? 0 : 1)"
        return message(line, roll(12) == 0 ? [] : ["Host: " + pick(["a", "a.b:80", "[::1]:8"])])
    }

    /// A response, its body, and sometimes what follows.
    mutating func response() -> [UInt8] {
        let status = pick(["100", "200", "201", "204", "304", "404", "429", "503", "529", "599", "600"])
        return message("HTTP/1.\(roll(8) == 0 ? 0 : 1) \(status)\(pick([" OK", " ", "", " A\tb c"]))", [])
    }

    private mutating func message(_ line: String, _ needed: [String]) -> [UInt8] {
        var lines = needed
        for _ in 0..<roll(4) { lines.append(pick(Self.fields)) }
        var body = pick(Self.bodies)
        switch roll(8) {
        case 0, 1: body = ""
        case 2, 3:
            lines.append(pick(["Content-Length: 5", "content-length: 005 "]))
            body = "hello"
        case 4, 5: lines.append("Transfer-Encoding: chunked")
        default: lines.append(pick(Self.framings))
        }
        lines.shuffle(using: &dice)
        if roll(5) == 0 { body += "GET /next HTTP/1.1\r\nHost: a\r\n\r\n" }
        var bytes = Array(((([line] + lines).joined(separator: "\r\n")) + "\r\n\r\n" + body).utf8)
        if roll(2) == 0 {
            for _ in 0...roll(3) { damage(&bytes) }
        }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        let index = roll(bytes.count)
        switch roll(4) {
        case 0: bytes[index] = pick(Self.nasty)
        case 1: bytes.insert(pick(Self.nasty), at: index)
        case 2: bytes.remove(at: index)
        default: bytes[index] ^= 1 << UInt8(roll(8))
        }
    }

    private mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &dice) }

    private mutating func pick<Element>(_ list: [Element]) -> Element { list[roll(list.count)] }
}
