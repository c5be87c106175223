import NIOCore

/// A pause on a loop, which ends when its time is over or when somebody ends it sooner.
///
/// Used on its loop's thread only.
final class LoopPause {
    let loop: Loop
    private let end: NIODeadline
    private var continuation: UnsafeContinuation<Void, Never>?
    private var isOver = false

    init(_ loop: Loop, until end: NIODeadline) { (self.loop, self.end) = (loop, end) }

    /// Returns at once when it is over already.
    func wait() async {
        guard !isOver else { return }
        let timer = LoopTimer(loop.timers) { [unowned self] in self.finish() }
        timer.arm(at: end)
        defer { timer.cancel() }
        await withUnsafeContinuation { continuation = $0 }
    }

    /// Ends it.
    func finish() {
        isOver = true
        guard let continuation else { return }
        self.continuation = nil
        continuation.resume()
    }
}
