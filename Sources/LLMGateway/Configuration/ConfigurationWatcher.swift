/// Reloads the configuration when its file or a secret file changes, and when it is told to.
///
/// Polls once a second: that also sees links that are swapped, directories that are renamed and files on network mounts, which
/// notifications of the kernel miss. Only a file whose inode, size or times differ is read.
actor ConfigurationWatcher {
    typealias Outcome = Result<GatewayConfiguration, ConfigurationError>

    private let load: @Sendable () throws(ConfigurationError) -> GatewayConfiguration
    private let interval: Duration
    private let onReload: @Sendable (Outcome) -> Void
    private var current: GatewayConfiguration
    private var seen: [String: State] = [:]
    /// Whether something has changed that was not loaded since.
    private var isStale = false

    private struct State: Equatable {
        let stamp: FileContents.Stamp?
        let digest: Int
    }

    /// - Parameter current: what the gateway started with: its files are watched.
    /// - Parameter load: what the gateway started by; called again for each reload. What it finds is refused when the file
    ///   has gone or is empty.
    /// - Parameter onReload: called after each reload, one at a time and in order. After a failure the caller keeps the
    ///   configuration that it has; the watcher goes on, and the file may be put right.
    init(
        current: GatewayConfiguration, every interval: Duration = .seconds(1),
        load: @escaping @Sendable () throws(ConfigurationError) -> GatewayConfiguration,
        onReload: @escaping @Sendable (Outcome) -> Void
    ) {
        (self.load, self.interval, self.onReload) = (load, interval, onReload)
        self.current = current
        for path in current.watchedFiles { seen[path] = Self.state(of: path, before: nil) }
    }

    /// Watches until its task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: interval)) != nil {
            guard noticeChange() else { continue }
            // A writer may be in the middle of its work: what is read must have stood still for a moment.
            repeat {
                guard (try? await Task.sleep(for: min(interval, .milliseconds(100)))) != nil else { return }
            } while noticeChange()
            // Unless somebody has asked for it meanwhile.
            if isStale { reload() }
        }
    }

    /// Loads now: SIGHUP. The outcome goes to `onReload` too.
    @discardableResult
    func reload() -> Outcome {
        let outcome: Outcome
        let watched: [String]
        // What is loaded now is no change when it is looked for next.
        noticeChange()
        isStale = false
        do {
            let configuration = try load()
            try configuration.mustNotHaveLost(current)
            current = configuration
            outcome = .success(configuration)
            watched = configuration.watchedFiles
        } catch {
            outcome = .failure(error)
            watched = error.watchedFiles + seen.keys  // nothing is forgotten that may be put right
        }
        seen = watched.reduce(into: [:]) { states, path in
            states[path] = seen[path] ?? Self.state(of: path, before: nil)
        }
        onReload(outcome)
        return outcome
    }

    /// Whether a file's contents differ from what was seen last; from then on they are what was seen.
    @discardableResult
    private func noticeChange() -> Bool {
        var isChanged = false
        for (path, before) in seen {
            let now = Self.state(of: path, before: before)
            if now.digest != before.digest { isChanged = true }
            seen[path] = now
        }
        if isChanged { isStale = true }
        return isChanged
    }

    private static func state(of path: String, before: State?) -> State {
        let stamp = FileContents.stamp(of: path)
        if let before, before.stamp == stamp { return before }
        return State(stamp: stamp, digest: ((try? FileContents.bytes(of: path)) ?? nil).hashValue)
    }
}
