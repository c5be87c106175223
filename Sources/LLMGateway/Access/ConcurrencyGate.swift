import NIOCore
import Synchronization

/// Holds a provider to its `concurrency`: the shell of ``ConcurrencyLimit``, shared by all loops.
final class ConcurrencyGate: Sendable {
    private let state: Mutex<ConcurrencyLimit<String, GatePlace>>
    private let metrics: ProviderMetrics

    /// - Parameter settings: With a limit; see ``ConcurrencySettings/isLimited``.
    init(_ settings: ConcurrencySettings, _ metrics: ProviderMetrics) {
        state = Mutex(
            ConcurrencyLimit(limit: settings.maxInFlight, queue: settings.queue, longestWait: settings.queueWait))
        self.metrics = metrics
    }

    /// Goes on under other settings, after a reload; these too have a limit.
    func follow(_ settings: ConcurrencySettings) {
        state.withLock {
            $0.follow(limit: settings.maxInFlight, queue: settings.queue, longestWait: settings.queueWait)
        }
        admitNext()
    }

    /// Waits for leave to go ahead; ``leave()`` must follow.
    ///
    /// - Parameters:
    ///   - key: Whose call it is: keys take turns.
    ///   - deadline: When the call must be over.
    ///   - waits: Told the place in the queue, where the caller has to wait, so that it can be taken out.
    /// - Throws: ``UpstreamError/overloaded`` when the queue is full or the wait too long, or why the call is off.
    func enter(
        by key: String, on loop: Loop, _ shard: Shard, until deadline: NIODeadline, waits: (GatePlace) -> Void
    ) async throws(UpstreamError) {
        let start = NIODeadline.now()
        let place = GatePlace(self, loop)
        let longestWait: Duration
        switch state.withLock({ state in (state.enter(place, by: key), state.longestWait) }) {
        case (.admit, _): return
        case (.refuse, _): throw .overloaded
        case (.wait(let ticket), let wait): (place.ticket, longestWait) = (ticket, wait)
        case (.waitInstead(let displaced, let ticket), let wait):
            (place.ticket, longestWait) = (ticket, wait)
            displaced.makeRoom()
        }
        waits(place)
        metrics.queueDepth.add(1, on: shard)
        defer {
            metrics.queueDepth.add(-1, on: shard)
            metrics.queueWait.observe((NIODeadline.now() - start).seconds, on: shard)
        }
        try await place.wait(until: min(start + TimeAmount(longestWait), deadline), deadline: deadline)
    }

    func leave() {
        state.withLock { $0.leave() }
        admitNext()
    }

    private func admitNext() {
        while let place = state.withLock({ $0.next() }) { place.admit() }
    }

    fileprivate func giveUp(_ ticket: FairQueue<String, GatePlace>.Ticket) {
        _ = state.withLock { $0.giveUp(ticket) }
    }
}

/// Something that a call waits in, and can be taken out of.
protocol QueuePlace: AnyObject {
    func cancel(_ reason: UpstreamError)
}

extension PoolWaiter: QueuePlace {}

extension LoopPause: QueuePlace {
    func cancel(_ reason: UpstreamError) { finish() }
}

/// A call's place in a provider's queue.
///
/// Whoever leaves may do so on any loop; everything here happens on the loop of the call that waits, which is what
/// makes it Sendable.
final class GatePlace: QueuePlace, @unchecked Sendable {
    private let gate: ConcurrencyGate
    private let loop: Loop
    fileprivate var ticket: FairQueue<String, GatePlace>.Ticket?
    private var continuation: UnsafeContinuation<Void, Never>?
    private var outcome: Result<Void, UpstreamError>?

    fileprivate init(_ gate: ConcurrencyGate, _ loop: Loop) {
        (self.gate, self.loop) = (gate, loop)
    }

    /// - Parameter deadline: When the call itself must be over, which is another failure than a wait that was too long.
    fileprivate func wait(until limit: NIODeadline, deadline: NIODeadline) async throws(UpstreamError) {
        let reason = limit < deadline ? UpstreamError.overloaded : .timedOut(.total)
        let timer = LoopTimer(loop.timers) { [unowned self] in self.cancel(reason) }
        timer.arm(at: limit)
        defer { timer.cancel() }
        if outcome == nil { await withUnsafeContinuation { continuation = $0 } }
        try outcome?.get()
    }

    fileprivate func admit() {
        loop.eventLoop.execute {
            guard self.outcome == nil else { return self.gate.leave() }  // it has given up meanwhile: the next, please
            self.settle(.success(()))
        }
    }

    /// Another key's call has taken its place.
    fileprivate func makeRoom() {
        loop.eventLoop.execute { if self.outcome == nil { self.settle(.failure(.overloaded)) } }
    }

    func cancel(_ reason: UpstreamError) {
        guard outcome == nil else { return }
        if let ticket { gate.giveUp(ticket) }
        settle(.failure(reason))
    }

    private func settle(_ result: Result<Void, UpstreamError>) {
        outcome = result
        guard let continuation else { return }
        self.continuation = nil
        continuation.resume()
    }
}
