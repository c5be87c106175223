import Foundation
import GRDB

/// How the ledger lies in the store: what was used in each hour, which is forgotten in time; what each key used on each
/// day, which budgets need and which stays small; and what belongs to each of the clients' tags.
extension Ledger {
    static let migrations = [
        StateMigration(
            name: "ledger-1",
            sql: """
                CREATE TABLE ledger_hour (
                    hour INTEGER NOT NULL,
                    key TEXT NOT NULL,
                    provider TEXT NOT NULL,
                    model TEXT NOT NULL,
                    price TEXT NOT NULL,
                    requests INTEGER NOT NULL,
                    input INTEGER NOT NULL,
                    cached_input INTEGER NOT NULL,
                    cache_write INTEGER NOT NULL,
                    output INTEGER NOT NULL,
                    reasoning INTEGER NOT NULL,
                    picodollars INTEGER NOT NULL,
                    unpriced INTEGER NOT NULL,
                    PRIMARY KEY (hour, key, provider, model, price)
                ) WITHOUT ROWID;
                CREATE TABLE ledger_key_day (
                    key TEXT NOT NULL,
                    day INTEGER NOT NULL,
                    requests INTEGER NOT NULL,
                    input INTEGER NOT NULL,
                    output INTEGER NOT NULL,
                    picodollars INTEGER NOT NULL,
                    PRIMARY KEY (key, day)
                ) WITHOUT ROWID;
                CREATE TABLE ledger_tag_hour (
                    hour INTEGER NOT NULL,
                    tag TEXT NOT NULL,
                    requests INTEGER NOT NULL,
                    input INTEGER NOT NULL,
                    output INTEGER NOT NULL,
                    picodollars INTEGER NOT NULL,
                    PRIMARY KEY (hour, tag)
                ) WITHOUT ROWID;
                """)
    ]

    /// Days that are kept one by one, for the periods of budgets; what came before is one sum, of day 0.
    private static let days: Int64 = 62

    // MARK: Writing

    /// - Parameter mostTags: That are told apart in an hour.
    static func write(_ sums: LedgerSums, mostTags: Int, into database: Database) throws {
        struct KeyDay: Hashable {
            let key: String
            let day: Int64
        }
        let hours = try database.cachedStatement(
            sql: """
                INSERT INTO ledger_hour VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, input = input + excluded.input,
                    cached_input = cached_input + excluded.cached_input,
                    cache_write = cache_write + excluded.cache_write, output = output + excluded.output,
                    reasoning = reasoning + excluded.reasoning, picodollars = picodollars + excluded.picodollars,
                    unpriced = unpriced + excluded.unpriced
                """)
        var byDay: [KeyDay: LedgerUse] = [:]
        for (row, use) in sums.rows {
            try hours.execute(
                arguments: [
                    row.hour, row.key, row.provider, row.model, row.price?.json ?? "", use.requests, use.input,
                    use.cachedInput, use.cacheWrite, use.output, use.reasoning, use.cost.picodollars, use.unpriced,
                ])
            byDay[KeyDay(key: row.key, day: row.hour / 24), default: LedgerUse()] += use
        }
        let days = try database.cachedStatement(
            sql: "INSERT INTO ledger_key_day VALUES (?, ?, ?, ?, ?, ?) \(addingTotals)")
        for (row, use) in byDay { try days.execute(arguments: [row.key, row.day] + totals(use)) }
        for (row, use) in sums.tags { try write(use, of: row, mostTags: mostTags, into: database) }
    }

    private static let addingTotals = """
        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, input = input + excluded.input,
            output = output + excluded.output, picodollars = picodollars + excluded.picodollars
        """

    private static func totals(_ use: LedgerUse) -> StatementArguments {
        [use.requests, use.allInput, use.output, use.cost.picodollars]
    }

    private static func write(_ use: LedgerUse, of row: LedgerSums.Tag, mostTags: Int, into database: Database) throws {
        let isKnown =
            try Bool.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM ledger_tag_hour WHERE hour = ?1 AND tag = ?2)
                            OR (SELECT count(*) FROM ledger_tag_hour WHERE hour = ?1 AND tag <> ?4) < ?3
                        """), arguments: [row.hour, row.tag, mostTags, LedgerSums.other]) ?? false
        try database.cachedStatement(sql: "INSERT INTO ledger_tag_hour VALUES (?, ?, ?, ?, ?, ?) \(addingTotals)")
            .execute(arguments: [row.hour, isKnown ? row.tag : LedgerSums.other] + totals(use))
    }

    // MARK: Forgetting

    static func sweep(_ database: Database, to limits: Limits, at now: Int64) throws {
        let oldest = (now - limits.retention.components.seconds) / 3600
        // An estimate: the texts, and as much for the numbers and the tree as there usually is.
        let firstTooMany = try Int64.fetchOne(
            database,
            sql: """
                SELECT max(hour) FROM (
                    SELECT hour, sum(size) OVER (ORDER BY hour DESC) AS total FROM (
                        SELECT hour, sum(size) AS size FROM (
                            SELECT hour, 48 + length(key) + length(provider) + length(model) + length(price) AS size
                            FROM ledger_hour
                            UNION ALL
                            SELECT hour, 32 + length(tag) FROM ledger_tag_hour
                        ) GROUP BY hour
                    )
                ) WHERE total > ?
                """,
            arguments: [limits.bytes])
        // The hour that is under way stays, however much it is: what is written now is what somebody asks for next.
        let kept = max(oldest, firstTooMany.map { min($0 + 1, now / 3600) } ?? oldest)
        for table in ["ledger_hour", "ledger_tag_hour"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE hour < ?", arguments: [kept])
        }
        let firstDay = now / 86_400 - days
        try database.execute(
            sql: """
                INSERT INTO ledger_key_day
                SELECT key, 0, \(sum("requests")), \(sum("input")), \(sum("output")), \(sum("picodollars"))
                FROM ledger_key_day WHERE day > 0 AND day < ? GROUP BY key
                \(addingTotals)
                """,
            arguments: [firstDay])
        try database.execute(sql: "DELETE FROM ledger_key_day WHERE day > 0 AND day < ?", arguments: [firstDay])
        // What is free at the end of the file goes back to the system.
        try database.execute(sql: "PRAGMA incremental_vacuum")
    }

    // MARK: Reading

    /// Sums in the words of Swift: what upstreams said may be too large for SQLite's own whole numbers.
    private static func sum(_ column: String) -> String { "CAST(min(total(\(column)), 9e18) AS INTEGER)" }

    static func use(_ database: Database) throws -> [String: KeyUse] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT key, \(sum("requests")) AS requests, \(sum("input")) AS input, \(sum("output")) AS output,
                    \(sum("picodollars")) AS picodollars
                FROM ledger_key_day GROUP BY key
                """)
        return rows.reduce(into: [:]) { use, row in
            use[row["key"]] = KeyUse(
                requests: row["requests"], inputTokens: row["input"], outputTokens: row["output"],
                cost: Cost(picodollars: row["picodollars"]))
        }
    }

    static func spent(_ database: Database, by key: String, since time: Int64) throws -> Cost {
        let picodollars = try Int.fetchOne(
            database,
            sql: "SELECT \(sum("picodollars")) FROM ledger_key_day WHERE key = ? AND day >= ?",
            arguments: [key, time == .min ? time : time / 86_400])
        return Cost(picodollars: picodollars ?? 0)
    }
}
