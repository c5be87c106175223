import Dispatch
import Foundation
import GRDB
import Logging
import Synchronization

/// A step in the making of the tables, which each store takes once. A feature has a list of them, and may add to its end;
/// what was released is never changed.
struct StateMigration: Sendable {
    /// Its own among all features' steps: `responses-1`.
    let name: String
    let sql: String
}

/// Why the store can't be used, for the operator.
struct StateUnavailable: Error, Equatable {
    let reason: String
}

/// The SQLite file that keeps what outlives a call; several processes may share it.
///
/// Opened when something is first kept or looked for, and never used on an event loop: writes happen one after the other
/// on a queue of their own, reads beside them. Its journal is written ahead, so that neither a crash nor a kill leaves half
/// of a write. A file that can't be opened is tried again later; the gateway does without it meanwhile.
final class StateDatabase: Sendable {
    let path: String
    private let migrations: [StateMigration]
    private let logger: Logger
    private let queue = DispatchQueue(label: "llm-gateway.state")
    private let opening = Mutex(Opening.untried)

    fileprivate enum Opening {
        case untried
        case open(DatabasePool)
        case failed(StateUnavailable, at: Instant)
    }

    /// How long a file that couldn't be opened is left alone.
    private static let retryAfter: Duration = .seconds(5)
    private let patience: Double

    /// - Parameter patience: How long one process waits for another that is writing, in seconds.
    init(path: String, migrations: [StateMigration], patience: Double = 5, logger: Logger) {
        (self.path, self.migrations, self.patience, self.logger) = (path, migrations, patience, logger)
    }

    // MARK: Using it

    /// Writes in a transaction, after all writes that were asked for before.
    ///
    /// - Parameter finish: Called on the store's own thread once the writes are kept, or with why they aren't.
    func write<Value: Sendable>(
        _ write: @escaping @Sendable (Database) throws -> Value,
        then finish: @escaping @Sendable (Result<Value, StateUnavailable>) -> Void
    ) {
        queue.async { [self] in
            finish(pool().flatMap { pool in Self.outcome { try pool.write(write) } })
        }
    }

    /// As ``write(_:then:)``, for those who can wait.
    func write<Value: Sendable>(
        _ write: @escaping @Sendable (Database) throws -> Value
    ) async throws(StateUnavailable) -> Value {
        try await withCheckedContinuation { continuation in
            self.write(write) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Reads what was kept up to now.
    func read<Value: Sendable>(
        _ read: @escaping @Sendable (Database) throws -> Value
    ) async throws(StateUnavailable) -> Value {
        let pool = try await openPool()
        return try await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                continuation.resume(returning: Self.outcome { try read(database.get()) })
            }
        }.get()
    }

    private func openPool() async throws(StateUnavailable) -> DatabasePool {
        if case .open(let pool) = opening.withLock({ $0 }) { return pool }
        return try await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: pool()) }
        }.get()
    }

    /// Whether something may have been kept: there is a database, or a file of which nobody can tell what it is.
    var exists: Bool {
        if case .open = opening.withLock({ $0 }) { return true }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            return false
        }
        return beginning.map { $0 == Self.signature } ?? true
    }

    /// How every database's file begins.
    private static let signature = Data("SQLite format 3\0".utf8)

    /// The file's first bytes; nil: it can't be read.
    private var beginning: Data? {
        // Nothing is read of a folder, which opens like a file.
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        return try? file.read(upToCount: Self.signature.count) ?? Data()
    }

    /// Whether it can be used, as far as anyone can tell. Opens it if need be.
    func isUsable() async -> Bool {
        switch opening.withLock({ $0 }) {
        case .open: return true
        case .failed(_, let time) where .now - time < Self.retryAfter: return false
        case .untried, .failed: break
        }
        return await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: (try? pool().get()) != nil) }
        }
    }

    /// Waits until all that was asked for before is done.
    func flush() async {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume() }
        }
    }

    private static func outcome<Value>(_ work: () throws -> Value) -> Result<Value, StateUnavailable> {
        Result(catching: work).mapError { StateUnavailable(reason: "\($0)") }
    }

    // MARK: Opening it

    /// On the queue only, so that there is one at a time who opens.
    private func pool() -> Result<DatabasePool, StateUnavailable> {
        switch opening.withLock({ $0 }) {
        case .open(let pool): return .success(pool)
        case .failed(let unavailable, let time) where .now - time < Self.retryAfter: return .failure(unavailable)
        case .untried, .failed: break
        }
        let opened = open()
        let isSameTrouble = opening.withLock { opening in
            defer { opening = opened.state }
            if case .failed(let before, _) = opening, case .failure(let now) = opened { return before == now }
            return false
        }
        switch opened {
        case .success: logger.info("the store is open", metadata: ["path": "\(path)"])
        case .failure where isSameTrouble: break
        case .failure(let unavailable):
            logger.error(
                "the store can't be used; what outlives a call is not kept",
                metadata: ["path": "\(path)", "reason": "\(unavailable.reason)"])
        }
        return opened
    }

    private func open() -> Result<DatabasePool, StateUnavailable> {
        Self.outcome {
            try makeFolder()
            var settings = GRDB.Configuration()
            settings.label = "llm-gateway.state"
            settings.busyMode = .timeout(patience)
            settings.maximumReaderCount = 4
            // Counts for new files only: those that free pages at their end can be cut off from.
            settings.prepareDatabase { database in
                if !database.configuration.readonly { try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            }
            var migrator = DatabaseMigrator()
            for migration in migrations {
                migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
            }
            return try alone {
                makeFile()
                return try Self.pool(path, settings, migrator)
            }
        }
    }

    /// Opens while no other process does: the change to write-ahead logging fails, where all else waits its turn, when
    /// two make one file at the same time. Who can't have the lock in time goes on without it.
    private func alone<Value>(_ open: () throws -> Value) rethrows -> Value {
        // A file of its own: to close the database's would give up what SQLite holds locked in it.
        let lock = Foundation.open(path + "-opening", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { return try open() }
        defer { close(lock) }
        let latest = Instant.now + .seconds(patience)
        while flock(lock, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR, .now < latest {
            // On a thread that waits for disks anyway.
            Thread.sleep(forTimeInterval: 0.02)
        }
        return try open()
    }

    private static func pool(
        _ path: String, _ settings: GRDB.Configuration, _ migrator: DatabaseMigrator
    ) throws -> DatabasePool {
        let pool = try DatabasePool(path: path, configuration: settings)
        try migrator.migrate(pool)
        return pool
    }

    /// For nobody else to read, as the file is: they hold what people said.
    private func makeFolder() throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Never takes the place of a file that somebody else has made meanwhile, and may be writing to.
    private func makeFile() {
        let file = Foundation.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if file >= 0 { close(file) }
    }

    /// How the file is, for those who look.
    enum Condition: Sendable, Equatable {
        /// Nothing was to be kept or looked for yet.
        case unopened
        case open
        case failed(reason: String)
    }

    var condition: Condition {
        switch opening.withLock({ $0 }) {
        case .untried: .unopened
        case .open: .open
        case .failed(let unavailable, _): .failed(reason: unavailable.reason)
        }
    }

    /// What will keep the store from being used, as far as that can be seen without making it; nil: nothing.
    func foreseeableTrouble() -> String? {
        let files = FileManager.default
        var isFolder: ObjCBool = false
        if files.fileExists(atPath: path, isDirectory: &isFolder) {
            if isFolder.boolValue { return "it is a folder" }
            if !files.isReadableFile(atPath: path) || !files.isWritableFile(atPath: path) {
                return "it may not be read and written"
            }
            let beginning = beginning ?? Data()
            if !beginning.isEmpty, beginning != Self.signature { return "it is no SQLite database" }
        }
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        while !files.fileExists(atPath: folder.path), folder.path != "/" { folder.deleteLastPathComponent() }
        return files.isWritableFile(atPath: folder.path) ? nil : "\(folder.path) may not be written"
    }
}

extension Result<DatabasePool, StateUnavailable> {
    fileprivate var state: StateDatabase.Opening {
        switch self {
        case .success(let pool): .open(pool)
        case .failure(let unavailable): .failed(unavailable, at: .now)
        }
    }
}
