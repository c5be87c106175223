/// A rate limit that refills steadily and allows bursts.
struct TokenBucket: Sendable {
    /// Sums of fractions may come out a hair short of what was waited for.
    private static let tolerance = 1e-6

    private(set) var limit: RateLimit
    private var perSecond: Double
    /// At `refilledAt`. Below zero: a debt, which refilling pays off first.
    private var level: Double
    private var refilledAt: Instant

    /// A full bucket.
    init(_ limit: RateLimit, at now: Instant) {
        self.limit = limit
        perSecond = limit.perSecond
        level = Double(limit.capacity)
        refilledAt = now
    }

    /// What ``reserve(_:at:)`` took, to be handed back with what was really used.
    struct Charge: Sendable, Equatable {
        fileprivate let amount: Double
    }

    /// Takes an amount, or nothing: a refused call leaves the bucket as it was.
    ///
    /// - Parameters:
    ///   - amount: Zero or more. What is above the capacity could never be met, and is charged as a full bucket.
    ///   - now: Earlier than the last call's counts as no time passed.
    /// - Throws: ``Shortage``, with the time until the amount will be there if nobody else takes any.
    mutating func reserve(_ amount: Int, at now: Instant) throws(Shortage) -> Charge {
        refill(at: now)
        let charge = Double(min(amount, limit.capacity))
        guard level + Self.tolerance >= charge else {
            throw Shortage(retryAfter: Duration(inSeconds: (charge - level) / perSecond))
        }
        level -= charge
        return Charge(amount: charge)
    }

    /// Replaces a reservation by what was really used. More than was reserved may leave a debt.
    ///
    /// - Parameter used: Zero or more; zero gives everything back.
    mutating func settle(_ charge: Charge, used: Int, at now: Instant) {
        refill(at: now)
        level = min(Double(limit.capacity), level + charge.amount - Double(used))
    }

    /// What could be taken now.
    func remaining(at now: Instant) -> Int {
        max(0, Int((level(at: now) + Self.tolerance).rounded(.down)))
    }

    /// How long until the bucket is full, if nobody takes any.
    func fullAfter(at now: Instant) -> Duration {
        Duration(inSeconds: max(0, Double(limit.capacity) - level(at: now)) / perSecond)
    }

    /// Goes on under another limit, after a reload: as full as it was, in proportion. A debt stays what it is.
    mutating func follow(_ limit: RateLimit, at now: Instant) {
        refill(at: now)
        if level > 0 { level *= Double(limit.capacity) / Double(self.limit.capacity) }
        self.limit = limit
        perSecond = limit.perSecond
    }

    private func level(at now: Instant) -> Double {
        min(Double(limit.capacity), level + now.seconds(since: refilledAt) * perSecond)
    }

    private mutating func refill(at now: Instant) {
        level = level(at: now)
        refilledAt = max(refilledAt, now)
    }
}

/// There is too little of something now.
struct Shortage: Error, Sendable, Equatable {
    /// When there will be enough, if nobody else takes any. Above zero.
    let retryAfter: Duration
}
