import NIOCore
import Testing
import WireFormats

@testable import LLMGateway

@Suite struct TargetHealthTests {
    private let rules = CircuitBreaker.Rules(minRequests: 2, openFor: .seconds(3600))

    private func withHealth(
        _ body: (TargetHealth, TargetMetrics, GatewayMetrics, Shard) throws -> Void
    ) async throws {
        let registry = MetricRegistry(loops: 1)
        let metrics = await GatewayMetrics(
            in: registry, formats: [], build: .init(version: "1", swift: "6", commit: "c"), logDropped: { 0 })
        let target = metrics.target(provider: "p", model: "m")
        try body(TargetHealth(rules, target), target, metrics, registry.shard(ofLoop: 0))
    }

    private func admitted(_ health: TargetHealth, _ shard: Shard, isTrial: Bool = false) -> CircuitBreaker.Ticket? {
        if case .proceed(let ticket) = health.admit(isTrial: isTrial, on: shard) { ticket } else { nil }
    }

    @Test func `failures open it, and that shows in the metrics`() async throws {
        try await withHealth { health, target, metrics, shard in
            let state = metrics.breakerState.series(target.labels)
            for _ in 0..<2 {
                let ticket = try #require(admitted(health, shard))
                health.ended(ticket, .failed, firstByte: nil, on: shard)
            }
            #expect(state.value == 2)
            #expect(admitted(health, shard) == nil)
            let opened = BreakerTransitionLabels(target: target.labels, to: .open)
            #expect(metrics.breakerTransitions.series(opened).value == 1)
        }
    }

    @Test func `one call at a time tries an open target out, and its success counts`() async throws {
        try await withHealth { health, _, _, shard in
            for _ in 0..<2 {
                let ticket = try #require(admitted(health, shard))
                health.ended(ticket, .failed, firstByte: nil, on: shard)
            }
            let trial = try #require(admitted(health, shard, isTrial: true))
            #expect(admitted(health, shard, isTrial: true) == nil)
            health.ended(trial, .abandoned, firstByte: nil, on: shard)
            let second = try #require(admitted(health, shard, isTrial: true))
            health.ended(second, .succeeded, firstByte: nil, on: shard)
            for _ in 0..<2 {
                let probe = try #require(admitted(health, shard))
                health.ended(probe, .succeeded, firstByte: nil, on: shard)
            }
            #expect(health.breaker(at: Instant.now).phase == .closed)
        }
    }

    @Test func `a target that failed seems slower than one that answered, and one in use than one that is not`()
        async throws
    {
        try await withHealth { health, target, _, shard in
            let other = TargetHealth(rules, target)
            health.ended(try #require(admitted(health, shard)), .failed, firstByte: .milliseconds(1), on: shard)
            other.ended(try #require(admitted(other, shard)), .succeeded, firstByte: .milliseconds(100), on: shard)
            let now = Instant.now
            #expect(health.cost(at: now) > other.cost(at: now))
            let idle = other.cost(at: now)
            other.begin()
            #expect(other.cost(at: now) > idle && other.inFlight == 1)
            other.end()
            #expect(other.inFlight == 0)
        }
    }

    @Test func `a target has one health, however often it is asked for, and there is an end to targets`() async throws {
        try await withHealth { _, target, _, shard in
            let all = TargetHealths()
            let first = all.health(provider: "p", model: "m", rules, target)
            #expect(all.health(provider: "p", model: "m", rules, target) === first)
            first.begin()
            for number in 0..<10_000 { _ = all.health(provider: "p", model: "m\(number)", rules, target) }
            #expect(all.health(provider: "p", model: "m", rules, target) === first, "one in use is not forgotten")
            for _ in 0..<2 {
                let ticket = try #require(admitted(first, shard))
                first.ended(ticket, .failed, firstByte: nil, on: shard)
            }
            #expect(all.breakers(at: .now())["p"] == .closed, "others of the provider are well")
        }
    }
}
