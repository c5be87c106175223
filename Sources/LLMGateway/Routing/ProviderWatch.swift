import NIOCore
import Synchronization
import WireFormats

/// How the providers are: what probes and calls have shown, and what `/ready` makes of it.
///
/// The shell of ``Readiness`` and ``ProviderHealth``: one lock, taken by probes and `/ready`, and by calls, whose loops
/// report once a second at most.
final class ProviderWatch: Sendable {
    private struct State {
        var health: [ProviderHealth] = []
        var lastSuccess: [Instant?] = []
        var unprobed: Set<Int> = []
        var phase = Readiness.Phase.starting
    }

    private let state = Mutex(State())
    /// How their targets are.
    let targets: TargetHealths

    init(_ targets: TargetHealths = TargetHealths()) { self.targets = targets }

    /// Takes over a configuration's providers, by ordinal. What is known of one that stays is kept.
    func watch(_ providers: [ProviderHealth], probing: Set<Int>) {
        state.withLock { state in
            let known = Dictionary(state.health.map { ($0.name, $0) }) { first, _ in first }
            state.health = providers.map { provider in
                guard let before = known[provider.name], before.presence == provider.presence,
                    before.isRequired == provider.isRequired
                else { return provider }
                return before
            }
            state.lastSuccess = Array(repeating: nil, count: providers.count)
            state.unprobed = probing.filter { state.health[$0].status == .unknown }
            if state.unprobed.isEmpty, state.phase == .starting { state.phase = .serving }
        }
    }

    func probed(_ ordinal: Int, _ result: Result<Duration, ProbeFailure>) {
        let time = WallClock.now.milliseconds
        state.withLock { state in
            guard state.health.indices.contains(ordinal) else { return }
            switch result {
            case .success(let latency): state.health[ordinal].probeSucceeded(latency: latency, at: time)
            case .failure(let failure): state.health[ordinal].probeFailed(error: failure.reason, at: time)
            }
            state.unprobed.remove(ordinal)
            if state.unprobed.isEmpty, state.phase == .starting { state.phase = .serving }
        }
    }

    /// A call that the provider answered: as good as a probe.
    ///
    /// - Parameter name: Its own: a call may have begun with another configuration.
    func callSucceeded(_ ordinal: Int, _ name: String) {
        let time = WallClock.now.milliseconds
        state.withLock { state in
            guard state.health.indices.contains(ordinal), state.health[ordinal].name == name else { return }
            state.health[ordinal].callSucceeded(at: time)
            state.lastSuccess[ordinal] = .now
        }
    }

    func lastSuccess(of ordinal: Int) -> Instant? {
        state.withLock { $0.lastSuccess.indices.contains(ordinal) ? $0.lastSuccess[ordinal] : nil }
    }

    /// Whether calls should go there while another target is left.
    func isUsable(_ ordinal: Int, _ name: String) -> Bool {
        state.withLock { state in
            guard state.health.indices.contains(ordinal), state.health[ordinal].name == name else { return true }
            return state.health[ordinal].isUsable
        }
    }

    /// From now on `/ready` says 503.
    func startDraining() {
        state.withLock { $0.phase = .draining }
    }

    var readiness: Readiness {
        var (health, phase) = state.withLock { ($0.health, $0.phase) }
        let breakers = targets.breakers(at: NIODeadline.now())
        for index in health.indices { health[index].breaker = breakers[health[index].name] ?? .closed }
        return Readiness(of: health, phase: phase)
    }

    /// By provider: whether it is up.
    var ups: [(name: String, isUp: Bool)] {
        state.withLock { $0.health.filter { $0.presence == .enabled }.map { ($0.name, $0.status == .up) } }
    }
}

/// Why a probe found its provider down.
struct ProbeFailure: Error, Equatable {
    let reason: String
}

extension WallClock {
    /// Since 1970.
    var milliseconds: Int64 { seconds * 1000 + Int64(nanoseconds) / 1_000_000 }
}
