import Foundation
import Logging
import Testing

@testable import LLMGateway

/// What one call on the hot path costs. Reports and asserts nothing: `LLM_GATEWAY_BENCHMARKS=1 swift test -c release
/// -Xswiftc -enable-testing --filter ObservabilityBenchmarks`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["LLM_GATEWAY_BENCHMARKS"] != nil))
struct ObservabilityBenchmarks {
    /// The best of several rounds, in nanoseconds per call.
    private func measure(_ name: String, count: Int = 1_000_000, _ body: (Int) -> Void) {
        let clock = ContinuousClock()
        let best = (0..<7).map { _ in clock.measure { for turn in 0..<count { body(turn) } } }.min() ?? .zero
        let nanoseconds = best / count / .nanoseconds(1)
        print("\(name): \((nanoseconds * 100).rounded() / 100) ns")
    }

    @Test func `counting`() async {
        let registry = MetricRegistry(loops: 2)
        let formats = [
            "openai-chat", "openai-completions", "openai-responses", "openai-embeddings", "anthropic-messages",
        ]
        let metrics = await GatewayMetrics(
            in: registry, formats: formats, build: .init(version: "1", swift: "6", commit: "c"), logDropped: { 0 })
        let target = metrics.target(provider: "p", model: "m")
        let loop = registry.shard(ofLoop: 0)
        let shared = registry.sharedShard
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let messages = ["anthropic", "messages"].joined(separator: "-")

        measure("gauge, own shard") { _ in target.provider.requestsInFlight.add(1, on: loop) }
        measure("gauge, shared shard") { _ in target.provider.requestsInFlight.add(1, on: shared) }
        measure("histogram of 16 buckets") { target.upstreamDuration.observe(Double($0 % 1000) / 100, on: loop) }
        measure("histogram with exemplar") { target.upstreamDuration.observe(Double($0 % 9), on: loop, traceID: trace) }
        measure("request 200 ok, openai-chat") { _ in
            target.request(format: "openai-chat", status: 200, outcome: .ok, on: loop)
        }
        measure("request 200 ok, anthropic-messages") { _ in
            target.request(format: messages, status: 200, outcome: .ok, on: loop)
        }
        measure("request 429 rejected") { _ in
            target.request(format: "openai-chat", status: 429, outcome: .rejected, on: loop)
        }
        measure("attempt 200") { _ in target.attempt(.status(200), on: loop) }
        measure("attempt 503") { _ in target.attempt(.status(503), on: loop) }
        measure("tokens") { _ in target.tokens(.output, 7, on: loop) }
        measure("phase") { _ in metrics.phase(.connect, 0.001, on: loop) }
        measure("overhead") { _ in metrics.overhead(0.0001, format: "openai-chat", streams: true, on: loop) }
        measure("untargeted 404") { _ in
            metrics.untargeted.request(format: "openai-chat", status: 404, outcome: .clientError, on: loop)
        }

        let clock = ContinuousClock()
        for model in 0..<50 { _ = metrics.target(provider: "p\(model % 5)", model: "m\(model)") }
        var length = 0
        let time = await clock.measure { length = await registry.exposition(accept: nil).body.count }
        print("scrape of 51 targets: \(length / 1024) KiB in \(time)")
    }

    @Test func `logging`() async throws {
        let file = open("/dev/null", O_WRONLY)
        defer { close(file) }
        let sink = LogSink(descriptor: file, capacity: 64 << 20)
        let output = LogOutput(sink)
        let access = AccessLog(output)
        var record = RequestRecord()
        record.requestID = "0f3a1c9d-7a55-4f6e-9d0b-2f1f3c4b5a69"
        record.traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
        record.key = "team-search"
        record.clientIP = "192.168.100.200"
        (record.method, record.path, record.apiFormat) = ("POST", "/v1/chat/completions", "openai-chat")
        (record.model, record.provider, record.upstreamModel) = ("gpt-4o-mini", "openai", "gpt-4o-mini-2024-07-18")
        record.upstreamRequestID = "req_0123456789abcdef0123456789abcdef"
        (record.status, record.streams, record.attempts, record.cache) = (200, true, 1, "miss")
        (record.inputTokens, record.outputTokens, record.cachedTokens) = (1234, 567, 1000)
        record.usageSource = .provider
        (record.timeToFirstToken, record.duration) = (312_345_000, 2_345_678_000)
        record.gateway = 123_000
        (record.bytesIn, record.bytesOut) = (4567, 23456)

        measure("timestamp", count: 100_000) { _ in
            var line = LineBuffer()
            line.append(timestamp: .now)
        }
        measure("fields of a request", count: 100_000) { _ in
            var line = LogLine(.json)
            record.write(to: &line)
            line.end()
        }
        // In bursts that the buffer was grown for, as in a process that has run for a while.
        var best = Duration.seconds(1)
        for _ in 0..<500 {
            best = min(best, ContinuousClock().measure { for _ in 0..<1000 { access.write(record) } })
            _ = await sink.flush(within: .seconds(5))
        }
        print("line of a request, all in: \(best / 1000 / .nanoseconds(1)) ns")
        print("dropped: \(sink.dropped)")
        sink.close()
    }
}
