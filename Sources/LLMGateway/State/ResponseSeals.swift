import Foundation
import GRDB
import Synchronization

/// What the ids of stored responses are sealed with: the secret of the configuration, else one that the store keeps.
final class ResponseSeals: Sendable {
    private let database: StateDatabase
    private let state: Mutex<State>

    private struct State {
        /// What everyone who shares the secret can open.
        var lasting: ResponseSeal?
        /// Stands in while the store can't be used: what it seals, this process alone can open.
        var passing: ResponseSeal?
    }

    static let migrations = [
        StateMigration(
            name: "secrets-1", sql: "CREATE TABLE secret (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL);")
    ]

    /// - Parameter secret: `store.secret`; nil: made once, and kept in the store.
    init(_ database: StateDatabase, secret: Secret?) {
        self.database = database
        state = Mutex(State(lasting: secret.map { ResponseSeal(secret: Data($0.reveal().utf8)) }))
    }

    /// What to seal a new id with. Waits for the store the first time, if the configuration has no secret.
    func current() async -> ResponseSeal {
        if let lasting = state.withLock({ $0.lasting }) { return lasting }
        do throws(StateUnavailable) {
            let secret = try await database.write { database in
                try database.execute(
                    sql: "INSERT OR IGNORE INTO secret (name, value) VALUES ('responses', ?)",
                    arguments: [ResponseSeal.newSecret()])
                return try Data.fetchOne(database, sql: "SELECT value FROM secret WHERE name = 'responses'") ?? Data()
            }
            let seal = ResponseSeal(secret: secret)
            state.withLock { $0.lasting = seal }
            return seal
        } catch {
            return state.withLock { state in
                let seal = state.passing ?? ResponseSeal(secret: ResponseSeal.newSecret())
                state.passing = seal
                return seal
            }
        }
    }

    /// What an id stands for; nil for one that nobody sealed, or that was sealed for another key.
    func open(_ id: String, for key: String) async -> ResponseName? {
        let seal = await current()
        if let name = seal.open(id, for: key) { return name }
        return state.withLock { $0.passing }?.open(id, for: key)
    }
}
