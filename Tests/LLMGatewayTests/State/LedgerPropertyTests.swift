import Foundation
import Testing
import WireFormats

@testable import LLMGateway

/// The ledger beside a model of it that is nothing but dictionaries.
@Suite struct LedgerPropertyTests {
    private struct Cell: Hashable {
        let hour: Int64
        let key: String
        let model: String
    }

    @Test(arguments: 1...8)
    func `totals are those of all calls, whoever wrote them, however often anyone starts anew`(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let path = StateFixtures.path()
        var ledgers = (0..<3).map { _ in LedgerFixtures.ledger(path, shards: 3) }
        var cells: [Cell: LedgerUse] = [:]
        let start = WallClock.now.seconds - 40 * 3600

        for _ in 0..<400 {
            let at = Int.random(in: ledgers.indices, using: &random)
            switch Int.random(in: 0..<20, using: &random) {
            case 0: await ledgers[at].flush()
            case 1:
                // A process ends in order, and another one takes its place.
                await ledgers[at].flush()
                ledgers[at] = LedgerFixtures.ledger(path, shards: Int.random(in: 1...4, using: &random))
            case 2:
                let (one, other) = (ledgers[0], ledgers[1])
                async let both: Void = one.flush()
                await other.flush()
                await both
            default:
                let time = start + Int64.random(in: 0..<40 * 3600, using: &random)
                let (key, model) = (["a", "b", ""][Int.random(in: 0..<3, using: &random)], "m\(time % 4)")
                var call = LedgerFixtures.call(
                    key: key, at: time, model: model, input: Int.random(in: 0..<1000, using: &random),
                    output: Int.random(in: 0..<1000, using: &random),
                    picodollars: Int.random(in: 0..<1_000_000_000, using: &random))
                if Bool.random(using: &random) {
                    call = FinishedCall(
                        keyName: key, time: time, tags: nil, attempts: call.attempts + call.attempts)
                }
                ledgers[at].add(call, on: Int.random(in: 0..<8, using: &random))
                for (index, attempt) in call.attempts.enumerated() {
                    cells[Cell(hour: time / 3600, key: key, model: model), default: LedgerUse()] += LedgerUse(
                        requests: index == 0 ? 1 : 0, input: Int64(attempt.usage.input),
                        output: Int64(attempt.usage.output), cost: attempt.cost ?? .zero)
                }
            }
        }
        for ledger in ledgers { await ledger.flush() }

        let rows = try LedgerFixtures.rows(
            path, "SELECT hour, key, model, requests, input, output, picodollars FROM ledger_hour")
        let kept = Dictionary(uniqueKeysWithValues: rows.map { ($0[0] + "|" + $0[1] + "|" + $0[2], Array($0[3...])) })
        let expected = Dictionary(
            uniqueKeysWithValues: cells.map { cell, use in
                (
                    "\(cell.hour)|\(cell.key)|\(cell.model)",
                    ["\(use.requests)", "\(use.input)", "\(use.output)", "\(use.cost.picodollars)"]
                )
            })
        #expect(kept == expected)

        let uses = try await ledgers[0].use()
        for key in ["a", "b", ""] {
            let own = cells.filter { $0.key.key == key }
            let all = own.values.reduce(into: LedgerUse()) { $0 += $1 }
            #expect(
                uses[key]
                    == Ledger.KeyUse(
                        requests: all.requests, inputTokens: all.input, outputTokens: all.output, cost: all.cost))
            let day = WallClock.now.seconds / 86_400
            let today = own.filter { $0.key.hour / 24 == day }.values.reduce(into: LedgerUse()) { $0 += $1 }.cost
            #expect(try await ledgers[1].spent(by: key, since: day * 86_400) == today.nanodollars)
        }
    }
}
