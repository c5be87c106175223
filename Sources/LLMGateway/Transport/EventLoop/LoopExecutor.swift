import NIOCore

/// Runs a loop's async code on that loop, in turns: after the loop has read what came on all its connections.
///
/// A task started with this executor never leaves the loop's thread. What a read makes ready is queued and runs once
/// every other read of the same pass over the sockets is done, at its end what the jobs left for it: accounts, and bytes
/// to send. So the processor does one kind of thing for many requests before it turns to the next, and finds that code in
/// its nearest cache: with 32 requests under way, a quarter less time per request than one after the other. (The same
/// idea as in fd.io's Vector Packet Processing. Measured, too: half the cost of the global pool, or of an
/// `EventLoop.execute` for each job.)
///
/// Sendable without a lock: every mutable field is touched on the loop's thread only; ``enqueue(_:)``, which the
/// runtime may call from anywhere, checks the thread first and goes through the loop when it is another.
final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    private let loop: any EventLoop
    private var ready: [UnownedJob] = []
    private var next = 0
    /// Tasks that wait for the others of their turn.
    private var regrouping: [UnsafeContinuation<Void, Never>] = []
    private var isRunning = false
    private var isScheduled = false
    /// Does what a turn's jobs left for its end. It may make more of them ready.
    var onTurnEnd: (() -> Void)?

    init(_ loop: any EventLoop) {
        self.loop = loop
        ready.reserveCapacity(64)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard loop.inEventLoop else {
            loop.execute {
                self.ready.append(job)
                self.runTurn()
            }
            return
        }
        ready.append(job)
        scheduleTurn()
    }

    /// Sees to it that there is a turn, or that the one which runs goes on. Called on the loop only.
    func scheduleTurn() {
        guard !isRunning, !isScheduled else { return }
        isScheduled = true
        loop.execute {
            self.isScheduled = false
            self.runTurn()
        }
    }

    /// Lets every other job that is ready come this far, or as far as it can, before any goes on. Where there is no other,
    /// this costs nothing. Called in a task of this executor.
    func regroup() async {
        guard next < ready.count || !regrouping.isEmpty else { return }
        await withUnsafeContinuation { regrouping.append($0) }
    }

    /// Runs what is ready, and what that makes ready. Called on the loop only; in a turn it does nothing.
    func runTurn() {
        guard !isRunning else { return }
        isRunning = true
        repeat {
            runJobs()
            onTurnEnd?()
        } while !ready.isEmpty
        isRunning = false
    }

    private func runJobs() {
        let executor = asUnownedTaskExecutor()
        while true {
            while next < ready.count {
                let job = ready[next]
                next += 1
                job.runSynchronously(on: executor)
            }
            ready.removeAll(keepingCapacity: true)
            next = 0
            if regrouping.isEmpty { return }
            let together = regrouping
            regrouping.removeAll(keepingCapacity: true)
            for task in together { task.resume() }
        }
    }
}
