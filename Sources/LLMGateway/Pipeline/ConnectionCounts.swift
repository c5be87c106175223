/// Keeps the gauges of upstream connections: what changed on one loop since the last look.
///
/// Looking once a second costs less than counting at each lease. Used on its loop only, which makes it Sendable.
final class ConnectionCounts: @unchecked Sendable {
    private let state: LoopState
    private var reported: [String: Counts] = [:]

    private struct Counts {
        let metrics: ProviderMetrics
        var idle = 0
        var active = 0
    }

    init(_ state: LoopState) {
        self.state = state
    }

    func report() {
        let snapshot = state.snapshot
        var gone = reported
        for provider in snapshot.providers + snapshot.sought.compactMap(\.providerIfFound) {
            guard case .upstream(let site) = provider.kind else { continue }
            let now = state.loop.upstreams.counts(site.origin)
            report(Counts(metrics: provider.metrics, idle: now.idle, active: now.active), of: provider.name)
            gone[provider.name] = nil
        }
        for (name, counts) in gone {
            report(Counts(metrics: counts.metrics), of: name)
            reported[name] = nil
        }
    }

    private func report(_ now: Counts, of provider: String) {
        let before = reported[provider] ?? Counts(metrics: now.metrics)
        now.metrics.idleConnections.add(Int64(now.idle - before.idle), on: state.shard)
        now.metrics.activeConnections.add(Int64(now.active - before.active), on: state.shard)
        reported[provider] = now
    }
}
