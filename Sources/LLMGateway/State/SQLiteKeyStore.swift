import GRDB
import Synchronization

/// The keys that were made at run time, in the store's file. Processes that share the file share the keys.
final class SQLiteKeyStore: RunTimeKeyStore {
    private let database: StateDatabase
    private let known = Mutex<Known?>(nil)

    /// What was read last. The version counts the changes, whoever made them: so to look for news costs next to nothing.
    private struct Known {
        let version: Int64
        let keys: [RunTimeKey]
    }

    static let migrations = [
        StateMigration(
            name: "keys-1",
            sql: """
                CREATE TABLE run_time_key (
                    name TEXT PRIMARY KEY NOT NULL,
                    digest TEXT NOT NULL,
                    entry TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    expires_at INTEGER
                );
                CREATE TABLE run_time_key_version (version INTEGER NOT NULL);
                INSERT INTO run_time_key_version (version) VALUES (1);
                CREATE TRIGGER run_time_key_made AFTER INSERT ON run_time_key
                BEGIN UPDATE run_time_key_version SET version = version + 1; END;
                CREATE TRIGGER run_time_key_revoked AFTER DELETE ON run_time_key
                BEGIN UPDATE run_time_key_version SET version = version + 1; END;
                """)
    ]

    init(_ database: StateDatabase) { self.database = database }

    func entries() async throws(StateUnavailable) -> [RunTimeKey] {
        // Nothing is made only to find that there is nothing in it.
        guard database.exists else { return [] }
        let known = known.withLock { $0 }
        let news = try await database.read { database -> Known? in
            let version = try Int64.fetchOne(database, sql: "SELECT version FROM run_time_key_version") ?? 0
            guard version != known?.version else { return nil }
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT name, digest, entry, created_at, expires_at FROM run_time_key ORDER BY name")
            return Known(
                version: version,
                keys: rows.map { row in
                    RunTimeKey(
                        name: row["name"], digest: row["digest"], json: row["entry"], createdAt: row["created_at"],
                        expiresAt: row["expires_at"])
                })
        }
        guard let news else { return known?.keys ?? [] }
        self.known.withLock { $0 = news }
        return news.keys
    }

    func insert(_ key: RunTimeKey) async throws(StateUnavailable) -> Bool {
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO run_time_key (name, digest, entry, created_at, expires_at)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [key.name, key.digest, key.json, key.createdAt, key.expiresAt])
            return database.changesCount > 0
        }
    }

    func delete(_ name: String) async throws(StateUnavailable) -> Bool {
        guard database.exists else { return false }
        return try await database.write { database in
            try database.execute(sql: "DELETE FROM run_time_key WHERE name = ?", arguments: [name])
            return database.changesCount > 0
        }
    }
}
