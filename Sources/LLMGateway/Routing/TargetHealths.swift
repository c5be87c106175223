import NIOCore
import Synchronization

/// The health of all targets, by their names; it outlives configurations.
final class TargetHealths: Sendable {
    private struct Name: Hashable {
        let provider: String
        let model: String
    }

    private let known: Mutex<[Name: TargetHealth]> = Mutex([:])

    /// Names may be the clients' to choose: there must be an end to them. Beyond it a provider's further models share one.
    private static let most = 4096
    private static let others = "other"

    /// The health of one target; the same each time.
    func health(
        provider: String, model: String, _ rules: CircuitBreaker.Rules, _ metrics: TargetMetrics
    ) -> TargetHealth {
        known.withLock { known in
            if let health = known[Name(provider: provider, model: model)] { return health }
            if known.count >= Self.most { Self.forgetIdle(&known) }
            let name = Name(provider: provider, model: known.count < Self.most ? model : Self.others)
            if let health = known[name] { return health }
            let made = TargetHealth(rules, metrics)
            known[name] = made
            return made
        }
    }

    /// Has all targets of a provider go by other rules.
    func follow(_ rules: CircuitBreaker.Rules, provider: String, on shard: Shard) {
        for (name, health) in known.withLock({ $0 }) where name.provider == provider { health.follow(rules, on: shard) }
    }

    /// Those of which there is nothing to remember.
    private static func forgetIdle(_ known: inout [Name: TargetHealth]) {
        let now = Instant.now
        known = known.filter { $0.value.inFlight > 0 || $0.value.breaker(at: now).phase != .closed }
    }

    /// How the targets of one provider are that were called or configured, in the order of their names.
    func standings(
        of provider: String, at now: Instant
    ) -> [(model: String, breaker: CircuitBreaker.Reading, inFlight: Int)] {
        known.withLock { $0 }.filter { $0.key.provider == provider }.sorted { $0.key.model < $1.key.model }.map {
            ($0.key.model, $0.value.breaker(at: now), $0.value.inFlight)
        }
    }

    /// By provider: open when those of all its targets are, closed when that of one is.
    func breakers(at now: NIODeadline) -> [String: ProviderHealth.Breaker] {
        let now = now.instant
        return known.withLock { $0 }.reduce(into: [:]) { breakers, entry in
            let own: ProviderHealth.Breaker =
                switch entry.value.breaker(at: now).phase {
                case .closed: .closed
                case .halfOpen: .halfOpen
                case .open: .open
                }
            let others = breakers[entry.key.provider]
            breakers[entry.key.provider] = others.map { $0.better(than: own) } ?? own
        }
    }
}

extension ProviderHealth.Breaker {
    /// The one of two that lets more calls through.
    fileprivate func better(than other: Self) -> Self {
        [self, other].contains(.closed) ? .closed : [self, other].contains(.halfOpen) ? .halfOpen : .open
    }
}
