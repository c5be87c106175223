import NIOCore

/// The connections of one loop to one origin, and what to do when one is asked for. It decides; ``UpstreamPool`` does.
final class OriginConnections {
    let origin: Origin
    private let limits: UpstreamPool.Limits
    /// Connections that are open or opening, kept ones included.
    private(set) var open = 0
    private(set) var idle: [(connection: UpstreamConnection, since: NIODeadline)] = []
    private var waiting: [PoolWaiter] = []

    init(_ origin: Origin, _ limits: UpstreamPool.Limits) {
        (self.origin, self.limits) = (origin, limits)
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

    /// - Parameter fresh: Never a kept one.
    func lease(fresh: Bool) -> Answer {
        if !fresh, let kept = idle.popLast() { return .reuse(kept.connection) }
        if open < limits.connections {
            open += 1
            return .open
        }
        return waiting.count < limits.queue ? .wait : .refuse
    }

    /// A connection can carry another exchange.
    ///
    /// - Returns: Who gets it at once; nil: it is kept.
    func released(_ connection: UpstreamConnection, at now: NIODeadline) -> PoolWaiter? {
        if !waiting.isEmpty { return waiting.removeFirst() }
        idle.append((connection, now))
        return nil
    }

    /// A connection is gone.
    ///
    /// - Returns: Who may have one opened in its place, which is counted already.
    func closed(_ connection: UpstreamConnection) -> PoolWaiter? {
        if let place = idle.firstIndex(where: { $0.connection === connection }) { idle.remove(at: place) }
        if !waiting.isEmpty { return waiting.removeFirst() }
        open -= 1
        return nil
    }

    /// Whether nobody has, opens or waits for a connection.
    var isUnused: Bool { open == 0 && waiting.isEmpty }

    func wait(_ waiter: PoolWaiter) {
        waiting.append(waiter)
    }

    func left(_ waiter: PoolWaiter) {
        waiting.removeAll { $0 === waiter }
    }

    /// The kept connections that nobody has used since `limit`.
    func idle(since limit: NIODeadline) -> [UpstreamConnection] {
        idle.filter { $0.since < limit }.map(\.connection)
    }
}
