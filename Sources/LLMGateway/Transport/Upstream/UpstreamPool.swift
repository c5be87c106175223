import NIOCore
import NIOPosix

/// The upstream connections of one event loop. Its decisions are ``OriginConnections``'; this shell opens, hands out and closes.
///
/// Used on its loop's thread only.
final class UpstreamPool {
    /// Bounds per origin and loop.
    struct Limits: Sendable {
        var connections = 16_384
        /// How many callers may wait for a connection, and how long, when all are in use.
        var queue = 1000
        var queueWait: Duration = .seconds(10)
        /// An idle connection is closed after this long.
        var idleTime: Duration = .seconds(60)
        /// What all loops and clients draw on too; nil: there is no such limit.
        var allowance: ConnectionAllowance?
    }

    let eventLoop: any EventLoop
    let executor: LoopExecutor
    let timers: TimerWheel
    private let limits: Limits
    private let proxy: ForwardProxy?
    private var origins: [Origin: OriginConnections] = [:]
    private var sweeper: LoopTimer?
    /// Connections with bytes that wait for the turn's end.
    private var unflushed: [UpstreamConnection] = []

    /// - Parameter proxy: nil: all connections are direct.
    init(
        _ eventLoop: any EventLoop, executor: LoopExecutor, timers: TimerWheel, limits: Limits,
        proxy: ForwardProxy? = nil
    ) {
        self.eventLoop = eventLoop
        self.executor = executor
        self.timers = timers
        self.limits = limits
        self.proxy = proxy
    }

    /// What a lease came to: a connection at once, or one that is still to be awaited.
    enum Lease {
        case open(UpstreamConnection)
        case opening(UpstreamConnection)
        case queued(PoolWaiter)
        case refused
    }

    /// Asks for a connection. `fresh`: never a kept one, because a kept one has just turned out to be dead.
    func lease(_ origin: Origin, fresh: Bool = false) -> Lease {
        let connections = connections(to: origin)
        switch connections.lease(fresh: fresh) {
        case .reuse(let connection): return .open(connection)
        case .open: return .opening(open(connections))
        case .wait:
            let waiter = PoolWaiter(self, connections)
            connections.wait(waiter)
            waiter.start(limits.queueWait)
            return .queued(waiter)
        case .refuse: return .refused
        }
    }

    /// Connections to an origin: kept, and in use or opening.
    func counts(_ origin: Origin) -> (idle: Int, active: Int) {
        guard let connections = origins[origin] else { return (0, 0) }
        return (connections.idle.count, connections.open - connections.idle.count)
    }

    private func connections(to origin: Origin) -> OriginConnections {
        if let known = origins[origin] { return known }
        let made = OriginConnections(origin, limits)
        origins[origin] = made
        return made
    }

    func released(_ connection: UpstreamConnection) {
        if let waiter = connection.siblings.released(connection, at: .now()) { return waiter.granted(connection) }
        if sweeper == nil { sweeper = LoopTimer(timers) { [unowned self] in self.sweep() } }
        if let sweeper, !sweeper.isArmed { sweeper.arm(after: .seconds(5)) }
    }

    func closed(_ connection: UpstreamConnection) {
        // Its place is free: whoever waits may have one opened.
        if let waiter = connection.siblings.closed(connection) { waiter.granted(open(connection.siblings)) }
    }

    /// At the end of the turn what was written to the connection will leave.
    func flushAtTurnEnd(_ connection: UpstreamConnection) {
        unflushed.append(connection)
        executor.scheduleTurn()
    }

    /// Sends what waits.
    func flush() {
        guard !unflushed.isEmpty else { return }
        let connections = unflushed
        unflushed.removeAll(keepingCapacity: true)
        for connection in connections { connection.flush() }
    }

    /// Closes what nobody uses: at the end of a shutdown.
    func closeIdle() {
        for connection in origins.values.flatMap(\.idle) { connection.connection.cancel(.serverStopping) }
    }

    private func sweep() {
        let limit = NIODeadline.now() - TimeAmount(limits.idleTime)
        for connection in origins.values.flatMap({ $0.idle(since: limit) }) { connection.cancel(.serverStopping) }
        // Some may be no configuration's any more.
        origins = origins.filter { !$0.value.isUnused }
        if origins.values.contains(where: { !$0.idle.isEmpty }) { sweeper?.arm(after: .seconds(5)) }
    }

    /// Starts a connection to a place that is asked once: nobody else gets it, and whoever asked for it ends it by
    /// ``UpstreamConnection/discard()``.
    ///
    /// - Parameters:
    ///   - resolver: Finds the host's addresses. No others are connected to.
    ///   - limit: When the system is to give up connecting, whether or not anybody still waits for it.
    func openOnce(_ origin: Origin, by resolver: CheckedResolver, within limit: TimeAmount) -> UpstreamConnection {
        let alone = OriginConnections(origin, limits)
        _ = alone.lease(fresh: true)  // counts the connection that is opened here
        return open(alone, resolver, within: limit)
    }

    /// Starts a connection. Names with several addresses are tried as RFC 8305 (Happy Eyeballs) says, by NIO.
    ///
    /// - Parameters:
    ///   - resolver: nil: the system's, which finds any address. With one, the connection is direct: behind a proxy it
    ///     could not say what is connected to.
    ///   - limit: The caller's own comes first; this one only ends what was given up.
    private func open(
        _ siblings: OriginConnections, _ resolver: CheckedResolver? = nil, within limit: TimeAmount = .minutes(1)
    ) -> UpstreamConnection {
        let connection = UpstreamConnection(siblings, pool: self)
        let (origin, allowance) = (siblings.origin, limits.allowance)
        guard allowance?.take() ?? true else {
            eventLoop.assumeIsolated().execute { connection.cancel(.overloaded) }
            return connection
        }
        let proxy = resolver == nil && proxy?.leads(to: origin) == true ? proxy : nil
        let settle = { (result: Result<any Channel, any Error>) in
            do {
                try connection.adopt(result.get())
            } catch {
                connection.cancel(.connectFailed(ConnectFailure.sentence(error)))
            }
        }
        ClientBootstrap(group: eventLoop)
            .resolver(resolver)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            // Handlers are added once it is clear which address answered; nothing may be read before.
            .channelOption(.autoRead, value: false)
            .connect(host: proxy?.host ?? origin.host, port: proxy?.port ?? origin.port)
            .assumeIsolated()
            .whenComplete { result in
                guard case .success(let channel) = result else {
                    allowance?.giveBack()
                    return settle(result)
                }
                channel.closeFuture.whenComplete { _ in allowance?.giveBack() }
                guard let proxy else { return settle(result) }
                ProxyTunnel.open(over: channel, to: origin, by: proxy, within: limit).assumeIsolated()
                    .whenComplete { settle($0.map { channel }) }
            }
        return connection
    }
}

/// A place in the queue for a connection.
final class PoolWaiter {
    private let connections: OriginConnections
    private unowned let pool: UpstreamPool
    private var continuation: UnsafeContinuation<Void, Never>?
    private var timer: LoopTimer?
    private var outcome: Result<UpstreamConnection, UpstreamError>?

    init(_ pool: UpstreamPool, _ connections: OriginConnections) {
        self.pool = pool
        self.connections = connections
    }

    func start(_ limit: Duration) {
        timer = LoopTimer(pool.timers) { [unowned self] in self.cancel(.overloaded) }
        timer?.arm(after: TimeAmount(limit))
    }

    /// Waits for a connection, which may still be opening.
    ///
    /// - Throws: ``UpstreamError/overloaded`` when the wait was too long, or why it was called off.
    func wait() async throws(UpstreamError) -> UpstreamConnection {
        if outcome == nil { await withUnsafeContinuation { continuation = $0 } }
        guard let outcome else { throw .overloaded }
        return try outcome.get()
    }

    func granted(_ connection: UpstreamConnection) {
        settle(.success(connection))
    }

    func cancel(_ reason: UpstreamError) {
        guard outcome == nil else { return }
        connections.left(self)
        settle(.failure(reason))
    }

    private func settle(_ result: Result<UpstreamConnection, UpstreamError>) {
        timer?.cancel()
        outcome = result
        guard let continuation else { return }
        self.continuation = nil
        continuation.resume()
    }
}
