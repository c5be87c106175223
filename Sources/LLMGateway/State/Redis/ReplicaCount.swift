import Synchronization

/// How many replicas of the gateway there are, by what each says of itself in Redis.
///
/// Known also when Redis is out of reach: then it is what it was.
final class ReplicaCount: Sendable {
    /// A replica that has said nothing for this long is gone, in seconds.
    private static let lifetime = 15
    private static let interval: Duration = .seconds(5)

    /// Says that a replica lives until a time from now, forgets those that don't, and counts the others.
    private static let announce = RedisScript(
        """
        local now = tonumber(redis.call('TIME')[1])
        redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
        redis.call('EXPIRE', KEYS[1], ARGV[2])
        return redis.call('ZCARD', KEYS[1])
        """)

    private let link: RedisLink
    private let name = "\(UInt64.random(in: .min ... .max))"
    private let known = Atomic(1)

    init(_ link: RedisLink) { self.link = link }

    /// At least 1.
    var current: Int { known.load(ordering: .relaxed) }

    /// Says that this replica is there, and counts them all.
    func refresh() async {
        let reply = await link.run(Self.announce.call(RedisKey.replicas, [name, "\(Self.lifetime)"]))
        if let count = reply?.integer { known.store(max(1, Int(clamping: count)), ordering: .relaxed) }
    }

    /// Does so again and again, until it is cancelled.
    ///
    /// - Parameter onCount: Told each time.
    func run(_ onCount: @Sendable (Int) -> Void) async {
        while !Task.isCancelled {
            // A replica that says nothing for three of these is taken for gone.
            try? await Task.sleep(for: Self.interval)
            guard !Task.isCancelled else { return }
            await refresh()
            onCount(current)
        }
    }

    /// Takes this replica out.
    func leave() async { _ = await link.ask(RedisCommand("ZREM", RedisKey.replicas, name)) }
}
