import Synchronization
import Testing
import WireFormats

@testable import LLMGateway

/// Streams that pass through, and how what the gateway says itself fits in between.
@Suite(.timeLimit(.minutes(1))) struct StreamRelayTests {
    private static let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    private static let said = #"data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#
    private static let end =
        #"data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#

    /// A client that streams by way of a gateway whose only upstream is `server`.
    private func withStream(
        from server: RawServer, finished: (@Sendable (FinishedCall) -> Void)? = nil,
        _ body: (_ client: RawSocket, _ upstream: RawSocket) async throws -> Void
    ) async throws {
        let yaml = """
            server: { stream_keep_alive: 100ms }
            providers: { up: { type: openai-compatible, base_url: "http://127.0.0.1:\(server.port)/v1" } }
            models: { m: { targets: [{ provider: up, model: x }] } }
            """
        try await withPipeline(yaml, finished: finished) { port in
            let call =
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}"#
            let client = try RawSocket(to: port)
            try await client.send(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                    + "content-length: \(call.utf8.count)\r\n\r\n\(call)")
            let upstream = try await server.accept()
            _ = try await upstream.request()
            try await upstream.send(Self.head)
            try await body(client, upstream)
        }
    }

    @Test func `a sign of life never stands in the middle of an event`() async throws {
        try await withStream(from: try RawServer()) { client, upstream async throws in
            try await upstream.send(Self.said + "\n\ndata: {\"id\":")
            _ = try await client.read(through: "{\"id\":")
            // Several signs of life long.
            try await Task.sleep(for: .milliseconds(700))
            try await upstream.send("\"1\",\"choices\":[]}\n\n")
            let rest = try await client.read(through: "\"choices\":[]}")
            #expect(!rest.contains("keep-alive"), "\(rest)")
            // Between two events it is as welcome as ever.
            #expect(try await client.read(through: ": keep-alive\n\n").contains(": keep-alive"))
            try await upstream.send(Self.end + "\n\n")
            upstream.close()
        }
    }

    @Test(arguments: [said + "\n\n", ""])
    func `a last event without its end is passed on, and its usage counts`(before: String) async throws {
        let calls = Mutex<[FinishedCall]>([])
        try await withStream(
            from: try RawServer(), finished: { call in calls.withLock { $0.append(call) } }
        ) { client, upstream async throws in
            try await upstream.send(before + Self.end + "\n")
            upstream.close()
            let answer = try await client.readToEnd()
            #expect(answer.contains("200 OK") && answer.contains(Self.end), "\(answer)")
            try await eventually("the call's end") { calls.withLock { $0.count } == 1 }
            let usage = calls.withLock { $0.first?.attempts.first?.usage }
            #expect(usage == TokenUsage(inputUncached: 9, output: 2))
        }
    }

    @Test func `a stream of nothing but its end is no answer`() async throws {
        try await withStream(from: try RawServer()) { client, upstream async throws in
            try await upstream.send("data: [DONE]\n\n")
            upstream.close()
            #expect(try await client.readToEnd().contains("502 Bad Gateway"))
        }
    }

    @Test func `what a cut answer had told is counted, whatever its beginning claimed`() async throws {
        let calls = Mutex<[FinishedCall]>([])
        let server = try RawServer()
        let yaml = """
            resilience: { retry: { max_attempts: 1 } }
            providers: { up: { type: anthropic, api_key: k, base_url: "http://127.0.0.1:\(server.port)/v1" } }
            models: { m: { targets: [{ provider: up, model: x }] } }
            """
        try await withPipeline(yaml, finished: { call in calls.withLock { $0.append(call) } }) { port in
            let call = #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"stream":true}"#
            let client = try RawSocket(to: port)
            try await client.send(
                "POST /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                    + "content-length: \(call.utf8.count)\r\n\r\n\(call)")
            let upstream = try await server.accept()
            _ = try await upstream.request()
            try await upstream.send(Self.head)
            let start = #"{"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}"#
            let word = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}"#
            try await upstream.send("event: message_start\ndata: \(start)\n\n")
            for _ in 0..<40 { try await upstream.send("event: content_block_delta\ndata: \(word)\n\n") }
            upstream.close()
            #expect(try await client.readToEnd().contains("event: error"))
            try await eventually("the call's end") { calls.withLock { $0.count } == 1 }
            let usage = calls.withLock { $0.first?.attempts.first?.usage }
            #expect(usage == TokenUsage(inputUncached: 9, output: 40))
        }
    }
}
