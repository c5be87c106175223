import Testing
import WireFormats

@testable import LLMGateway

/// What a connection that is used again makes of one that died meanwhile, on both sides.
@Suite(.timeLimit(.minutes(1))) struct ConnectionReuseTests {
    private static let answer =
        #"{"id":"1","model":"x","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"#

    private static func call(_ model: String = "m", more: String = "") -> String {
        let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"x"}]\#(more)}"#
        return "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A client's second call, for which the upstream's connection was kept from the first, and dies before it answers.
    private func withDeadConnection(
        retry: String, _ body: (_ client: RawSocket, _ server: RawServer) async throws -> Void
    ) async throws {
        let server = try RawServer()
        let yaml = """
            resilience: { retry: { \(retry) } }
            providers: { up: { type: openai-compatible, base_url: "http://127.0.0.1:\(server.port)/v1" } }
            models: { m: { targets: [{ provider: up, model: x }] } }
            """
        try await withPipeline(yaml) { port in
            let client = try RawSocket(to: port)
            try await client.send(Self.call())
            let kept = try await server.accept()
            _ = try await kept.request()
            try await kept.send(
                "HTTP/1.1 200 OK\r\ncontent-length: \(Self.answer.utf8.count)\r\n\r\n\(Self.answer)")
            _ = try await client.read(through: Self.answer)
            try await client.send(Self.call())
            _ = try await kept.request()
            kept.reset()
            try await body(client, server)
        }
    }

    @Test func `a kept connection that dies is replaced by a fresh one, and that is another attempt`() async throws {
        try await withDeadConnection(retry: "max_attempts: 2, base_delay: 60s, max_delay: 60s") {
            client, server async throws in
            let fresh = try await server.accept()
            _ = try await fresh.request()
            try await fresh.send(
                "HTTP/1.1 200 OK\r\ncontent-length: \(Self.answer.utf8.count)\r\n\r\n\(Self.answer)")
            let head = try await client.read(through: Self.answer)
            #expect(head.contains("200 OK") && head.contains("x-llm-gateway-attempts: 2\r\n"), "\(head)")
        }
    }

    @Test func `nothing is sent twice where there is to be one attempt`() async throws {
        try await withDeadConnection(retry: "max_attempts: 1") { client, server async throws in
            let head = try await client.read(through: "\r\n\r\n")
            #expect(head.contains("502 Bad Gateway") && head.contains("x-llm-gateway-attempts: 1\r\n"), "\(head)")
            #expect(server.accepted == 1)
        }
    }

    @Test func `a stream that ends with an error leaves its connection to the next call`() async throws {
        try await withPipeline("providers: { simulated: {} }") { port in
            let client = try RawSocket(to: port)
            try await client.send(Self.call("simulated/error-midstream", more: #","stream":true"#))
            let stream = try await client.read(through: "0\r\n\r\n")
            #expect(stream.contains(#""error""#) && !stream.contains("[DONE]") && !stream.contains("connection: close"))
            try await client.send(Self.call("simulated/echo"))
            #expect(try await client.read(through: "\r\n\r\n").contains("200 OK"))
        }
    }
}
