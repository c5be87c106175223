import Foundation
import Synchronization
import Testing

/// Runs each test of a suite on a thread of its own, a few of them at a time.
///
/// These tests wait for sockets and programs. On the two or three threads that async tests share they would hold up
/// every other test; each on its own thread, they wait side by side.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        await Self.slots.take()
        defer { Self.slots.giveBack() }
        let thread = ThreadExecutor()
        defer { thread.finish() }
        try await withTaskExecutorPreference(thread) { try await function() }
    }

    /// Programs under test at once. More of them than this and the machine's slowness would be measured, not theirs.
    private static let slots = Slots(6)
}

extension Trait where Self == OwnThread {
    /// See ``OwnThread``.
    static var ownThread: Self { OwnThread() }
}

/// Runs the jobs of one test, in order, on one thread.
private final class ThreadExecutor: TaskExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isFinished = false
    }

    private let queue = Mutex(Queue())
    private let wakeUp = DispatchSemaphore(value: 0)

    init() {
        let thread = Thread { [self] in run() }
        thread.stackSize = 4 << 20
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.withLock { $0.jobs.append(job) }
        wakeUp.signal()
    }

    func finish() {
        queue.withLock { $0.isFinished = true }
        wakeUp.signal()
    }

    private func run() {
        while true {
            wakeUp.wait()
            let (job, isFinished) = queue.withLock { ($0.jobs.isEmpty ? nil : $0.jobs.removeFirst(), $0.isFinished) }
            if let job {
                job.runSynchronously(on: asUnownedTaskExecutor())
            } else if isFinished {
                return
            }
        }
    }
}

/// A counting semaphore for tasks.
private final class Slots: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func giveBack() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
