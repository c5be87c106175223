import Foundation
import GRDB

/// The secret in the store.
extension ResponseSeals {
    static let migrations = [
        StateMigration(
            name: "secrets-1", sql: "CREATE TABLE secret (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL);")
    ]

    convenience init(_ database: StateDatabase, secret: Secret?) {
        self.init(secret: secret) { new throws(StateUnavailable) in
            try await database.write { database in
                try database.execute(
                    sql: "INSERT OR IGNORE INTO secret (name, value) VALUES ('responses', ?)", arguments: [new])
                return try Data.fetchOne(database, sql: "SELECT value FROM secret WHERE name = 'responses'") ?? Data()
            }
        }
    }
}
