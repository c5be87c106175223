import NIOCore
import NIOPosix

/// The upstream connections of one event loop. Its decisions are ``PoolState``'s; this shell opens, hands out and closes.
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
    }

    let eventLoop: any EventLoop
    let executor: LoopExecutor
    let timers: TimerWheel
    private let limits: Limits
    private var origins: [Origin: PoolState] = [:]
    private var sweeper: LoopTimer?
    /// Told how the numbers of kept and of used connections to an origin change.
    var onCount: ((_ origin: Origin, _ idle: Int, _ active: Int) -> Void)?

    init(_ eventLoop: any EventLoop, executor: LoopExecutor, timers: TimerWheel, limits: Limits) {
        self.eventLoop = eventLoop
        self.executor = executor
        self.timers = timers
        self.limits = limits
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
        switch origins[origin, default: PoolState(limits)].lease(fresh: fresh) {
        case .reuse(let connection):
            onCount?(origin, -1, 1)
            return .open(connection)
        case .open: return .opening(open(origin))
        case .wait:
            let waiter = PoolWaiter(self, origin)
            origins[origin, default: PoolState(limits)].waiting.append(waiter)
            waiter.start(limits.queueWait)
            return .queued(waiter)
        case .refuse: return .refused
        }
    }

    func released(_ connection: UpstreamConnection) {
        let origin = connection.origin
        if let waiter = origins[origin]?.nextWaiter() {
            waiter.granted(connection)
            return
        }
        origins[origin]?.released(connection, at: .now())
        onCount?(origin, 1, -1)
        if sweeper == nil { sweeper = LoopTimer(timers) { [unowned self] in self.sweep() } }
        if let sweeper, !sweeper.isArmed { sweeper.arm(after: .seconds(5)) }
    }

    func closed(_ connection: UpstreamConnection) {
        let origin = connection.origin
        let wasKept = origins[origin]?.closed(connection) ?? false
        onCount?(origin, wasKept ? -1 : 0, wasKept ? 0 : -1)
        // Its place is free: whoever waits may open one.
        if let waiter = origins[origin]?.nextWaiter() {
            origins[origin]?.open += 1
            waiter.granted(open(origin))
        }
        if origins[origin]?.isUnused == true { origins[origin] = nil }
    }

    func left(_ waiter: PoolWaiter) {
        origins[waiter.origin]?.waiting.removeAll { $0 === waiter }
    }

    /// Closes what nobody uses: at the end of a shutdown.
    func closeIdle() {
        for connection in origins.values.flatMap(\.idle) { connection.connection.cancel(.serverStopping) }
    }

    private func sweep() {
        let limit = NIODeadline.now() - TimeAmount(limits.idleTime)
        for connection in origins.values.flatMap({ $0.idle(since: limit) }) { connection.cancel(.serverStopping) }
        if origins.values.contains(where: { !$0.idle.isEmpty }) { sweeper?.arm(after: .seconds(5)) }
    }

    /// Starts a connection. Names with several addresses are tried as RFC 8305 (Happy Eyeballs) says, by NIO.
    private func open(_ origin: Origin) -> UpstreamConnection {
        let connection = UpstreamConnection(origin: origin, pool: self)
        onCount?(origin, 0, 1)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.minutes(1))  // ours comes first; this one only ends what was given up
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            // Handlers are added once it is clear which address answered; nothing may be read before.
            .channelOption(.autoRead, value: false)
            .connect(host: origin.host, port: origin.port)
            .assumeIsolated()
            .whenComplete { result in
                self.executor.scoped {
                    do {
                        try connection.adopt(result.get())
                    } catch {
                        connection.cancel(.connectFailed("\(error)"))
                    }
                }
            }
        return connection
    }
}

/// What is known of the connections to one origin, and what to do when one is asked for. Pure.
struct PoolState {
    private let limits: UpstreamPool.Limits
    /// Connections that are open or opening, kept ones included.
    var open = 0
    private(set) var idle: [(connection: UpstreamConnection, since: NIODeadline)] = []
    var waiting: [PoolWaiter] = []

    init(_ limits: UpstreamPool.Limits) {
        self.limits = limits
    }

    enum Answer {
        /// Take this one: the one that was used last, so that the others can age and be closed.
        case reuse(UpstreamConnection)
        /// Open one; it is counted already.
        case open
        /// All are in use: wait.
        case wait
        /// All are in use, and too many wait.
        case refuse
    }

    mutating func lease(fresh: Bool) -> Answer {
        if !fresh, let kept = idle.popLast() { return .reuse(kept.connection) }
        if open < limits.connections {
            open += 1
            return .open
        }
        return waiting.count < limits.queue ? .wait : .refuse
    }

    mutating func released(_ connection: UpstreamConnection, at now: NIODeadline) {
        idle.append((connection, now))
    }

    /// - Returns: Whether it was a kept one.
    mutating func closed(_ connection: UpstreamConnection) -> Bool {
        open -= 1
        guard let place = idle.firstIndex(where: { $0.connection === connection }) else { return false }
        idle.remove(at: place)
        return true
    }

    mutating func nextWaiter() -> PoolWaiter? {
        waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// The kept connections that nobody has used since `limit`.
    func idle(since limit: NIODeadline) -> [UpstreamConnection] {
        idle.filter { $0.since < limit }.map(\.connection)
    }

    var isUnused: Bool { open == 0 && waiting.isEmpty }
}

/// A place in the queue for a connection.
final class PoolWaiter {
    let origin: Origin
    private unowned let pool: UpstreamPool
    private var continuation: UnsafeContinuation<Void, Never>?
    private var timer: LoopTimer?
    private var outcome: Result<UpstreamConnection, UpstreamError>?

    init(_ pool: UpstreamPool, _ origin: Origin) {
        self.pool = pool
        self.origin = origin
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
        pool.left(self)
        settle(.failure(reason))
    }

    private func settle(_ result: Result<UpstreamConnection, UpstreamError>) {
        timer?.cancel()
        outcome = result
        guard let continuation else { return }
        self.continuation = nil
        pool.executor.scoped { continuation.resume() }
    }
}
