import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct WholeAnswerTests {
    private func ask(_ loop: Loop, _ server: RawServer, within limit: Duration = .seconds(30)) -> Task<
        String, any Error
    > {
        let origin = server.origin
        return loop.start { loop in
            let answer = try await loop.upstreams.ask(
                origin, ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), within: limit, upTo: 100)
            return "\(answer.status) \(String(buffer: answer.body))"
        }
    }

    @Test func `an answer comes whole, and its connection is kept`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let first = ask(loop, server)
            let peer = try await server.accept()
            try await peer.serve("one")
            #expect(try await first.value == "200 one")
            let second = ask(loop, server)
            try await peer.serve("two")
            #expect(try await second.value == "200 two")
            #expect(server.accepted == 1)
        }
    }

    @Test func `a kept connection that is dead is replaced by a fresh one`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let first = ask(loop, server)
            let peer = try await server.accept()
            try await peer.serve("one")
            _ = try await first.value
            let second = ask(loop, server)
            _ = try await peer.request()
            peer.close()
            try await server.accept().serve("two")
            #expect(try await second.value == "200 two")
        }
    }

    @Test func `a server that says nothing, or too much, is an error in time`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let silent = ask(loop, server, within: .milliseconds(100))
            _ = try await server.accept()
            await #expect(throws: UpstreamError.self) { try await silent.value }
            let loud = ask(loop, server)
            try await server.accept().serve(String(repeating: "x", count: 101))
            await #expect(throws: UpstreamError.tooLarge) { try await loud.value }
        }
    }
}
