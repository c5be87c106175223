import Foundation
import GRDB
import WireFormats

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

    /// A call of one attempt.
    static func call(
        key: String = "team", at time: Int64 = 1_795_253_400, model: String = "gpt-x", price: Price? = price,
        input: Int = 0, cachedInput: Int = 0, output: Int = 0, picodollars: Int? = 0, tags: String? = nil
    ) -> FinishedCall {
        let attempt = BilledAttempt(
            provider: "openai", model: model,
            usage: TokenUsage(inputUncached: input, cacheRead: cachedInput, output: output), price: price,
            cost: picodollars.map { Cost(picodollars: $0) })
        return FinishedCall(keyName: key, time: time, tags: tags, attempts: [attempt])
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
