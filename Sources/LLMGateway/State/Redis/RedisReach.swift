/// Whether Redis can be asked over one link, and when to look for it again. Pure.
///
///     looking ──(connected)──▶ there ──(failed)──▶ waiting ──(the pause is over)──▶ looking
///        └───────────────────(failed)───────────────▲
///
/// Nobody's request finds out whether Redis is back: a connection that has proved itself does. While there is none, whoever
/// asks is told so at once.
struct RedisReach: Sendable {
    private static let backoff = Backoff(baseDelay: .milliseconds(100), maxDelay: .seconds(2))
    private static let shortestPause: Duration = .milliseconds(20)
    /// What broke sooner than this was never well.
    private static let steadyAfter: Duration = .seconds(5)

    /// Since when it can be asked; nil: it can't.
    private(set) var thereSince: Instant?
    private var failures = 0

    var isThere: Bool { thereSince != nil }

    /// A connection stands, and has been tried.
    mutating func connected(at now: Instant) { thereSince = now }

    /// The connection is lost, or none came about.
    ///
    /// - Returns: The pause before the next look.
    mutating func failed(at now: Instant, using random: inout some RandomNumberGenerator) -> Duration {
        if let thereSince, now - thereSince >= Self.steadyAfter { failures = 0 }
        thereSince = nil
        failures += 1
        let pause = Self.backoff.pause(afterFailures: failures, retryAfter: nil, using: &random)
        return max(pause ?? Self.backoff.maxDelay, Self.shortestPause)
    }
}

/// Whether all links to Redis are well, and what of that is worth a line in the log. Pure.
struct RedisOutage: Sendable {
    /// How often a Redis that comes and goes is news.
    private static let newsEvery: Duration = .seconds(30)

    private var away: Set<Int>
    private var toldAt: Instant?
    private var hasTold = false

    /// - Parameter links: Their number; none of them is there yet.
    init(links: Int) { away = Set(0..<links) }

    /// Whether something that replicas share is out of reach.
    var isDegraded: Bool { !away.isEmpty }

    /// A link was lost, or could not be made.
    ///
    /// - Returns: Whether the operator is to be told.
    mutating func lost(_ link: Int, at now: Instant) -> Bool {
        away.insert(link)
        guard !hasTold, toldAt.map({ now - $0 >= Self.newsEvery }) ?? true else { return false }
        (hasTold, toldAt) = (true, now)
        return true
    }

    /// A link can be used.
    ///
    /// - Returns: Whether the operator is to be told: only who has heard of the outage hears of its end.
    mutating func back(_ link: Int) -> Bool {
        away.remove(link)
        guard away.isEmpty, hasTold else { return false }
        hasTold = false
        return true
    }
}
