import NIOCore

/// Where a call's time went. Every moment from its first byte on belongs to one phase, so that the phases add up to the
/// whole.
///
/// Pure: it is told the time whenever one phase ends and the next begins, by one and the same reading of the clock.
///
///     first byte ─receive─▶ ─auth─▶ ─route─▶ ─connect─▶ ─upstream_first_byte─▶ ─translate─▶ last byte
struct PhaseClock: Sendable {
    /// When the phase ended that ended last.
    private(set) var mark: NIODeadline
    /// When the client was sent the first token.
    var firstToken: NIODeadline?

    private(set) var receive = TimeAmount.zero
    /// Finding out who calls, where that matters.
    private(set) var auth = TimeAmount.zero
    /// Asking the caller's limits, where there are any.
    private(set) var admit = TimeAmount.zero
    /// Finding a target, and writing the request for it; between attempts, deciding what comes next.
    private(set) var route = TimeAmount.zero
    private(set) var cache = TimeAmount.zero
    /// Saying the call in the target's format and the answer in the client's; of what passes through, learning from it
    /// what was used.
    private(set) var translate = TimeAmount.zero
    private(set) var queue = TimeAmount.zero
    /// Waiting before a target was asked again.
    private(set) var backoff = TimeAmount.zero
    private(set) var connect = TimeAmount.zero
    /// From sending the request to the first byte of the answer, of all attempts.
    private(set) var firstByte = TimeAmount.zero
    /// From there to the last one. What telling a stream's events takes is a part of it: the clock isn't read for each.
    private(set) var body = TimeAmount.zero
    private(set) var clientStall = TimeAmount.zero
    /// Fetching pictures, which the target's format needs: a part of ``translate``, but none of the gateway's own time.
    private(set) var pictures = TimeAmount.zero

    /// - Parameter start: When the first byte of the call came.
    init(at start: NIODeadline) { mark = start }

    /// A phase is over: what has passed since the one before ended belongs to it.
    @inline(__always)
    mutating func end(_ phase: Phase, at now: NIODeadline) {
        guard now > mark else { return }
        self[phase] = self[phase] + (now - mark)
        mark = now
    }

    /// All the pictures are here, or why not is known.
    mutating func endPictures(at now: NIODeadline) {
        pictures = pictures + (max(now, mark) - mark)
        end(.translate, at: now)
    }

    /// All time spent waiting for upstreams.
    var upstream: TimeAmount { connect + firstByte + body }
    /// All time that wasn't the gateway's own: spent waiting for upstreams, for the client, for its turn.
    var waits: TimeAmount { receive + pictures + queue + backoff + upstream + clientStall }

    /// Calls `body` with each phase that took any time.
    func forEach(_ body: (Phase, TimeAmount) -> Void) {
        for phase in Phase.all where self[phase] > .zero { body(phase, self[phase]) }
    }

    private(set) subscript(phase: Phase) -> TimeAmount {
        get {
            switch phase {
            case .receive: receive
            case .auth: auth
            case .admit: admit
            case .route: route
            case .cache: cache
            case .translate: translate
            case .queue: queue
            case .backoff: backoff
            case .connect: connect
            case .upstreamFirstByte: firstByte
            case .upstreamStream: body
            case .clientStall: clientStall
            }
        }
        set {
            switch phase {
            case .receive: receive = newValue
            case .auth: auth = newValue
            case .admit: admit = newValue
            case .route: route = newValue
            case .cache: cache = newValue
            case .translate: translate = newValue
            case .queue: queue = newValue
            case .backoff: backoff = newValue
            case .connect: connect = newValue
            case .upstreamFirstByte: firstByte = newValue
            case .upstreamStream: body = newValue
            case .clientStall: clientStall = newValue
            }
        }
    }
}

extension TimeAmount {
    var seconds: Double { Double(nanoseconds) / 1e9 }
    var duration: Duration { .nanoseconds(nanoseconds) }
}
