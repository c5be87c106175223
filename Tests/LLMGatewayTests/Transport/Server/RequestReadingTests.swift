import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct RequestReadingTests {
    @Test func `pipelined requests are answered in order, each with its own body`() async throws {
        try await withServer { port, _ in
            let client = try RawSocket(to: port)
            var all = ""
            for index in 0..<200 {
                switch index % 3 {
                case 0: all += "GET /\(index) HTTP/1.1\r\nhost: h\r\n\r\n"
                case 1: all += "POST /\(index) HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\nbody"
                default:
                    all +=
                        "POST /\(index) HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"
                }
            }
            try await client.send(all)
            for index in 0..<200 {
                let answer = try await client.answer()
                #expect(answer.status == 200)
                #expect(answer.body == (index % 3 == 0 ? "GET /\(index) " : "POST /\(index) body"))
            }
        }
    }

    @Test(arguments: [
        "POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 11\r\n\r\nhello world",
        "POST /p HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\na: b\r\n\r\n",
    ])
    func `a request may be split at every byte`(request: String) async throws {
        try await withServer { port, _ in
            let client = try RawSocket(to: port)
            for position in 1..<request.utf8.count {
                try await client.send(request, splitAt: position)
                let answer = try await client.answer()
                #expect(answer.status == 200)
                #expect(answer.body == "POST /p hello world", "split at \(position)")
            }
        }
    }

    @Test(arguments: [
        // Refused by what it announces, and by what comes.
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 11\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nffffff\r\n"
            + String(repeating: "x", count: 20),
    ])
    func `a body over the limit is refused, and the connection closed`(request: String) async throws {
        try await withServer(ServerLimits(maxBodyBytes: 10)) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send(request)
            let answer = try await client.answer()
            #expect(answer.status == 413)
            #expect(answer.has("connection: close"))
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `a body of exactly the limit is taken`() async throws {
        try await withServer(ServerLimits(maxBodyBytes: 10)) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n0123456789")
            #expect(try await client.answer().body == "POST / 0123456789")
            try await client.send(
                "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n")
            #expect(try await client.answer().body == "POST / 0123456789")
        }
    }

    @Test func `a chunked body that breaks the rules is refused, and the connection closed`() async throws {
        try await withServer { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n")
            #expect(try await client.answer().status == 400)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test(arguments: [("nonsense\r\n\r\n", 400), ("GET / HTTP/2.0\r\nhost: h\r\n\r\n", 505)])
    func `what is no request is refused, and the connection closed`(request: String, status: Int) async throws {
        try await withServer { port, _ in
            let client = try RawSocket(to: port)
            try await client.send(request)
            let answer = try await client.answer()
            #expect(answer.status == status)
            #expect(answer.has("connection: close"))
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `a client that expects it is told to go on before it sends its body`() async throws {
        try await withServer { port, _ in
            let client = try RawSocket(to: port)
            for framing in ["content-length: 5", "transfer-encoding: chunked"] {
                try await client.send("POST / HTTP/1.1\r\nhost: h\r\n\(framing)\r\nexpect: 100-continue\r\n\r\n")
                #expect(try await client.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await client.send(framing.hasSuffix("5") ? "hello" : "5\r\nhello\r\n0\r\n\r\n")
                #expect(try await client.answer().body == "POST / hello")
            }
        }
    }

    @Test func `a client that expects to be told to go on is told no when its body is too large`() async throws {
        try await withServer(ServerLimits(maxBodyBytes: 10)) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 11\r\nexpect: 100-continue\r\n\r\n")
            #expect(try await client.answer().status == 413)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `a body that nobody reads is skipped when it is there, and closes the connection when it is not`()
        async throws
    {
        let responder = StubResponder { connection in connection.say(200, "\(connection.path)") }
        try await withServer(ServerLimits(), responder) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send(
                "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 4\r\n\r\nbodyGET /b HTTP/1.1\r\nhost: h\r\n\r\n")
            #expect(try await client.answer().body == "/a")
            #expect(try await client.answer().body == "/b")
            try await client.send("POST /c HTTP/1.1\r\nhost: h\r\ncontent-length: 40\r\n\r\nbody")
            let answer = try await client.answer()
            #expect(answer.body == "/c")
            #expect(answer.has("connection: close"))
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `requests sent far ahead are held back, and all answered`() async throws {
        let limits = ServerLimits(maxPipelinedBytes: 1024)
        let responder = StubResponder { connection in
            let path = connection.path
            try? await Task.sleep(for: .milliseconds(1))
            connection.say(200, path)
        }
        try await withServer(limits, responder) { port, _ in
            let client = try RawSocket(to: port)
            let padding = String(repeating: "x", count: 2000)
            var all = ""
            for index in 0..<100 { all += "GET /\(index) HTTP/1.1\r\nhost: h\r\nx-padding: \(padding)\r\n\r\n" }
            try await client.send(all)
            for index in 0..<100 { #expect(try await client.answer().body == "/\(index)") }
        }
    }
}
