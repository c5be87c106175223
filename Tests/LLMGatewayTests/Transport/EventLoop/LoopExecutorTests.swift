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

    @Test func `what is resumed inside a scope has run when the scope ends`() async throws {
        try await withLoop { loop in
            let log = Log()
            let work = loop.start { _ in
                await withUnsafeContinuation { log.waiter = $0 }
                log.add("resumed")
            }
            try await eventually("the wait") { try await loop.run { _ in log.waiter != nil } }
            try await loop.eventLoop.submit {
                loop.executor.scoped {
                    log.waiter?.resume()
                    log.add("in the scope")
                }
                log.add("after the scope")
            }.get()
            try await work.value
            #expect(log.lines == ["in the scope", "resumed", "after the scope"])
        }
    }

    @Test func `inside another scope the jobs wait for the outermost one`() async throws {
        try await withLoop { loop in
            let log = Log()
            let work = loop.start { _ in
                await withUnsafeContinuation { log.waiter = $0 }
                log.add("resumed")
            }
            try await eventually("the wait") { try await loop.run { _ in log.waiter != nil } }
            try await loop.eventLoop.submit {
                loop.executor.scoped {
                    loop.executor.scoped { log.waiter?.resume() }
                    log.add("inner scope over")
                }
                log.add("outer scope over")
            }.get()
            try await work.value
            #expect(log.lines == ["inner scope over", "resumed", "outer scope over"])
        }
    }

    @Test func `a task that is started inside a scope begins before the scope ends`() async throws {
        try await withLoop { loop in
            let log = Log()
            try await loop.eventLoop.submit {
                loop.executor.scoped {
                    _ = Task(executorPreference: loop.executor) { log.add("begun") }
                }
                log.add("after the scope")
            }.get()
            #expect(log.lines == ["begun", "after the scope"])
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
