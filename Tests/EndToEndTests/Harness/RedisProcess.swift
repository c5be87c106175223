import Foundation

/// A real redis-server on a port of its own (Debian: `redis-server`), which keeps nothing on disk.
final class RedisProcess: Sendable {
    private static let path = "/usr/bin/redis-server"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: path)

    let program: Program
    let port: Int
    private let folder: ScratchFolder

    var url: String { "redis://127.0.0.1:\(port)" }

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - port: nil: a free one.
    ///   - options: As on its command line. With `--tls-port`, nothing listens without TLS; PORT stands for the port.
    init(port: Int? = nil, _ options: [String] = []) throws {
        folder = try ScratchFolder()
        let port = try port ?? FreePorts.take()
        let options = options.map { $0 == "PORT" ? "\(port)" : $0 }
        let plain = options.contains("--tls-port") ? "0" : "\(port)"
        let program = try Program(
            Self.path,
            [
                "--port", plain, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder.path,
                "--loglevel", "warning",
            ] + options)
        try eventually("redis-server listens on \(port); it said: \(program.standardOutput)") {
            guard let wire = try? Wire(to: port) else { return false }
            wire.close()
            return true
        }
        (self.program, self.port) = (program, port)
    }

    deinit { end() }

    func pause() { program.signal(SIGSTOP) }
    func resume() { program.signal(SIGCONT) }

    func end() {
        program.signal(SIGKILL)
        _ = try? program.waitForExit(within: .seconds(5))
    }
}
