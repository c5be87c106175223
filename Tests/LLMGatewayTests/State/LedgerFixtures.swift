import Foundation
import GRDB

@testable import LLMGateway

/// Ledgers of a test's own, and what lies in them.
enum LedgerFixtures {
    static let price = Price(
        Price.Rates(
            input: Price.Rate(dollarsPerMillion: 2.5), cachedInput: Price.Rate(dollarsPerMillion: 1.25),
            output: Price.Rate(dollarsPerMillion: 10)))

    static func ledger(
        _ path: String, limits: Ledger.Limits = Ledger.Limits(), shards: Int = 2
    ) -> Ledger {
        Ledger(StateFixtures.database(path), limits: limits, shards: shards, logger: StateFixtures.logger)
    }

    static func entry(
        _ key: String = "team", model: String = "gpt-x", price: Price? = price, requests: Int64 = 1, input: Int64 = 0,
        cachedInput: Int64 = 0, output: Int64 = 0, picodollars: Int = 0, tags: [String] = []
    ) -> LedgerEntry {
        LedgerEntry(
            key: key, provider: "openai", model: model, price: price,
            use: LedgerUse(
                requests: requests, input: input, cachedInput: cachedInput, output: output,
                cost: Cost(picodollars: picodollars)), tags: tags)
    }

    /// The rows of a query, each as its columns' texts.
    static func rows(_ path: String, _ sql: String) throws -> [[String]] {
        try DatabaseQueue(path: path).read { database in
            try Row.fetchAll(database, sql: sql).map { row in
                row.databaseValues.map { String.fromDatabaseValue($0) ?? "\($0)" }
            }
        }
    }
}
