import NIOCore
import Synchronization

/// Holds a provider to its `concurrency`: the shell of ``ConcurrencyLimit``, shared by all loops.
final class ConcurrencyGate: Sendable {
    private let state: Mutex<ConcurrencyLimit<GatePlace>>
    private let longestWait: Duration

    /// nil where nothing is limited.
    init?(_ settings: ConcurrencySettings) {
        guard settings.maxInFlight > 0 else { return nil }
        state = Mutex(ConcurrencyLimit(limit: settings.maxInFlight, queueLimit: settings.queue))
        longestWait = settings.queueWait
    }

    /// Waits for leave to go ahead; ``leave()`` must follow.
    ///
    /// - Throws: ``UpstreamError/overloaded`` when the queue is full or the wait too long, or why the call is off.
    ///
    /// - Parameter waits: Told the place in the queue, where the caller has to wait, so that it can be taken out.
    func enter(on loop: Loop, waits: (GatePlace) -> Void) async throws(UpstreamError) {
        let place = GatePlace(self, loop)
        switch state.withLock({ $0.enter(place) }) {
        case .admit: return
        case .refuse: throw .overloaded
        case .wait:
            waits(place)
            try await place.wait(atMost: longestWait)
        }
    }

    func leave() {
        state.withLock { $0.leave() }?.admit()
    }

    fileprivate func giveUp(_ place: GatePlace) {
        state.withLock { $0.giveUp { $0 === place } }
    }
}

/// Something that a call waits in, and can be taken out of.
protocol QueuePlace: AnyObject {
    func cancel(_ reason: UpstreamError)
}

extension PoolWaiter: QueuePlace {}

/// A call's place in a provider's queue.
///
/// Whoever leaves may do so on any loop; everything here happens on the loop of the call that waits, which is what
/// makes it Sendable.
final class GatePlace: QueuePlace, @unchecked Sendable {
    private let gate: ConcurrencyGate
    private let loop: Loop
    private var continuation: UnsafeContinuation<Void, Never>?
    private var outcome: Result<Void, UpstreamError>?

    fileprivate init(_ gate: ConcurrencyGate, _ loop: Loop) {
        (self.gate, self.loop) = (gate, loop)
    }

    fileprivate func wait(atMost limit: Duration) async throws(UpstreamError) {
        let timer = LoopTimer(loop.timers) { [unowned self] in self.cancel(.overloaded) }
        timer.arm(after: TimeAmount(limit))
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

    func cancel(_ reason: UpstreamError) {
        guard outcome == nil else { return }
        gate.giveUp(self)
        settle(.failure(reason))
    }

    private func settle(_ result: Result<Void, UpstreamError>) {
        outcome = result
        guard let continuation else { return }
        self.continuation = nil
        loop.executor.scoped { continuation.resume() }
    }
}
