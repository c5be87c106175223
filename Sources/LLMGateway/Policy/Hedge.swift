/// Sends a call to a second target when the first has been silent for too long, and keeps whichever answers first.
///
/// Waiting before the second one is sent keeps the added load small: with the 95th percentile as the wait it is a
/// twentieth (Dean and Barroso, "The Tail at Scale", 2013).
struct Hedge: Sendable {
    /// The two that are sent.
    enum Side: Sendable, Equatable {
        case first, second

        var other: Side { self == .first ? .second : .first }
    }

    private enum State: Sendable {
        /// The second has not been sent.
        case alone
        case racing
        /// One has failed; this one is left.
        case last(Side)
        case over
    }

    private var state = State.alone
    /// When the second is sent, should the first have sent nothing by then.
    let dueAt: Instant

    /// - Parameters:
    ///   - delay: `hedge_after`.
    ///   - start: When the first was sent.
    init(after delay: Duration, from start: Instant) {
        dueAt = start + delay
    }

    /// The time may have come.
    ///
    /// - Parameter takeTarget: Whether there is another target that may be called now; asked only when one is needed.
    /// - Returns: Whether to send the call there too.
    mutating func startsSecond(at now: Instant, takeTarget: () -> Bool) -> Bool {
        guard case .alone = state, now >= dueAt, takeTarget() else { return false }
        state = .racing
        return true
    }

    enum Action: Sendable, Equatable {
        /// Pass this side's answer on.
        case relay
        /// Pass this side's answer on, and cancel the other side.
        case relayAndCancelOther
        /// Wait for the other side: it may still answer.
        case wait
        /// Both have failed, or the only one has: this failure goes on to where failures go.
        case fail
        /// Nothing: it has been decided without this side.
        case ignore
    }

    /// A side's first byte came. An answer that is a failure is no first byte, but ``failed(_:)``.
    mutating func answered(_ side: Side) -> Action {
        switch state {
        case .alone where side == .first, .last(side):
            state = .over
            return .relay
        case .racing:
            state = .over
            return .relayAndCancelOther
        case .alone, .last, .over: return .ignore
        }
    }

    /// A side failed before its first byte.
    mutating func failed(_ side: Side) -> Action {
        switch state {
        case .alone where side == .first, .last(side):
            state = .over
            return .fail
        case .racing:
            state = .last(side.other)
            return .wait
        case .alone, .last, .over: return .ignore
        }
    }
}
