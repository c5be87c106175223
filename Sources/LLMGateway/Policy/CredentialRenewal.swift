/// When a credential that expires is fetched anew: ahead of its expiry, one fetch at a time, seldom after failures.
///
/// It decides; who holds the credential fetches, and says what came of it.
struct CredentialRenewal: Sendable {
    /// Times of what is held: until when it may be used (nil: for ever), and from when on a newer one is wanted.
    private var held: (since: Instant, renewAt: Instant?, usableUntil: Instant?)?
    /// Whether a fetch is under way.
    private(set) var isFetching = false
    /// Whether the provider has refused what is held, and no fetch has ended since.
    private var isDoubted = false
    private var failures = 0
    /// No fetch before; nil: none has failed since the last success.
    private var restsUntil: Instant?

    /// What to do about a request that has to be signed.
    enum Decision: Equatable {
        /// Sign with what is held.
        case use
        /// Sign with what is held, and fetch a newer one meanwhile.
        case useAndFetch
        /// Fetch, and wait for it.
        case fetch
        /// Wait for the fetch that is under way.
        case wait
        /// Don't sign: the last fetch failed a moment ago.
        case refuse
    }

    /// A request has to be signed.
    mutating func decide(at now: Instant) -> Decision {
        let mayFetch = !isFetching && (restsUntil.map { $0 <= now } ?? true)
        if let held, holds(at: now) {
            if isDoubted {
                if isFetching { return .wait }
                guard mayFetch else { return .use }
                isFetching = true
                return .fetch
            }
            guard let renewAt = held.renewAt, now >= renewAt, mayFetch else { return .use }
            isFetching = true
            return .useAndFetch
        }
        if isFetching { return .wait }
        guard mayFetch else { return .refuse }
        isFetching = true
        return .fetch
    }

    /// Whether what is held may be used.
    func holds(at now: Instant) -> Bool {
        guard let held else { return false }
        return held.usableUntil.map { now < $0 } ?? true
    }

    /// A fetch brought a credential.
    ///
    /// - Parameters:
    ///   - lifetime: nil: it doesn't expire.
    ///   - draw: 0..<1, at random: gateways that started together shall not renew together.
    mutating func fetched(lifetime: Duration?, at now: Instant, draw: Double) {
        (isFetching, isDoubted, failures, restsUntil) = (false, false, 0, nil)
        guard let lifetime else {
            held = (now, nil, nil)
            return
        }
        let lead = min(Self.longestLead, lifetime / 4) * (1 + draw) / 2
        let margin = min(Self.margin, lifetime / 10)
        held = (now, now + lifetime - max(lead, margin), now + lifetime - margin)
    }

    /// A fetch failed: the next one comes after a pause that doubles with each failure.
    ///
    /// - Parameter draw: 0..<1, at random.
    mutating func failed(at now: Instant, draw: Double) {
        (isFetching, isDoubted) = (false, false)
        failures += 1
        let pause = Self.firstPause * Double(1 << min(failures - 1, 10))
        restsUntil = now + min(pause, Self.longestPause) * (1 + draw) / 2
    }

    /// What is held was refused, though it has not expired: where it is not quite new, a newer one is fetched, and waited
    /// for. It is used again when none can be had: it may have been refused for what a single call wanted.
    ///
    /// - Returns: Whether a newer one may be fetched. What was refused right after it came would only come again.
    mutating func refused(at now: Instant) -> Bool {
        let mayFetch = restsUntil.map { $0 <= now } ?? true
        guard let held, isFetching || (now - held.since > Self.trust && mayFetch) else { return isFetching }
        isDoubted = true
        return true
    }

    /// A new one is fetched at most this long before the old one's expiry.
    static let longestLead = Duration.seconds(300)
    /// What would expire within this time is not sent any more.
    static let margin = Duration.seconds(10)
    static let firstPause = Duration.seconds(1)
    static let longestPause = Duration.seconds(30)
    /// What is refused so soon after it came is no matter of age.
    static let trust = Duration.seconds(30)
}
