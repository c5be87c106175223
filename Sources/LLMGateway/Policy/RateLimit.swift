/// So much per time, and how much of it at once.
struct RateLimit: Sendable, Equatable {
    /// What refills in `period`. Also what rate-limit headers call the limit.
    let amount: Int
    let period: Duration
    /// What fits into a ``TokenBucket``.
    let capacity: Int

    /// nil: no limit.
    private init?(_ amount: Int, per period: Duration, capacity: Int) {
        guard amount > 0, period > .zero, capacity > 0 else { return nil }
        (self.amount, self.period, self.capacity) = (amount, period, capacity)
    }

    /// `requests_per_minute` and `burst`.
    ///
    /// - Parameters:
    ///   - perMinute: 0: no limit, and nil.
    ///   - burst: 0: what ten seconds bring, at least 1.
    static func requests(perMinute: Int, burst: Int = 0) -> RateLimit? {
        RateLimit(perMinute, per: .seconds(60), capacity: burst > 0 ? burst : max(1, perMinute / 6))
    }

    /// `tokens_per_minute`; a minute's worth at once.
    ///
    /// - Parameter perMinute: 0: no limit, and nil.
    static func tokens(perMinute: Int) -> RateLimit? {
        RateLimit(perMinute, per: .seconds(60), capacity: perMinute)
    }

    /// So many in any window of time, all of them at once if need be.
    ///
    /// - Parameter amount: 0: no limit, and nil.
    static func window(_ amount: Int, per window: Duration) -> RateLimit? {
        RateLimit(amount, per: window, capacity: amount)
    }

    /// The part of one of so many who can't ask each other. Together they let no more through than the whole would, but
    /// that each has room for one at least.
    func divided(by parts: Int) -> RateLimit {
        guard parts > 1 else { return self }
        return RateLimit(amount, per: period * parts, capacity: max(1, capacity / parts)) ?? self
    }

    var perSecond: Double { Double(amount) / period.inSeconds }

    /// How long an empty bucket takes to be full.
    var fillTime: Duration { period * (Double(capacity) / Double(amount)) }
}
