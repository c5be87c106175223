import Synchronization
import Testing

@testable import LLMGateway

@Suite struct ConfigurationWatcherTests {
    /// Collects what a watcher tells, while `body` changes files.
    private func outcomes(
        of path: String, atLeast count: Int, while body: () async throws -> Void
    ) async throws -> [ConfigurationWatcher.Outcome] {
        let (stream, continuation) = AsyncStream.makeStream(of: ConfigurationWatcher.Outcome.self)
        let watcher = ConfigurationWatcher(
            current: try GatewayConfiguration.load(path: path, environment: [:]), every: .milliseconds(20),
            load: { () throws(ConfigurationError) in try GatewayConfiguration.load(path: path, environment: [:]) },
            onReload: { continuation.yield($0) })
        let task = Task { await watcher.run() }
        let limit = Task {
            // Without an outcome the test would wait for ever.
            try? await Task.sleep(for: .seconds(20))
            continuation.finish()
        }
        defer {
            task.cancel()
            limit.cancel()
        }
        try await body()
        var outcomes: [ConfigurationWatcher.Outcome] = []
        for await outcome in stream {
            outcomes.append(outcome)
            if outcomes.count == count { break }
        }
        return outcomes
    }

    @Test func `a file that is replaced is loaded`() async throws {
        let path = TemporaryFiles.file("server: { max_connections: 1 }")
        let found = try await outcomes(of: path, atLeast: 1) {
            TemporaryFiles.replace(path, with: "server: { max_connections: 2 }")
        }
        #expect(try found.first?.get().settings.server.maxConnections == 2)
    }

    @Test func `a file that is rewritten in place is loaded`() async throws {
        let path = TemporaryFiles.file("log: { level: info }")
        let found = try await outcomes(of: path, atLeast: 1) {
            TemporaryFiles.write("log: { level: error }", to: path)
        }
        #expect(try found.first?.get().settings.log.level == .error)
    }

    @Test func `a mounted directory whose link is swapped is loaded`() async throws {
        // What Kubernetes does: config.yaml -> ..data/config.yaml, ..data -> a directory that is replaced.
        let (root, one, two) = (
            TemporaryFiles.directory(), TemporaryFiles.directory(), TemporaryFiles.directory()
        )
        TemporaryFiles.write("log: { level: info }", to: one + "/config.yaml")
        TemporaryFiles.write("log: { level: error }", to: two + "/config.yaml")
        TemporaryFiles.link(one, at: root + "/..data")
        TemporaryFiles.link("..data/config.yaml", at: root + "/config.yaml")
        let found = try await outcomes(of: root + "/config.yaml", atLeast: 1) {
            TemporaryFiles.link(two, at: root + "/..data")
        }
        #expect(try found.first?.get().settings.log.level == .error)
    }

    @Test func `a secret file that changes is read again`() async throws {
        let key = TemporaryFiles.file("sk-1\n")
        let path = TemporaryFiles.file("providers: { openai: { api_key_file: \(key) } }")
        let found = try await outcomes(of: path, atLeast: 1) { TemporaryFiles.replace(key, with: "sk-2\n") }
        #expect(try found.first?.get().provider("openai")?.apiKeys.map { $0.reveal() } == ["sk-2"])
    }

    @Test func `a bad file is told, and watched until it is right again`() async throws {
        let path = TemporaryFiles.file("log: { level: info }")
        let failed = Mutex(false)
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        let watcher = ConfigurationWatcher(
            current: try GatewayConfiguration.load(path: path, environment: [:]), every: .milliseconds(20),
            load: { () throws(ConfigurationError) in try GatewayConfiguration.load(path: path, environment: [:]) },
            onReload: { outcome in
                if case .failure = outcome { failed.withLock { $0 = true } }
                continuation.yield((try? outcome.get()) != nil)
            })
        let task = Task { await watcher.run() }
        defer { task.cancel() }
        TemporaryFiles.replace(path, with: "log: { level: loud }")
        for await isRight in stream {
            if isRight { break }
            TemporaryFiles.replace(path, with: "log: { level: debug }")
        }
        #expect(failed.withLock { $0 })
    }

    @Test func `a file that was found and is gone or empty for a while is no wish for defaults`() async throws {
        let path = TemporaryFiles.file("keys: [{ name: a, key: sk-a-long-enough-key }]")
        @Sendable func load() throws(ConfigurationError) -> GatewayConfiguration {
            // As a start without --config looks for its file.
            FileContents.exists(path)
                ? try GatewayConfiguration.load(path: path, environment: [:]) : try GatewayConfiguration.load(yaml: "")
        }
        let watcher = ConfigurationWatcher(current: try load(), load: load, onReload: { _ in })
        TemporaryFiles.remove(path)
        if case .success = await watcher.reload() { Issue.record("defaults took the place of a file that is gone") }
        for nothing in ["", "# nothing\n", "{}"] {
            TemporaryFiles.write(nothing, to: path)
            if case .success = await watcher.reload() { Issue.record("'\(nothing)' was taken over") }
        }
        TemporaryFiles.write("keys: [{ name: b, key: sk-another-long-key }]", to: path)
        #expect(try await watcher.reload().get().settings.keys.map(\.terms.name) == ["b"])
    }

    @Test func `a file that was gone is loaded when it is back`() async throws {
        let path = TemporaryFiles.file("log: { level: info }")
        let (stream, continuation) = AsyncStream.makeStream(of: ConfigurationWatcher.Outcome.self)
        let watcher = ConfigurationWatcher(
            current: try GatewayConfiguration.load(path: path, environment: [:]), every: .milliseconds(20),
            load: { () throws(ConfigurationError) in
                FileContents.exists(path)
                    ? try GatewayConfiguration.load(path: path, environment: [:])
                    : try GatewayConfiguration.load(yaml: "")
            },
            onReload: { continuation.yield($0) })
        let task = Task { await watcher.run() }
        let limit = Task {
            try? await Task.sleep(for: .seconds(20))
            continuation.finish()
        }
        defer {
            task.cancel()
            limit.cancel()
        }
        TemporaryFiles.remove(path)
        var levels: [LogSettings.Level?] = []
        for await outcome in stream {
            levels.append(try? outcome.get().settings.log.level)
            if levels.count == 2 { break }
            TemporaryFiles.write("log: { level: error }", to: path)
        }
        #expect(levels == [nil, .error])
    }

    @Test func `a change that somebody asks to have loaded at once is loaded once`() async throws {
        let path = TemporaryFiles.file("log: { level: info }")
        let outcomes = Mutex<[LogSettings.Level?]>([])
        let watcher = ConfigurationWatcher(
            current: try GatewayConfiguration.load(path: path, environment: [:]), every: .milliseconds(20),
            load: { () throws(ConfigurationError) in try GatewayConfiguration.load(path: path, environment: [:]) },
            onReload: { outcome in outcomes.withLock { $0.append(try? outcome.get().settings.log.level) } })
        let task = Task { await watcher.run() }
        defer { task.cancel() }
        for level in ["error", "no such level"] {
            TemporaryFiles.write("log: { level: \(level) }", to: path)
            await watcher.reload()
            // In which the watcher looks many times, and would load the change once more.
            try await Task.sleep(for: .milliseconds(400))
        }
        #expect(outcomes.withLock { $0 } == [.error, nil])
    }

    @Test func `a reload on demand tells its outcome`() async throws {
        let path = TemporaryFiles.file("log: { level: info }")
        let count = Mutex(0)
        let watcher = ConfigurationWatcher(
            current: try GatewayConfiguration.load(path: path, environment: [:]),
            load: { () throws(ConfigurationError) in try GatewayConfiguration.load(path: path, environment: [:]) },
            onReload: { _ in count.withLock { $0 += 1 } })
        #expect(try await watcher.reload().get().settings.log.level == .info)
        TemporaryFiles.write("log: { level: error }", to: path)
        #expect(try await watcher.reload().get().settings.log.level == .error)
        #expect(count.withLock { $0 } == 2)
    }
}
