/// A ``TokenBucket`` for everyone who comes, all under one limit: for addresses, of which anybody may have many.
///
/// A bucket that is full again says the same as none. So those that nobody has touched for as long as it takes to fill one
/// are forgotten, whole generations at a time, and nothing is lost by it.
struct KeyedBuckets<Key: Hashable & Sendable>: Sendable {
    private(set) var limit: RateLimit
    private let mostKeys: Int
    /// In seconds.
    private var generationLength: Double
    private var recent: [Key: TokenBucket] = [:]
    private var older: [Key: TokenBucket] = [:]
    private var turnedAt: Instant

    /// - Parameter mostKeys: How many are kept, at about 100 bytes each. When more come in the time that a bucket takes to
    ///   fill, those seen longest ago start with a full one. At least 2.
    init(_ limit: RateLimit, mostKeys: Int = 100_000, at now: Instant) {
        precondition(mostKeys > 1, "someone has to be remembered")
        self.limit = limit
        self.mostKeys = mostKeys
        generationLength = limit.fillTime.inSeconds
        turnedAt = now
    }

    var count: Int { recent.count + older.count }

    /// Gives back what was taken: another limit refused the request.
    mutating func giveBack(_ charge: TokenBucket.Charge, to key: Key, at now: Instant) {
        withBucket(of: key, at: now) { $0.settle(charge, used: 0, at: now) }
    }

    /// Changes the key's bucket, which is found once.
    mutating func withBucket<Result, Failure>(
        of key: Key, at now: Instant, _ change: (inout TokenBucket) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if now.seconds(since: turnedAt) >= generationLength { turn(at: now) }
        if let known = recent.index(forKey: key) { return try change(&recent.values[known]) }
        if recent.count >= mostKeys / 2 { turn(at: now) }
        var bucket = older.removeValue(forKey: key) ?? TokenBucket(limit, at: now)
        defer { recent[key] = bucket }
        return try change(&bucket)
    }

    /// Goes on under another limit, after a reload.
    mutating func follow(_ limit: RateLimit, at now: Instant) {
        for key in recent.keys { recent[key]?.follow(limit, at: now) }
        for key in older.keys { older[key]?.follow(limit, at: now) }
        self.limit = limit
        generationLength = max(generationLength, limit.fillTime.inSeconds)
    }

    private mutating func turn(at now: Instant) {
        older = now.seconds(since: turnedAt) >= generationLength * 2 ? [:] : recent
        recent = [:]
        turnedAt = now
        generationLength = limit.fillTime.inSeconds
    }
}
