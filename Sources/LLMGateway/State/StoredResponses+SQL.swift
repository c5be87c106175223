import Foundation
import GRDB

/// How responses lie in the store: each turn once, with the one before it; and the dialogues that they belong to, which
/// are forgotten as a whole.
extension StoredResponses {
    static let migrations = [
        StateMigration(
            name: "responses-1",
            sql: """
                CREATE TABLE stored_dialogue (
                    id BLOB PRIMARY KEY NOT NULL,
                    used_at INTEGER NOT NULL
                );
                CREATE TABLE stored_response (
                    id BLOB PRIMARY KEY NOT NULL,
                    dialogue BLOB NOT NULL REFERENCES stored_dialogue (id) ON DELETE CASCADE,
                    parent BLOB,
                    client_key TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    is_deleted INTEGER NOT NULL DEFAULT 0,
                    size INTEGER NOT NULL,
                    input BLOB NOT NULL,
                    answer BLOB NOT NULL
                );
                CREATE INDEX stored_response_dialogue ON stored_response (dialogue, size);
                CREATE INDEX stored_response_parent ON stored_response (parent);
                """)
    ]

    static func insert(_ response: StoredResponse, into database: Database, at now: Int64) throws {
        let dialogue = Data(response.dialogue.bytes)
        try database.execute(
            sql: """
                INSERT INTO stored_dialogue (id, used_at) VALUES (?, ?)
                ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at
                """,
            arguments: [dialogue, now])
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO stored_response (id, dialogue, parent, client_key, created_at, size, input, answer)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                Data(response.id.bytes), dialogue, response.parent.map { Data($0.bytes) }, response.key, now,
                response.size, Data(response.input), Data(response.answer),
            ])
    }

    /// - Parameter mayBeDeleted: Whether a later answer is gone on from, and not this one.
    static func dialogue(
        endingWith id: StoredResponse.ID, longest: Int, mayBeDeleted: Bool, in database: Database
    ) throws -> Finding {
        let chain = """
            WITH RECURSIVE chain (id, parent, depth) AS (
                SELECT id, parent, 0 FROM stored_response WHERE id = ? AND (? OR NOT is_deleted)
                UNION
                SELECT earlier.id, earlier.parent, depth + 1 FROM stored_response AS earlier
                JOIN chain ON earlier.id = chain.parent
            )
            """
        let start: StatementArguments = [Data(id.bytes), mayBeDeleted]
        let size = try Int.fetchOne(
            database, sql: "\(chain) SELECT sum(size) FROM chain JOIN stored_response USING (id)", arguments: start)
        guard let size else { return .unknown }
        guard size <= longest else { return .tooLong }

        let rows = try Row.fetchAll(
            database,
            sql: """
                \(chain) SELECT dialogue, stored_response.parent AS parent, input, answer
                FROM chain JOIN stored_response USING (id) ORDER BY depth DESC
                """,
            arguments: start)
        // One that goes on from what is no longer there is no dialogue any more: half of it would be taken for the whole.
        guard let first = rows.first, first["parent"] == nil as Data?,
            let root = StoredResponse.ID(Array(first["dialogue"] as Data))
        else { return .unknown }
        let turns = rows.map { row in
            Turn(input: Array(row["input"] as Data), answer: Array(row["answer"] as Data))
        }
        return .dialogue(Dialogue(id: root, turns: turns))
    }

    static func delete(_ id: StoredResponse.ID, from database: Database) throws -> Bool {
        var next: Data? = Data(id.bytes)
        let dialogue = try Data.fetchOne(
            database,
            sql: "UPDATE stored_response SET is_deleted = 1 WHERE id = ? AND NOT is_deleted RETURNING dialogue",
            arguments: [next])
        guard let dialogue else { return false }
        // Nobody can go on from it any more, unless by way of a later answer. What was deleted before it may be free now.
        while let id = next {
            let row = try Row.fetchOne(
                database,
                sql: """
                    DELETE FROM stored_response WHERE id = ?1 AND is_deleted
                    AND NOT EXISTS (SELECT 1 FROM stored_response AS later WHERE later.parent = ?1)
                    RETURNING parent
                    """,
                arguments: [id])
            next = row?["parent"]
        }
        try database.execute(
            sql: """
                DELETE FROM stored_dialogue WHERE id = ?1
                AND NOT EXISTS (SELECT 1 FROM stored_response WHERE dialogue = ?1)
                """,
            arguments: [dialogue])
        return true
    }

    /// Forgets the dialogues that nobody has gone on with for long, and the oldest where all are too large.
    func sweep(_ database: Database, at now: Int64) throws {
        try database.execute(
            sql: "DELETE FROM stored_dialogue WHERE used_at < ?", arguments: [now - limits.age.components.seconds])
        try database.execute(
            sql: """
                DELETE FROM stored_dialogue WHERE id IN (
                    SELECT id FROM (
                        SELECT id, sum(size) OVER (ORDER BY used_at DESC, id) AS total
                        FROM stored_dialogue JOIN (
                            SELECT dialogue, sum(size) AS size FROM stored_response GROUP BY dialogue
                        ) ON dialogue = id
                    ) WHERE total > ?
                )
                """,
            arguments: [limits.bytes])
    }
}
