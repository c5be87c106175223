import Glibc
import Synchronization

/// How many connections a process may hold, to clients and to upstreams together: each takes one of its open files.
///
/// A process that has none left can't even look at itself: the runtime's own threads end it then. So some stay free for
/// everything else (files, the metrics port, stores, name lookups), and whoever would take the last ones waits or is
/// refused.
final class ConnectionAllowance: Sendable {
    /// Connections that may be open at once.
    let most: Int
    private let open = Atomic(0)

    /// - Parameter openFiles: The limit of open files.
    init(openFiles: Int) {
        most = max(openFiles - Self.reserve - Self.metricsConnections(openFiles: openFiles), 2)
    }

    /// The limit that is in force for this process.
    static var openFileLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// What is left for all that is no connection.
    private static let reserve = 64

    /// Connections to the metrics port, which has its own: probes and scrapes come through when clients have taken all.
    static func metricsConnections(openFiles: Int) -> Int { min(256, openFiles / 8) }

    /// Most connections to clients: the last third is for the upstreams that answer them.
    var clients: Int { most - most / 3 }

    /// Whether there is none left.
    var isSpent: Bool { open.load(ordering: .relaxed) >= most }

    /// Takes one if there is one.
    func take() -> Bool {
        guard open.add(1, ordering: .relaxed).newValue > most else { return true }
        open.subtract(1, ordering: .relaxed)
        return false
    }

    /// Counts one that is open already.
    func add() { open.add(1, ordering: .relaxed) }

    func giveBack() { open.subtract(1, ordering: .relaxed) }
}
