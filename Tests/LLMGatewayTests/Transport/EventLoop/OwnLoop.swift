import NIOCore
import NIOPosix

@testable import LLMGateway

/// Gives `body` an event loop of its own, on a thread of its own, and ends it afterwards.
func withLoop(
    _ limits: UpstreamPool.Limits = UpstreamPool.Limits(), _ body: (Loop) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = Loop(group.next(), index: 0, poolLimits: limits)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(loop)) } catch { outcome = .failure(error) }
    try await loop.eventLoop.submit { loop.closeAll() }.get()
    try await group.shutdownGracefully()
    try outcome.get()
}

extension Loop {
    /// Starts `work` on the loop, as the gateway starts what it does for a connection.
    func start<Value: Sendable>(
        _ work: @escaping @Sendable (Loop) async throws -> Value
    ) -> Task<Value, any Error> {
        Task(executorPreference: executor) { try await work(self) }
    }

    /// Does `work` on the loop, and waits for it.
    func run<Value: Sendable>(_ work: @escaping @Sendable (Loop) async throws -> Value) async throws -> Value {
        try await start(work).value
    }
}

struct WaitedTooLong: Error {
    let what: String
}

/// Asks again and again until `condition` holds.
func eventually(_ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool)
    async throws
{
    let end = Instant.now + limit
    while try await !condition() {
        guard Instant.now < end else { throw WaitedTooLong(what: what) }
        try await Task.sleep(for: .milliseconds(2))
    }
}
