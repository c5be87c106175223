import Glibc
import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct AnsweringTests {
    private let get = "GET / HTTP/1.1\r\nhost: h\r\n\r\n"

    private let stream = StubResponder { connection in
        connection.begin(status: 200)
        connection.beginStream()
        for piece in ["one ", "two ", "", "three"] {
            connection.write(piece: ByteBuffer(string: piece))
            connection.flush()
            await Task.yield()
        }
        connection.endStream()
    }

    @Test func `the answer to a HEAD has the length of the body and no body`() async throws {
        try await withServer { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("HEAD /p HTTP/1.1\r\nhost: h\r\n\r\n" + get)
            let head = try await client.answer(toHead: true)
            #expect(head.status == 200)
            #expect(head.has("content-length: 8"))
            #expect(try await client.answer().body == "GET / ")
        }
    }

    @Test func `a client that says it has no more to ask gets the answers that need no waiting`() async throws {
        try await withServer { port, loop in
            let client = try RawSocket(to: port)
            // The loop finds the requests and their end at once.
            let isBusy = loop.eventLoop.submit { usleep(100_000) }
            try await client.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n")
            client.endSending()
            _ = try await isBusy.get()
            let answers = try await client.readToEnd()
            #expect(answers.contains("GET /a") && answers.contains("GET /b"))
        }
    }

    @Test func `every answer has a date`() async throws {
        try await withServer { port, _ in
            let client = try RawSocket(to: port)
            try await client.send(get)
            #expect(try await client.answer().head.contains("\r\ndate: "))
        }
    }

    @Test func `HTTP 1.0 is answered and closed, or kept when the client asks for that`() async throws {
        try await withServer { port, _ in
            let once = try RawSocket(to: port)
            try await once.send("GET / HTTP/1.0\r\n\r\n")
            let answer = try await once.answer()
            #expect(answer.status == 200)
            #expect(answer.has("connection: close"))
            #expect(try await once.readToEnd() == "")

            let kept = try RawSocket(to: port)
            for _ in 0..<2 {
                try await kept.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
                #expect(try await kept.answer().has("connection: keep-alive"))
            }
        }
    }

    @Test func `a stream is chunked, and the connection lives on`() async throws {
        try await withServer(ServerLimits(), stream) { port, _ in
            let client = try RawSocket(to: port)
            for _ in 0..<3 {
                try await client.send(get)
                let answer = try await client.answer()
                #expect(answer.has("transfer-encoding: chunked"))
                #expect(answer.body == "one two three")
            }
        }
    }

    @Test func `a stream to HTTP 1.0 ends with the connection`() async throws {
        try await withServer(ServerLimits(), stream) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            let answer = try await client.answer()
            #expect(!answer.head.contains("transfer-encoding"))
            #expect(answer.body == "one two three")
        }
    }

    @Test func `an answer of several megabytes arrives whole, and so does the next`() async throws {
        let responder = StubResponder { connection in
            connection.begin(status: 200)
            connection.finish(body: ByteBuffer(repeating: UInt8(ascii: "x"), count: 5_000_000))
        }
        try await withServer(ServerLimits(), responder) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send(get + get)
            for _ in 0..<2 { #expect(try await client.answer().body.utf8.count == 5_000_000) }
        }
    }

    @Test func `a large answer arrives whole at a slow reader, though the connection closes after it`() async throws {
        let responder = StubResponder { connection in
            connection.begin(status: 200)
            connection.finish(body: ByteBuffer(repeating: UInt8(ascii: "x"), count: 12_000_000))
        }
        try await withServer(ServerLimits(lingerTime: .milliseconds(200)), responder) { port, _ in
            let client = try RawSocket(to: port, receiveBuffer: 16_384)
            try await client.send("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
            try await Task.sleep(for: .milliseconds(800))
            #expect(try await client.answer().body.utf8.count == 12_000_000)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `the answer arrives even while the client still sends`() async throws {
        try await withServer(ServerLimits(maxBodyBytes: 1000)) { port, _ in
            for _ in 0..<5 {
                let client = try RawSocket(to: port)
                try await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 8000000\r\n\r\n")
                // It does not look for an answer before it has sent everything.
                try await client.send([UInt8](repeating: 120, count: 8_000_000))
                let answer = try await client.answer()
                #expect(answer.status == 413)
                #expect(answer.body == "too large")
                #expect(try await client.readToEnd() == "")
                #expect(!client.wasReset)
            }
        }
    }

    @Test func `a client that never stops sending after its answer is cut off`() async throws {
        let limits = ServerLimits(maxBodyBytes: 1000, lingerTime: .milliseconds(100))
        try await withServer(limits) { port, loop in
            let client = try RawSocket(to: port)
            try await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 8000000\r\n\r\n")
            #expect(try await client.answer().status == 413)
            try await eventually("the end of the connection") { try await loop.run { $0.clients.isEmpty } }
        }
    }

    @Test func `an answer that is not finished ends the connection instead of confusing the next request`() async throws
    {
        let responder = StubResponder { connection in
            connection.begin(status: 200)
            connection.beginStream()
            connection.write(piece: ByteBuffer(string: "half"))
            connection.flush()
        }
        try await withServer(ServerLimits(), responder) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send(get + get)
            let all = try await client.readToEnd()
            #expect(!all.contains("0\r\n\r\n"))
            #expect(all.split(separator: "HTTP/1.1 200").count <= 1)
        }
    }

    @Test func `once the loop drains, every answer closes its connection`() async throws {
        try await withServer { port, loop in
            let client = try RawSocket(to: port)
            try await client.send(get)
            #expect(try await !client.answer().has("connection: close"))
            try await loop.run { $0.isDraining = true }
            try await client.send(get)
            #expect(try await client.answer().has("connection: close"))
            #expect(try await client.readToEnd() == "")
        }
    }
}
