import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The Redis that replicas of the gateway share what they know in.
///
/// Two links: what each request waits for is small and must come at once; stored dialogues, and what belongs to tool calls,
/// may be large, and would hold it up.
final class RedisStore: Sendable {
    let address: RedisAddress
    let limits: SharedLimits
    let replicas: ReplicaCount
    let callStates: RedisCallStates
    let runTimeKeys: RedisKeyStore
    /// What answers at once or not at all.
    let quick: RedisLink
    /// What may take its time: a dialogue may be as large as a request's body.
    let bulk: RedisLink
    private let logger: Logger
    private let counting = Mutex<Task<Void, Never>?>(nil)

    /// How long the start waits for Redis.
    private static let startPatience: Duration = .milliseconds(250)

    /// - Parameters:
    ///   - longestReply: In bytes: what a dialogue may come to, and its framing.
    ///   - degraded: 1 while Redis is out of reach.
    /// - Throws: ``ConfigurationError`` when the authorities to trust can't be read.
    init(
        _ address: RedisAddress, longestReply: Int, on eventLoop: any EventLoop, degraded: Gauge, logger: Logger
    ) throws(ConfigurationError) {
        (self.address, self.logger) = (address, logger)
        let tls = try address.tls.map { (tls) throws(ConfigurationError) in try Self.context(tls) }
        let outage = OutageReport(degraded: degraded, logger: logger)
        quick = RedisLink(address, tls: tls, on: eventLoop) { outage.note($0, of: 0) }
        let limits = RedisConnection.Limits(bytes: 128 << 20, reply: longestReply, patience: .seconds(2))
        bulk = RedisLink(address, tls: tls, limits: limits, on: eventLoop) { outage.note($0, of: 1) }
        self.limits = SharedLimits(quick)
        replicas = ReplicaCount(quick)
        callStates = RedisCallStates(bulk, lifetime: OpaqueStateMemory.lifetime)
        runTimeKeys = RedisKeyStore(bulk)
    }

    /// Where answers are kept for clients whose provider doesn't.
    func responses(_ settings: StoreSettings) -> RedisResponses {
        RedisResponses(bulk, beside: quick, secret: settings.secret, logger: logger)
    }

    /// Whether replicas can't share what they know at the moment.
    var isAway: Bool { quick.isAway || bulk.isAway }

    /// Begins to look for Redis, and waits a little for it: what can be shared from the first request on, is.
    ///
    /// - Parameter onReplicas: Told how many replicas there are, again and again.
    func start(onReplicas: @escaping @Sendable (Int) -> Void = { _ in }) async {
        async let other: Void = bulk.start(waitingAtMost: Self.startPatience)
        await quick.start(waitingAtMost: Self.startPatience)
        await other
        await replicas.refresh()
        onReplicas(replicas.current)
        let replicas = replicas
        counting.withLock { $0 = Task { await replicas.run(onReplicas) } }
        guard !quick.isAway, !bulk.isAway else { return }
        logger.info("replicas share what they know", metadata: ["replicas": "\(replicas.current)"])
    }

    /// Sends what is left to be told, and closes.
    func stop() async {
        counting.withLock { $0 }?.cancel()
        await replicas.leave()
        await quick.stop()
        await bulk.stop()
    }

    /// The keys that were made at run time, for a program that wants nothing else of Redis and ends soon.
    ///
    /// - Throws: ``ConfigurationError`` when the authorities to trust can't be read.
    static func keys(
        _ address: RedisAddress, on eventLoop: any EventLoop
    ) async throws(ConfigurationError) -> RedisKeyStore {
        let tls = try address.tls.map { (tls) throws(ConfigurationError) in try context(tls) }
        let limits = RedisConnection.Limits(patience: .seconds(2))
        let link = RedisLink(address, tls: tls, limits: limits, on: eventLoop) { _ in }
        await link.start(waitingAtMost: .seconds(2))
        return RedisKeyStore(link)
    }

    private static func context(_ settings: RedisAddress.TLS) throws(ConfigurationError) -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = settings.caFile { tls.trustRoots = .file(file) }
        if !settings.verifies { tls.certificateVerification = .none }
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw ConfigurationError([
                .init(
                    place: settings.caFile ?? "the system's authorities", path: "redis.url",
                    sentence: "can't be used: \(error)")
            ])
        }
    }
}

/// Tells the operator when Redis goes away and comes back, in the metric and in the log.
private final class OutageReport: Sendable {
    private let outage = Mutex(RedisOutage(links: 2))
    private let degraded: Gauge
    private let logger: Logger

    init(degraded: Gauge, logger: Logger) {
        (self.degraded, self.logger) = (degraded, logger)
        degraded.set(1)
    }

    func note(_ news: RedisLink.News, of link: Int) {
        let isWorthALine = outage.withLock { outage in
            let isNews =
                switch news {
                case .back: outage.back(link)
                case .away: outage.lost(link, at: .now)
                }
            degraded.set(outage.isDegraded ? 1 : 0)
            return isNews
        }
        guard isWorthALine else { return }
        switch news {
        case .back: logger.notice("Redis is back: replicas share what they know")
        case .away(let reason):
            logger.error(
                "Redis is out of reach: each replica goes on by itself until it is back",
                metadata: ["reason": "\(reason)"])
        }
    }
}
