import Synchronization
import Testing
import WireFormats

@testable import LLMGateway

/// What whoever keeps books is told of calls.
@Suite(.timeLimit(.minutes(1))) struct FinishedCallTests {
    private final class Book: Sendable {
        private let rows = Mutex<[FinishedCall]>([])
        var calls: [FinishedCall] { rows.withLock { $0 } }
        func add(_ call: FinishedCall) { rows.withLock { $0.append(call) } }
    }

    private func chat(_ more: String = "", on port: Int, headers: String) async throws -> RawSocket {
        let body = #"{"model":"m","messages":[{"role":"user","content":"one two"}]\#(more)}"#
        let client = try RawSocket(to: port)
        try await client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return client
    }

    @Test func `a call is told with its key, its tags and what it used`() async throws {
        let book = Book()
        let yaml = "providers: { simulated: {} }\nkeys: [{ name: a, key: sk-a }]"
        try await withPipeline(yaml, finished: book.add) { port in
            let before = WallClock.now.seconds
            let client = try await chat(
                on: port, headers: "x-api-key: sk-a\r\nx-llm-gateway-tags: team=x,run=7\r\n")
            #expect(try await client.answer().status == 200)
            let stranger = try await chat(on: port, headers: "")
            #expect(try await stranger.answer().status == 401)
            try await eventually("both of them") { book.calls.count == 2 }
            let call = book.calls[0]
            #expect(call.keyName == "a" && call.tags == "team=x,run=7" && (before...before + 60).contains(call.time))
            let attempt = try #require(call.attempts.first)
            #expect(call.attempts.count == 1 && attempt.provider == "simulated" && attempt.model == "m")
            #expect(attempt.usage.output == 2 && attempt.price?.isFree == true && attempt.cost == .zero)
            #expect(book.calls[1].keyName.isEmpty && book.calls[1].attempts.isEmpty && book.calls[1].tags == nil)
        }
    }

    @Test func `an attempt that was billed and came to nothing is told beside the one that answered`() async throws {
        let book = Book()
        let (first, second) = (try RawServer(), try RawServer())
        let yaml = """
            providers:
              one: { type: openai-compatible, base_url: "http://127.0.0.1:\(first.port)/v1" }
              two: { type: openai-compatible, base_url: "http://127.0.0.1:\(second.port)/v1" }
            models: { m: { targets: [{ provider: one, model: x }, { provider: two, model: y }] } }
            model_info: { x: { usd_per_million: { input: 1, output: 0 } } }
            """
        func event(_ choices: String, _ usage: String) -> String {
            #"data: {"id":"1","object":"chat.completion.chunk","model":"z","choices":[\#(choices)]\#(usage)}"# + "\n\n"
        }
        let usage = #","usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}"#
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        try await withPipeline(yaml, finished: book.add) { port in
            let client = try await chat(#","stream":true"#, on: port, headers: "")
            let one = try await first.accept()
            _ = try await one.request()
            try await one.send(head + event("", usage))
            one.close()
            let two = try await second.accept()
            _ = try await two.request()
            let said = #"{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}"#
            try await two.send(head + event(said, "") + event("", usage) + "data: [DONE]\n\n")
            two.close()
            #expect(try await client.read(through: "\r\n\r\n").contains("200 OK"))
            try await eventually("the call's end") { book.calls.count == 1 }
            let attempts = book.calls[0].attempts
            #expect(attempts.map(\.provider) == ["one", "two"] && attempts.map(\.model) == ["x", "y"])
            #expect(attempts.map(\.usage.input) == [9, 9])
            #expect(attempts.map { $0.cost?.nanodollars } == [9_000, nil], "what has no price has no cost")
        }
    }
}
