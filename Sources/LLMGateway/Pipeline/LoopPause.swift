import NIOCore

/// A call's pause before it is sent again, which ends at once when the call is off.
///
/// Used on its loop's thread only.
final class LoopPause: QueuePlace {
    private let loop: Loop
    private var continuation: UnsafeContinuation<Void, Never>?
    private var isOver = false

    init(_ loop: Loop) { self.loop = loop }

    func wait(until end: NIODeadline) async {
        guard !isOver else { return }
        let timer = LoopTimer(loop.timers) { [unowned self] in self.finish() }
        timer.arm(at: end)
        defer { timer.cancel() }
        await withUnsafeContinuation { continuation = $0 }
    }

    func cancel(_ reason: UpstreamError) { finish() }

    private func finish() {
        isOver = true
        guard let continuation else { return }
        self.continuation = nil
        loop.executor.scoped { continuation.resume() }
    }
}
