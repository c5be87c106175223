/// A ``TokenBucket`` for everyone who comes, all under one limit: for addresses, of which anybody may have many.
///
/// A bucket that is full again says the same as none. So those that nobody has touched for as long as it takes to fill one
/// are forgotten, whole generations at a time, and nothing is lost by it.
struct KeyedBuckets<Key: Hashable & Sendable>: Sendable {
    private(set) var limit: RateLimit
    private let mostKeys: Int
    private var generationLength: Duration
    private var recent: [Key: TokenBucket] = [:]
    private var older: [Key: TokenBucket] = [:]
    private var turnedAt: ContinuousClock.Instant

    /// - Parameter mostKeys: How many are kept, at about 100 bytes each. When more come in the time that a bucket takes to
    ///   fill, those seen longest ago start with a full one. At least 2.
    init(_ limit: RateLimit, mostKeys: Int = 100_000, at now: ContinuousClock.Instant) {
        precondition(mostKeys > 1, "someone has to be remembered")
        self.limit = limit
        self.mostKeys = mostKeys
        generationLength = limit.fillTime
        turnedAt = now
    }

    var count: Int { recent.count + older.count }

    /// Takes one from the key's bucket.
    ///
    /// - Throws: ``Shortage``; the bucket is as it was.
    mutating func take(_ key: Key, at now: ContinuousClock.Instant) throws(Shortage) -> TokenBucket.Charge {
        var bucket = bucket(of: key, at: now)
        defer { recent[key] = bucket }
        return try bucket.reserve(1, at: now)
    }

    /// Gives back what was taken: another limit refused the request.
    mutating func giveBack(_ charge: TokenBucket.Charge, to key: Key, at now: ContinuousClock.Instant) {
        var bucket = bucket(of: key, at: now)
        bucket.settle(charge, used: 0, at: now)
        recent[key] = bucket
    }

    /// For rate-limit headers.
    func remaining(_ key: Key, at now: ContinuousClock.Instant) -> Int {
        (recent[key] ?? older[key])?.remaining(at: now) ?? limit.capacity
    }

    /// For rate-limit headers.
    func standing(of key: Key, at now: ContinuousClock.Instant) -> Admission.Standing {
        Admission.Standing(
            limit: limit.amount, remaining: remaining(key, at: now),
            reset: (recent[key] ?? older[key])?.fullAfter(at: now) ?? .zero)
    }

    /// Goes on under another limit, after a reload.
    mutating func follow(_ limit: RateLimit, at now: ContinuousClock.Instant) {
        for key in recent.keys { recent[key]?.follow(limit, at: now) }
        for key in older.keys { older[key]?.follow(limit, at: now) }
        self.limit = limit
        generationLength = max(generationLength, limit.fillTime)
    }

    private mutating func bucket(of key: Key, at now: ContinuousClock.Instant) -> TokenBucket {
        if now - turnedAt >= generationLength { turn(at: now) }
        if let bucket = recent[key] { return bucket }
        if recent.count >= mostKeys / 2 { turn(at: now) }
        return older.removeValue(forKey: key) ?? TokenBucket(limit, at: now)
    }

    private mutating func turn(at now: ContinuousClock.Instant) {
        older = now - turnedAt >= generationLength * 2 ? [:] : recent
        recent = [:]
        turnedAt = now
        generationLength = limit.fillTime
    }
}
