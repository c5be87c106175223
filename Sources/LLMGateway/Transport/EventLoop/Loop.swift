import Glibc
import NIOCore

/// One event loop and everything that lives on it: its tasks, its timers, its upstream connections.
///
/// A request never leaves the loop that accepted it, so nothing here is locked. Sendable because what crosses threads
/// is the reference alone: every use of a field happens on ``eventLoop``, where both ends of each connection live.
final class Loop: @unchecked Sendable {
    let eventLoop: any EventLoop
    /// 0 and up; also the loop's shard in every metric.
    let index: Int
    let executor: LoopExecutor
    let timers: TimerWheel
    let upstreams: UpstreamPool
    /// Set once the program has been told to stop: from then on every answer says `connection: close`.
    var isDraining = false
    /// The connections that clients hold open here.
    var clients: [ObjectIdentifier: ServerConnection] = [:]

    /// Those whose request was answered in this turn.
    private var answered: [ServerConnection] = []

    /// Told when a client connects (1) or is gone (-1).
    var onClientCount: ((Int) -> Void)?

    private var dateSecond = 0
    private var dateLine: [UInt8] = []

    init(_ eventLoop: any EventLoop, index: Int, poolLimits: UpstreamPool.Limits, proxy: ForwardProxy? = nil) {
        self.eventLoop = eventLoop
        self.index = index
        executor = LoopExecutor(eventLoop)
        timers = TimerWheel(loop: eventLoop)
        upstreams = UpstreamPool(eventLoop, executor: executor, timers: timers, limits: poolLimits, proxy: proxy)
        executor.onTurnEnd = { [weak self] in self?.endTurn() }
    }

    /// At the end of the turn the request will be accounted for, and the last of its answer leave.
    func finishAtTurnEnd(_ client: ServerConnection) {
        answered.append(client)
        executor.scheduleTurn()
    }

    private func endTurn() {
        upstreams.flush()
        guard !answered.isEmpty else { return }
        let clients = answered
        answered.removeAll(keepingCapacity: true)
        // Not the other way round: whoever has the whole answer finds the request counted, and what it took settled.
        for client in clients { client.settle() }
        for client in clients { client.finishRequest() }
    }

    /// Connections with a request that has no complete answer yet.
    var busyClients: Int { clients.values.count { !$0.isIdle } }

    /// Ends what clients have under way, with an error in their format where there is still one to write.
    func stopClients() {
        // Requests that have only just been read have to be under way to be told.
        executor.runTurn()
        for client in clients.values { client.stop() }
    }

    /// Closes every connection: the very end.
    func closeAll() {
        for client in clients.values { client.abort() }
        upstreams.closeIdle()
        timers.stop()
    }

    /// Gives access to the `date` header's value for now, which is formatted once a second.
    @inline(__always)
    func withHTTPDate(_ body: (UnsafeRawBufferPointer) -> Void) {
        let now = Glibc.time(nil)
        if now != dateSecond {
            dateSecond = now
            dateLine = Array(HTTPDate(unixSeconds: now).text.utf8)
        }
        dateLine.withUnsafeBytes(body)
    }
}
