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
        let isUndisturbed = test.traits.contains { $0 is Undisturbed }
        await Self.places.take(all: isUndisturbed)
        defer { Self.places.giveBack(all: isUndisturbed) }
        let thread = ThreadExecutor()
        defer { thread.finish() }
        try await withTaskExecutorPreference(thread) { try await function() }
    }

    /// Programs under test at once. More of them than this and the machine's slowness would be measured, not theirs.
    private static let places = Places(6)
}

/// Keeps all other tests of its kind waiting: it measures times, of which a busy machine would make something else.
/// Such tests come last, one after the other.
struct Undisturbed: SuiteTrait, TestTrait {
    var isRecursive: Bool { true }
}

extension Trait where Self == OwnThread {
    /// See ``OwnThread``.
    static var ownThread: Self { OwnThread() }
}

extension Trait where Self == Undisturbed {
    /// See ``Undisturbed``.
    static var undisturbed: Self { Undisturbed() }
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

/// Places for tests that run side by side; who needs the machine undisturbed has all of them, when nobody else waits.
private final class Places: Sendable {
    private struct State {
        var taken = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
        var waitingForAll: [CheckedContinuation<Void, Never>] = []
    }

    private let count: Int
    private let state = Mutex(State())

    init(_ count: Int) { self.count = count }

    /// - Parameter all: See ``Undisturbed``.
    func take(all: Bool) async {
        await withCheckedContinuation { continuation in
            change { all ? $0.waitingForAll.append(continuation) : $0.waiting.append(continuation) }
        }
    }

    func giveBack(all: Bool) {
        change { $0.taken -= all ? count : 1 }
    }

    private func change(_ change: (inout State) -> Void) {
        let next = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            change(&state)
            if state.taken == 0, state.waiting.isEmpty, !state.waitingForAll.isEmpty {
                state.taken = count
                return [state.waitingForAll.removeFirst()]
            }
            let free = min(count - state.taken, state.waiting.count)
            state.taken += free
            defer { state.waiting.removeFirst(free) }
            return Array(state.waiting.prefix(free))
        }
        for continuation in next { continuation.resume() }
    }
}
