import NIOCore
import Synchronization

/// How one target is: whether calls may go there, how many are there, how soon it answers. Shared by all loops, and the same
/// over all configurations.
///
/// The shell of ``CircuitBreaker`` and ``PeakEWMA``: it locks them, tells them the time, and counts what changes.
final class TargetHealth: Sendable {
    private struct State {
        var breaker: CircuitBreaker
        var latency: PeakEWMA
    }

    private let state: Mutex<State>
    private let calls = Atomic<Int>(0)
    private let metrics: TargetMetrics
    /// For a breaker that asks nobody for the time.
    private let made: Instant

    init(_ rules: CircuitBreaker.Rules, _ metrics: TargetMetrics) {
        self.metrics = metrics
        made = Instant.now
        state = Mutex(State(breaker: CircuitBreaker(rules, at: made), latency: PeakEWMA(at: made)))
    }

    // MARK: Calls

    /// Asks to call the target. Who is admitted reports by ``ended(_:_:firstByte:on:)``, once.
    ///
    /// - Parameter isTrial: Whether to let the call through although the breaker is open, if no other call is finding out
    ///   how the target is; see ``PanicFloor``.
    func admit(isTrial: Bool, on shard: Shard) -> CircuitBreaker.Admission {
        state.withLock { state in
            if state.breaker.phase == .closed { return state.breaker.admit(at: made) }
            let now = Instant.now
            return change(&state, on: shard) { breaker in
                guard isTrial else { return breaker.admit(at: now) }
                if let ticket = breaker.admitTrial(at: now) { return .proceed(ticket) }
                return .refuse(retryAfter: breaker.reading(at: now).retryAfter ?? .seconds(1))
            }
        }
    }

    /// What an attempt says about the target.
    enum Report: Sendable, Equatable {
        /// It answered, with anything but a failure of its own.
        case succeeded
        /// Through its own fault there was no answer, or none in time, or one that broke off.
        case failed
        /// Nothing: the client left, or the call was never sent.
        case abandoned
    }

    /// An attempt is over.
    ///
    /// - Parameter firstByte: How long the target took to its first byte, or to fail; nil: nobody goes by that.
    func ended(_ ticket: CircuitBreaker.Ticket, _ report: Report, firstByte: Duration?, on shard: Shard) {
        let now = Instant.now
        state.withLock { state in
            change(&state, on: shard) { breaker in
                switch report {
                case .succeeded: breaker.succeeded(ticket, at: now)
                case .failed: breaker.failed(ticket, at: now)
                case .abandoned: breaker.abandoned(ticket, at: now)
                }
            }
            guard let firstByte else { return }
            switch report {
            case .succeeded: state.latency.observe(firstByte, at: now)
            case .failed: state.latency.failed(after: firstByte, at: now)
            case .abandoned: break
            }
        }
    }

    private func change<Result>(
        _ state: inout State, on shard: Shard, _ event: (inout CircuitBreaker) -> Result
    ) -> Result {
        let before = state.breaker.phase
        defer { if state.breaker.phase != before { metrics.breakerBecame(state.breaker.phase.state, on: shard) } }
        return event(&state.breaker)
    }

    func begin() { calls.wrappingAdd(1, ordering: .relaxed) }

    func end() { calls.wrappingSubtract(1, ordering: .relaxed) }

    // MARK: Choosing

    var inFlight: Int { calls.load(ordering: .relaxed) }

    func breaker(at now: Instant) -> CircuitBreaker.Reading {
        state.withLock { $0.breaker.reading(at: now) }
    }

    /// See ``PeakEWMA/cost(inFlight:at:)``.
    func cost(at now: Instant) -> Double {
        state.withLock { $0.latency.cost(inFlight: inFlight, at: now) }
    }

    // MARK: Reloading

    /// Goes on under other rules.
    func follow(_ rules: CircuitBreaker.Rules, on shard: Shard) {
        let now = Instant.now
        state.withLock { state in change(&state, on: shard) { $0.follow(rules, at: now) } }
    }
}

extension CircuitBreaker.Phase {
    fileprivate var state: BreakerState {
        switch self {
        case .closed: .closed
        case .halfOpen: .halfOpen
        case .open: .open
        }
    }
}
