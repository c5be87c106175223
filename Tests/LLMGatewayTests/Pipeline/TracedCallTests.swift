import Testing
import Tracing
import WireFormats

@testable import LLMGateway

/// What code that answers calls in the gateway's process has of their traces.
@Suite(.timeLimit(.minutes(1))) struct TracedCallTests {
    /// A model that traces its own work.
    private struct TracingProvider: InProcessProvider {
        static let kind = KnownProviderType.own("tracing")
        let listedModels = ["m"]

        init(_ settings: ProviderSettings) {}

        func chat(_ request: ChatRequest, emit: ChatEventSink) async throws {
            try await withSpan("thinking") { span in
                span.attributes["words"] = 2
                try await emit(.start(id: "", model: request.model))
                try await withSpan("speaking") { _ in try await emit(.textDelta("Hi there")) }
                try await emit(.finish(.endTurn))
            }
        }
    }

    private func chat(on port: Int, headers: String = "") async throws -> Int {
        let body = #"{"model":"m","messages":[{"role":"user","content":"one two"}]}"#
        let client = try RawSocket(to: port)
        try await client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return try await client.answer().status
    }

    private func withTracing(
        _ tracing: String, _ spans: SpanQueue, _ body: @escaping (_ port: Int) async throws -> Void
    ) async throws {
        let registry = MetricRegistry(loops: 1)
        let metrics = await GatewayMetrics(
            in: registry, formats: [], build: .init(version: "1", swift: "6", commit: "c"), logDropped: { 0 })
        // Whichever gateway of the process was first has the tracer; a call's spans go with the call all the same.
        TraceExport(
            metrics, on: registry.sharedShard, instance: "i", logger: LogOutput(LogSink(descriptor: -1)).logger("t")
        )
        .bootstrap()
        let yaml = "providers: { own: { type: tracing } }\n" + tracing
        try await withPipeline(yaml, types: .builtIn + [TracingProvider.self], spans: spans, body)
    }

    @Test func `spans of a model's own code are part of the attempt that it answers`() async throws {
        let spans = SpanQueue { _ in }
        try await withTracing("tracing: { endpoint: 'http://127.0.0.1:1' }", spans) { port in
            #expect(try await chat(on: port) == 200)
            try await eventually("the call's spans") { spans.count == 4 }
            let told = spans.take(9)
            #expect(told.map(\.name) == ["chat m", "chat m", "speaking", "thinking"])
            #expect(told.map(\.kind) == [.server, .client, .internal, .internal])
            #expect(Set(told.map(\.context.traceID)).count == 1)
            #expect(told[1].parent == told[0].context.spanID && told[3].parent == told[1].context.spanID)
            #expect(told[2].parent == told[3].context.spanID && told[3].attributes["words"] == .whole(2))
        }
    }

    @Test func `they are forgotten with a call that is not kept`() async throws {
        let spans = SpanQueue { _ in }
        try await withTracing("tracing: { endpoint: 'http://127.0.0.1:1', sample_ratio: 0 }", spans) { port in
            #expect(try await chat(on: port) == 200)
            let context = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
            #expect(try await chat(on: port, headers: context) == 200)
            try await eventually("the other call's spans") { spans.count == 4 }
            #expect(spans.take(9).allSatisfy { $0.context.traceID.text.hasPrefix("0af76519") })
        }
    }

    @Test func `where nothing is traced they are nobody's`() async throws {
        let spans = SpanQueue { _ in }
        try await withTracing("", spans) { port async throws in
            #expect(try await chat(on: port) == 200)
            #expect(spans.count == 0)
        }
    }
}
