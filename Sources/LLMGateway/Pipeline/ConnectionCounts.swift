/// Keeps the gauges of upstream connections: what changed on one loop since the last look.
///
/// Looking once a second costs less than counting at each lease. Used on its loop only, which makes it Sendable.
final class ConnectionCounts: @unchecked Sendable {
    private let state: LoopState
    private var reported: [String: (idle: Int, active: Int)] = [:]

    init(_ state: LoopState) {
        self.state = state
    }

    func report() {
        let snapshot = state.snapshot
        for provider in snapshot.providers + snapshot.sought.compactMap(\.providerIfFound) {
            guard case .upstream(let site) = provider.kind else { continue }
            let now = state.loop.upstreams.counts(site.origin)
            let before = reported[provider.name] ?? (0, 0)
            provider.metrics.idleConnections.add(Int64(now.idle - before.idle), on: state.shard)
            provider.metrics.activeConnections.add(Int64(now.active - before.active), on: state.shard)
            reported[provider.name] = now
        }
    }
}
