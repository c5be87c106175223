import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import LLMGateway

/// A real redis-server of a test's own (Debian: `redis-server`), which keeps nothing on disk. It ends with the test.
final class RedisServer: Sendable {
    static let program = "/usr/bin/redis-server"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: program)

    let port: Int
    private let folder = TemporaryFiles.directory()
    private let options: [String]
    private let process = Mutex<Process?>(nil)

    /// Starts one and waits until it listens.
    ///
    /// - Parameter options: As on its command line. With a `--tls-port`, nothing listens without TLS.
    init(_ options: [String] = [], port: Int? = nil) async throws {
        self.options = options
        self.port = try port ?? Self.freePort()
        try await start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func start() async throws {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: Self.program)
        let port = options.contains("--tls-port") ? [] : ["--port", "\(port)"]
        program.arguments =
            port + [
                "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder, "--loglevel", "warning",
            ]
            + options
        (program.standardOutput, program.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try program.run()
        process.withLock { $0 = program }
        try await eventually("redis-server listens") {
            guard program.isRunning else { throw WaitedTooLong(what: "redis-server: it has ended") }
            return (try? RawSocket(to: self.port)) != nil
        }
    }

    func kill() { end(SIGKILL) }
    func pause() { send(SIGSTOP) }
    func resume() { send(SIGCONT) }

    private func end(_ signal: Int32) {
        let program = process.withLock { program in
            defer { program = nil }
            return program
        }
        guard let program, program.isRunning else { return }
        Foundation.kill(program.processIdentifier, signal)
        program.waitUntilExit()
    }

    private func send(_ signal: Int32) {
        process.withLock { program in
            if let program { _ = Foundation.kill(program.processIdentifier, signal) }
        }
    }

    /// Below the range from which the kernel takes the ports of outgoing connections.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 12_000..<19_000)
            if (try? RawSocket(to: port)) == nil { return port }
        }
        throw WaitedTooLong(what: "a free port")
    }

    // MARK: Links

    var address: RedisAddress { RedisAddress(place: .host("127.0.0.1", port: port)) }
}

/// What a test's link has told of itself.
final class LinkNews: Sendable {
    private let news = Mutex<[RedisLink.News]>([])

    var all: [RedisLink.News] { news.withLock { $0 } }
    var reasons: [String] {
        all.compactMap { if case .away(let reason) = $0 { reason } else { nil } }
    }

    func note(_ item: RedisLink.News) { news.withLock { $0.append(item) } }
}

/// Gives `body` a link that has looked for Redis once, and stops it afterwards.
func withLink(
    to address: RedisAddress, tls: NIOSSLContext? = nil, limits: RedisConnection.Limits = .forTests,
    _ body: (RedisLink, LinkNews) async throws -> Void
) async throws {
    let news = LinkNews()
    let link = RedisLink(address, tls: tls, limits: limits, on: MultiThreadedEventLoopGroup.singleton.next()) {
        news.note($0)
    }
    await link.start(waitingAtMost: .seconds(5))
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(link, news)) } catch { outcome = .failure(error) }
    await link.stop()
    try outcome.get()
}

extension RedisConnection.Limits {
    /// A test machine is slow at times.
    static let forTests = RedisConnection.Limits(patience: .seconds(2))
}
