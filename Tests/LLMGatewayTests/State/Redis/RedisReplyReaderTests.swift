import Testing

@testable import LLMGateway

@Suite struct RedisReplyReaderTests {
    private func replies(_ pieces: [[UInt8]], longest: Int = 1 << 20) throws -> [RedisReply] {
        let reader = RedisReplyReader(longest: longest)
        var replies: [RedisReply] = []
        for piece in pieces {
            let fed = piece.withUnsafeBytes { bytes in Result { try reader.feed(bytes) } }
            try fed.get()
            while let reply = try reader.next() { replies.append(reply) }
        }
        return replies
    }

    private func replies(_ text: String, longest: Int = 1 << 20) throws -> [RedisReply] {
        try replies([Array(text.utf8)], longest: longest)
    }

    private static let all =
        "+OK\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n$0\r\n\r\n-ERR no\r\n*3\r\n:1\r\n*1\r\n$1\r\nx\r\n$-1\r\n*-1\r\n*0\r\n"
    private static let meant: [RedisReply] = [
        .text(Array("OK".utf8)), .integer(-7), .text(Array("a\r\n".utf8)), .nothing, .text([]), .error("ERR no"),
        .array([.integer(1), .array([.text(Array("x".utf8))]), .nothing]), .nothing, .array([]),
    ]

    @Test func `replies are read wherever they are cut`() throws {
        let bytes = Array(Self.all.utf8.map { $0 == 0x61 ? 0xff : $0 })
        var meant = Self.meant
        meant[2] = .text([0xff, 0x0d, 0x0a])
        // hiredis counts what it reads: the bytes of a string may be anything.
        for cut in 0...bytes.count {
            #expect(try replies([Array(bytes[..<cut]), Array(bytes[cut...])]) == meant)
        }
        #expect(try replies(bytes.map { [$0] }) == meant)
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n", "\0\0\0\0\r\n", "*2000000\r\n", "*2147483647\r\n", ":x\r\n"])
    func `what is no reply ends the reading`(text: String) {
        #expect(throws: RedisReplyReader.Garbled.self) { try replies(text) }
    }

    @Test func `nesting without end ends the reading`() {
        #expect(throws: RedisReplyReader.Garbled.self) { try replies(String(repeating: "*1\r\n", count: 1000)) }
    }

    @Test func `a reply that is longer than may be ends the reading, before all of it is there`() throws {
        #expect(throws: RedisReplyReader.Garbled.self) {
            try replies("$1000000\r\n" + String(repeating: "x", count: 3000), longest: 2000)
        }
        #expect(try replies("$1500\r\n" + String(repeating: "x", count: 1500) + "\r\n", longest: 2000).count == 1)
    }

    @Test func `a command is written with the length of each part`() {
        let command = RedisCommand([Array("SET".utf8), Array("k".utf8), [0, 0x0d, 0x0a, 0xff], []])
        #expect(
            command.bytes == Array("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n".utf8) + [0, 0x0d, 0x0a, 0xff]
                + Array("\r\n$0\r\n\r\n".utf8))
        #expect(RedisCommand("PING").bytes == Array("*1\r\n$4\r\nPING\r\n".utf8))
    }

    @Test func `a refusal is the server's trouble or the command's`() {
        #expect(RedisReply.error("READONLY You can't write against a read only replica.").serverTrouble != nil)
        #expect(RedisReply.error("LOADING Redis is loading the dataset in memory").serverTrouble != nil)
        #expect(RedisReply.error("WRONGTYPE Operation against a key").serverTrouble == nil)
        #expect(RedisReply.error("ERR READONLY").serverTrouble == nil && RedisReply.text([]).serverTrouble == nil)
    }
}
