import NIOCore
import Synchronization
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct LoopExecutorTests {
    @Test func `a task comes back to its loop after each wait`() async throws {
        try await withLoop { loop in
            let places = try await loop.run { loop in
                var places = [loop.eventLoop.inEventLoop]
                await Task.yield()
                places.append(loop.eventLoop.inEventLoop)
                try await Task.sleep(for: .milliseconds(5))
                places.append(loop.eventLoop.inEventLoop)
                _ = await Task.detached { 1 }.value
                places.append(loop.eventLoop.inEventLoop)
                async let child = loop.eventLoop.inEventLoop
                places.append(await child)
                return places
            }
            #expect(places == [true, true, true, true, true])
        }
    }

    @Test func `what a handler resumes runs in the same turn, after the handler`() async throws {
        try await withLoop { loop in
            let log = Log()
            let work = loop.start { _ in
                await withUnsafeContinuation { log.waiter = $0 }
                log.add("resumed")
            }
            try await eventually("the wait") { try await loop.run { _ in log.waiter != nil } }
            try await loop.eventLoop.submit {
                loop.eventLoop.execute { log.add("next pass") }
                log.waiter?.resume()
                log.add("handler over")
                loop.executor.runTurn()
                log.add("turn over")
            }.get()
            try await work.value
            // One more pass, behind the next one.
            try await loop.eventLoop.submit {}.get()
            #expect(log.lines == ["handler over", "resumed", "turn over", "next pass"])
        }
    }

    @Test func `who regroups goes on when the others have come as far`() async throws {
        try await withLoop { loop in
            let log = Log()
            try await loop.eventLoop.submit {
                for name in ["a", "b", "c"] {
                    _ = Task(executorPreference: loop.executor) {
                        log.add("\(name)1")
                        await loop.executor.regroup()
                        log.add("\(name)2")
                        await loop.executor.regroup()
                        log.add("\(name)3")
                    }
                }
                loop.executor.runTurn()
            }.get()
            #expect(log.lines == ["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"])
        }
    }

    @Test func `who is alone does not wait for others`() async throws {
        try await withLoop { loop in
            let log = Log()
            try await loop.eventLoop.submit {
                _ = Task(executorPreference: loop.executor) {
                    await loop.executor.regroup()
                    log.add("through")
                }
                loop.executor.runTurn()
            }.get()
            #expect(log.lines == ["through"])
        }
    }

    @Test func `a turn ends after its jobs, and what its end makes ready is done in it too`() async throws {
        try await withLoop { loop in
            let log = Log()
            let work = loop.start { _ in
                await withUnsafeContinuation { log.waiter = $0 }
                log.add("resumed by the end")
            }
            try await eventually("the wait") { try await loop.run { _ in log.waiter != nil } }
            try await loop.eventLoop.submit {
                let ownEnd = loop.executor.onTurnEnd
                loop.executor.onTurnEnd = {
                    log.add("end")
                    log.waiter?.resume()
                    log.waiter = nil
                }
                _ = Task(executorPreference: loop.executor) { log.add("job") }
                loop.executor.runTurn()
                log.add("turn over")
                loop.executor.onTurnEnd = ownEnd
            }.get()
            try await work.value
            #expect(log.lines == ["job", "end", "resumed by the end", "end", "turn over"])
        }
    }

    @Test func `a thousand tasks on one loop all end, and none leaves it`() async throws {
        try await withLoop { loop in
            let tasks = (0..<1000).map { index in
                loop.start { loop in
                    for _ in 0..<(index % 7) { await Task.yield() }
                    return loop.eventLoop.inEventLoop
                }
            }
            for task in tasks {
                let hasStayed = try await task.value
                #expect(hasStayed)
            }
        }
    }
}

/// Lines in order. The continuation is touched on the loop only, which is what makes it Sendable.
private final class Log: @unchecked Sendable {
    private let list = Mutex<[String]>([])
    var waiter: UnsafeContinuation<Void, Never>?

    var lines: [String] { list.withLock { $0 } }
    func add(_ line: String) { list.withLock { $0.append(line) } }
}
