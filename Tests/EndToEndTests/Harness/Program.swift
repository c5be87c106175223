import Foundation
import Synchronization

/// A program that a test started, with everything it has printed.
///
/// Its environment is only what the test gives: no key or proxy of the developer's leaks in.
final class Program: Sendable {
    let pid: pid_t
    private let output = Mutex<[UInt8]>([])
    private let errors = Mutex<[UInt8]>([])
    private let exit = Mutex<Int32?>(nil)
    private let openPipes = Atomic(2)

    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        var outEnds: [Int32] = [0, 0]
        var errorEnds: [Int32] = [0, 0]
        guard pipe(&outEnds) == 0, pipe(&errorEnds) == 0 else { throw Wire.Failure.system(errno) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, outEnds[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errorEnds[1], 2)
        // Nothing of the other tests' sockets: a copy in here would keep a connection alive that they have closed.
        for descriptor in 3..<Int32(1024) { posix_spawn_file_actions_addclose(&actions, descriptor) }

        // Threads of a test runner may block signals; a program starts with none blocked.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"]
        for name in ["HOME", "TMPDIR"] { variables[name] = ProcessInfo.processInfo.environment[name] }
        variables.merge(environment) { $1 }
        let argv = ([path] + arguments).map { strdup($0) } + [nil]
        let envp = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }

        var pid: pid_t = 0
        let result = posix_spawn(&pid, path, &actions, &attributes, argv, envp)
        close(outEnds[1])
        close(errorEnds[1])
        self.pid = pid
        guard result == 0 else {
            close(outEnds[0])
            close(errorEnds[0])
            exit.withLock { $0 = 127 }
            throw Unfulfilled("can't start \(path): \(String(cString: strerror(result)))")
        }
        collect(outEnds[0]) { [self] bytes in output.withLock { $0 += bytes } }
        collect(errorEnds[0]) { [self] bytes in errors.withLock { $0 += bytes } }
    }

    private func collect(_ descriptor: Int32, _ store: @escaping @Sendable (ArraySlice<UInt8>) -> Void) {
        Thread { [self] in
            var buffer = [UInt8](repeating: 0, count: 16 << 10)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count > 0 { store(buffer[..<count]) } else if count == 0 || errno != EINTR { break }
            }
            close(descriptor)
            openPipes.wrappingSubtract(1, ordering: .releasing)
        }.start()
    }

    /// Whether all that it will ever print has been collected.
    var hasSaidEverything: Bool { openPipes.load(ordering: .acquiring) == 0 }

    var standardOutput: String { String(decoding: output.withLock { $0 }, as: UTF8.self) }
    var standardError: String { String(decoding: errors.withLock { $0 }, as: UTF8.self) }

    /// The exit code, or 256 + the signal that ended it; nil while it runs.
    var exitCode: Int32? {
        exit.withLock { code in
            if let code { return code }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            code = status & 0x7f == 0 ? (status >> 8) & 0xff : 256 + (status & 0x7f)
            return code
        }
    }

    func signal(_ number: Int32) {
        exit.withLock { code in
            if code == nil { _ = kill(pid, number) }
        }
    }

    /// Waits for its end.
    func waitForExit(within limit: Duration = .seconds(20)) throws -> Int32 {
        try eventually("the end of process \(pid); it said: \(standardError.suffix(500))", within: limit) { exitCode }
    }

    /// Ends it, if it still runs: asks first, then insists.
    func stop(within limit: Duration = .seconds(5)) {
        signal(SIGTERM)
        if (try? waitForExit(within: limit)) == nil {
            signal(SIGKILL)
            _ = try? waitForExit(within: .seconds(5))
        }
    }

    /// Runs a program to its end.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) throws -> (code: Int32, output: String, errors: String) {
        let program = try Program(path, arguments, environment: environment)
        defer { program.stop() }
        let code = try program.waitForExit(within: limit)
        try eventually("the last words of \(path)") { program.hasSaidEverything }
        return (code, program.standardOutput, program.standardError)
    }

    /// Resident memory in bytes, now.
    var residentBytes: Int { memory("VmRSS:") }
    /// The most that was ever resident, in bytes.
    var peakResidentBytes: Int { memory("VmHWM:") }

    private func memory(_ field: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(field) } ?? ""
        return (line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) << 10
    }
}

/// A folder that is gone with the test.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/llm-gateway-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }
}
