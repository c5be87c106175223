/// Decides whether one target may be called. Pure: it holds no lock, clock or timer.
///
///     closed ──(enough calls, too many of them failed)──▶ open ──(open_for passes)──▶ half-open
///        ▲                                                 ▲  └──(panic: one trial)──▶  │  │
///        │                                                 └───────(a probe fails)──────┘  │
///        └─────────────────────────(half_open_probes succeed)─────────────────────────────┘
///
/// Every event changes ``phase`` at most once, so a shell counts transitions by comparing it before and after. Who was
/// admitted reports once, with the ticket: ``succeeded(_:at:)``, ``failed(_:at:)`` or ``abandoned(_:at:)``. Reports from
/// before the last change of phase prove nothing about the target as it is now, and are passed over.
/// (Nygard, "Release It!", chapter 5; the window by rate is that of Hystrix and resilience4j.)
struct CircuitBreaker: Sendable {
    /// `circuit_breaker:` of a provider.
    struct Rules: Sendable, Equatable {
        var window: Duration = .seconds(30)
        /// Calls in the window before it can open. At least 1.
        var minRequests = 10
        /// Share of failures at which it opens. Above 0, up to 1.
        var failureRate = 0.5
        /// How long it stays open the first time; twice, four and eight times that when probes fail.
        var openFor: Duration = .seconds(15)
        /// Probes that must succeed. At least 1.
        var halfOpenProbes = 3
        /// When a probe that has not reported counts as lost: longer than a call can take to its first byte.
        var probeTimeout: Duration = .seconds(130)
    }

    /// The raw value is that of the metric; see ``name`` for its labels.
    enum Phase: Int, Sendable, CaseIterable {
        case closed = 0
        case halfOpen = 1
        case open = 2

        var name: String {
            switch self {
            case .closed: "closed"
            case .halfOpen: "half_open"
            case .open: "open"
            }
        }
    }

    /// Leave to call the target, to be handed back with the outcome.
    struct Ticket: Sendable, Equatable {
        fileprivate let epoch: UInt64
        /// nil: no probe.
        fileprivate var probe: UInt64?

        var isProbe: Bool { probe != nil }
    }

    enum Admission: Sendable, Equatable {
        /// Call the target, and report how that ended.
        case proceed(Ticket)
        /// Don't call it; asking again may be worth it after this long.
        case refuse(retryAfter: Duration)
    }

    /// `open_for` is doubled so often at most: up to eight times.
    private static let mostDoublings = 3
    /// What a caller is told to wait while probes are out: nobody knows when they come back.
    private static let pauseWhileProbing: Duration = .seconds(1)

    private struct Probe {
        let id: UInt64
        let lostAt: Instant
    }

    private(set) var phase = Phase.closed
    /// When it last opened; nil while closed.
    private(set) var openSince: Instant?
    private var rules: Rules
    private var window: OutcomeWindow
    /// Counts changes of phase. A lost trial that the next one replaces makes two that show as none.
    private(set) var epoch: UInt64 = 0
    private var doublings = 0
    /// When the open phase ends, or would have, had no trial been let through.
    private var openUntil: Instant

    // Of the half-open phase:
    private var probesOut: [Probe] = []
    private var probesSucceeded = 0
    private var lastProbe: UInt64 = 0
    /// Begun before `openUntil` by a single call; until that succeeds nobody else is let through.
    private var isTrial = false

    init(_ rules: Rules, at now: Instant) {
        precondition(rules.minRequests > 0 && rules.halfOpenProbes > 0, "no calls show nothing")
        self.rules = rules
        window = OutcomeWindow(rules.window, from: now)
        openUntil = now
    }

    /// Asks to call the target.
    mutating func admit(at now: Instant) -> Admission {
        if phase == .closed { return .proceed(Ticket(epoch: epoch)) }
        forgetLostProbes(at: now)
        if let wait = wait(at: now) { return .refuse(retryAfter: wait) }
        if phase == .open { beginHalfOpen(asTrial: false) }
        return .proceed(sendProbe(at: now))
    }

    /// Asks to call the target although it is open, because every other one that could be called is open too.
    /// See ``PanicFloor``.
    ///
    /// - Returns: nil while another call is finding out how the target is.
    mutating func admitTrial(at now: Instant) -> Ticket? {
        if case .proceed(let ticket) = admit(at: now) { return ticket }
        guard phase == .open else { return nil }
        beginHalfOpen(asTrial: true)
        return sendProbe(at: now)
    }

    /// The target answered: with anything but a failure of its own, see ``AttemptVerdict``.
    mutating func succeeded(_ ticket: Ticket, at now: Instant) {
        guard ticket.epoch == epoch else { return }
        guard phase == .halfOpen else { return window.record(failed: false, at: now) }
        guard takeBack(ticket) else { return }
        isTrial = false
        probesSucceeded += 1
        if probesSucceeded >= rules.halfOpenProbes { close(at: now) }
    }

    /// The call failed through the target's own fault: no connection, no answer in time, 408, 429 or 5xx.
    mutating func failed(_ ticket: Ticket, at now: Instant) {
        guard ticket.epoch == epoch else { return }
        guard phase == .closed else {
            // A trial came before its time, so its failure doesn't show that the wait was too short.
            if !isTrial { doublings = min(doublings + 1, Self.mostDoublings) }
            return open(at: now)
        }
        window.record(failed: true, at: now)
        guard window.calls >= rules.minRequests, window.failureRate >= rules.failureRate else { return }
        doublings = 0
        open(at: now)
    }

    /// The call ended without telling anything about the target: the client left, or it was never sent.
    mutating func abandoned(_ ticket: Ticket, at now: Instant) {
        guard ticket.epoch == epoch, phase == .halfOpen, takeBack(ticket) else { return }
        forgetLostProbes(at: now)
    }

    /// Goes on under other rules, after a reload. What was counted stays, unless the window has changed.
    mutating func follow(_ rules: Rules, at now: Instant) {
        if rules.window != self.rules.window { window = OutcomeWindow(rules.window, from: now) }
        self.rules = rules
        if phase == .halfOpen, probesSucceeded >= rules.halfOpenProbes { close(at: now) }
    }

    /// How it stands, without asking to call.
    struct Reading: Sendable, Equatable {
        /// Half-open as soon as probes would be admitted.
        let phase: Phase
        /// nil while closed.
        let openSince: Instant?
        /// nil: a call would be admitted.
        let retryAfter: Duration?
        /// Whether a call is out that will show how the target is.
        let isProbing: Bool
    }

    func reading(at now: Instant) -> Reading {
        if phase == .closed { return Reading(phase: .closed, openSince: nil, retryAfter: nil, isProbing: false) }
        var breaker = self
        breaker.forgetLostProbes(at: now)
        let wait = breaker.wait(at: now)
        return Reading(
            phase: breaker.phase == .open && wait == nil ? .halfOpen : breaker.phase,
            openSince: openSince, retryAfter: wait, isProbing: !breaker.probesOut.isEmpty)
    }

    // MARK: Phases

    /// How long a caller has to wait, as far as can be told; nil: not at all.
    private func wait(at now: Instant) -> Duration? {
        switch phase {
        case .closed: return nil
        case .open: return now < openUntil ? openUntil - now : nil
        case .halfOpen:
            let places = isTrial ? 1 : rules.halfOpenProbes
            if probesOut.count + probesSucceeded < places { return nil }
            return max(openUntil - now, Self.pauseWhileProbing)
        }
    }

    private mutating func enter(_ phase: Phase) {
        self.phase = phase
        epoch += 1
        probesOut.removeAll(keepingCapacity: true)
        probesSucceeded = 0
        isTrial = false
    }

    private mutating func open(at now: Instant) {
        enter(.open)
        openSince = now
        openUntil = now + rules.openFor * (1 << doublings)
    }

    private mutating func close(at now: Instant) {
        enter(.closed)
        openSince = nil
        window = OutcomeWindow(rules.window, from: now)
    }

    private mutating func beginHalfOpen(asTrial: Bool) {
        enter(.halfOpen)
        isTrial = asTrial
    }

    // MARK: Probes

    private mutating func sendProbe(at now: Instant) -> Ticket {
        lastProbe += 1
        probesOut.append(Probe(id: lastProbe, lostAt: now + rules.probeTimeout))
        return Ticket(epoch: epoch, probe: lastProbe)
    }

    /// - Returns: Whether the probe was still waited for.
    private mutating func takeBack(_ ticket: Ticket) -> Bool {
        guard let place = probesOut.firstIndex(where: { $0.id == ticket.probe }) else { return false }
        probesOut.remove(at: place)
        return true
    }

    /// A probe that never reports doesn't wedge the breaker. A trial that proved nothing leaves it open as it was.
    private mutating func forgetLostProbes(at now: Instant) {
        guard phase == .halfOpen else { return }
        probesOut.removeAll { $0.lostAt <= now }
        if isTrial, probesOut.isEmpty { enter(.open) }
    }
}
