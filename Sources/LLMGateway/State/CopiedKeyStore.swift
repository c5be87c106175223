import Foundation
import GRDB
import Synchronization

/// Keys that are kept in a place which may be out of reach, with a copy of them at hand: a gateway that starts meanwhile
/// goes on with the keys that there were last.
final class CopiedKeyStore: RunTimeKeyStore {
    private let original: any RunTimeKeyStore
    private let database: StateDatabase
    /// What was read last of the original; nil: it was never reached.
    private let read = Mutex<[RunTimeKey]?>(nil)

    static let migrations = [
        StateMigration(name: "key-copy-1", sql: "CREATE TABLE run_time_key_copy (entries BLOB NOT NULL);")
    ]

    init(_ original: any RunTimeKeyStore, in database: StateDatabase) {
        (self.original, self.database) = (original, database)
    }

    func entries() async throws(StateUnavailable) -> [RunTimeKey] {
        let entries: [RunTimeKey]
        do throws(StateUnavailable) { entries = try await original.entries() } catch {
            // Who has read them once knows more than the copy does.
            guard read.withLock({ $0 }) == nil else { throw error }
            return try await copy()
        }
        let isNew = read.withLock { last in
            defer { last = entries }
            return last != entries
        }
        if isNew { keep(entries) }
        return entries
    }

    func insert(_ key: RunTimeKey) async throws(StateUnavailable) -> Bool { try await original.insert(key) }

    func delete(_ name: String) async throws(StateUnavailable) -> Bool { try await original.delete(name) }

    private func copy() async throws(StateUnavailable) -> [RunTimeKey] {
        guard database.exists else { return [] }
        let json = try await database.read { try Data.fetchOne($0, sql: "SELECT entries FROM run_time_key_copy") }
        guard let json else { return [] }
        guard let entries = try? JSONDecoder().decode([RunTimeKey].self, from: json) else {
            throw StateUnavailable(reason: "the copy of the keys can't be read")
        }
        return entries
    }

    /// Nobody waits for it; a store that can't be used tells so itself.
    private func keep(_ entries: [RunTimeKey]) {
        guard !entries.isEmpty || database.exists, let json = try? JSONEncoder().encode(entries) else { return }
        database.write { database in
            try database.execute(sql: "DELETE FROM run_time_key_copy")
            try database.execute(sql: "INSERT INTO run_time_key_copy (entries) VALUES (?)", arguments: [json])
        } then: { _ in
        }
    }
}
