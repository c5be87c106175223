import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct ServerTimeoutTests {
    @Test func `a head that does not come to its end in time is refused`() async throws {
        try await withServer(ServerLimits(headerTimeout: .milliseconds(200))) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("GET / HTTP/1.1\r\nhost")
            let answer = try await client.answer()
            #expect(answer.status == 408)
            #expect(answer.body == "timed out")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `bytes that trickle in do not extend the time for a head`() async throws {
        try await withServer(ServerLimits(headerTimeout: .milliseconds(300))) { port, _ in
            let client = try RawSocket(to: port)
            let start = NIODeadline.now()
            try await client.send("GET / HTTP/1.1\r\n")
            for _ in 0..<8 {
                try await Task.sleep(for: .milliseconds(50))
                // The server may have closed by now, on a busy machine.
                try? await client.send("x: y\r\n")
            }
            #expect(try await client.answer().status == 408)
            #expect(NIODeadline.now() - start < .seconds(15))
        }
    }

    @Test func `a client that says nothing is let go without a word`() async throws {
        try await withServer(ServerLimits(headerTimeout: .milliseconds(100))) { port, _ in
            let client = try RawSocket(to: port)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `a connection that is not used again is closed after the keep-alive time`() async throws {
        try await withServer(ServerLimits(headerTimeout: .seconds(60), keepAliveTimeout: .milliseconds(100))) {
            port, _ in
            let client = try RawSocket(to: port)
            try await client.send("GET / HTTP/1.1\r\nhost: h\r\n\r\n")
            #expect(try await client.answer().status == 200)
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test(arguments: [
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\nhello",
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ])
    func `a body that stops coming is given up`(request: String) async throws {
        try await withServer(ServerLimits(bodyTimeout: .milliseconds(200))) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send(request)
            let answer = try await client.answer()
            #expect(answer.status == 408)
            #expect(answer.body == "body timed out")
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func `a body that comes slowly but steadily is waited for`() async throws {
        try await withServer(ServerLimits(bodyTimeout: .seconds(10))) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n")
            for digit in 0..<10 {
                try await Task.sleep(for: .milliseconds(10))
                try await client.send("\(digit)")
            }
            #expect(try await client.answer().body == "POST / 0123456789")
        }
    }
}
