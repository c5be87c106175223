import Foundation
import GRDB
import Testing
import WireFormats

@testable import LLMGateway

@Suite struct LedgerTests {
    private typealias Fixtures = LedgerFixtures
    /// 21 November 2026, 09:30 UTC.
    private let now: Int64 = 1_795_253_400

    @Test func `calls of an hour are one row for each key, model and price, added to by whoever comes`() async throws {
        let path = StateFixtures.path()
        let (one, other) = (Fixtures.ledger(path), Fixtures.ledger(path))
        one.add(Fixtures.call(at: now, input: 10, cachedInput: 4, output: 3, picodollars: 60), on: 0)
        one.add(Fixtures.call(at: now + 60, input: 1, output: 1, picodollars: 12), on: 1)
        await one.flush()
        other.add(Fixtures.call(at: now + 120, input: 100, picodollars: 250), on: 5)
        other.add(Fixtures.call(at: now, price: nil, output: 7, picodollars: nil), on: 0)
        other.add(Fixtures.call(at: now + 1800, input: 1000), on: 0)
        await other.flush()

        let rows = try Fixtures.rows(
            path,
            """
            SELECT hour, requests, input, cached_input, output, picodollars, unpriced, price FROM ledger_hour
            ORDER BY hour, price
            """)
        let (hour, price) = ("\(now / 3600)", #"{"input":2.5,"cached_input":1.25,"output":10.0}"#)
        #expect(
            rows == [
                [hour, "1", "0", "0", "7", "0", "1", ""], [hour, "3", "111", "4", "4", "322", "0", price],
                ["\(now / 3600 + 1)", "1", "1000", "0", "0", "0", "0", price],
            ])
        #expect(
            try await one.use() == [
                "team": Ledger.KeyUse(
                    requests: 5, inputTokens: 1115, outputTokens: 11, cost: Cost(picodollars: 322))
            ])
    }

    @Test func `what was spent is known by the day, also when its hours are forgotten`() async throws {
        let path = StateFixtures.path()
        let day: Int64 = 86_400
        let today = WallClock.now.seconds / day * day
        let ledger = Fixtures.ledger(path, limits: .init(retention: .seconds(3600)))
        for (age, dollars) in [(100, 1), (40, 2), (1, 4), (0, 8)] {
            let picodollars = dollars * Cost.picodollarsPerDollar
            ledger.add(Fixtures.call(at: today - Int64(age) * day, picodollars: picodollars), on: 0)
        }
        ledger.add(Fixtures.call(key: "other", at: today, picodollars: 1000), on: 0)
        func spent(since time: Int64) async throws -> Int64 { try await ledger.spent(by: "team", since: time) }
        for _ in 0..<2 {
            #expect(try await spent(since: today) == 8_000_000_000)
            #expect(try await spent(since: today - day) == 12_000_000_000)
            #expect(try await spent(since: today - 60 * day) == 14_000_000_000)
            #expect(try await spent(since: .min) == 15_000_000_000)
            #expect(try await ledger.spent(by: "other", since: today) == 1)
            #expect(try await ledger.spent(by: "nobody", since: .min) == 0)
            let kept = try Fixtures.rows(path, "SELECT count(*) FROM ledger_hour WHERE hour < \(today / 3600 - 1)")
            #expect(kept == [["0"]])
        }
        // What is too old for any budget's period is one sum.
        #expect(
            try Fixtures.rows(path, "SELECT day, picodollars FROM ledger_key_day WHERE key = 'team' ORDER BY day")
                .first == ["0", "\(Cost.picodollarsPerDollar)"])
    }

    @Test func `the oldest hours go when all take too much, and the file gets smaller`() async throws {
        let path = StateFixtures.path()
        let hour = WallClock.now.seconds / 3600 - 50
        let roomy = Fixtures.ledger(path)
        for age in 0..<50 {
            for model in 0..<200 {
                let name = "model-\(model)-\(String(repeating: "x", count: 100))"
                roomy.add(Fixtures.call(at: (hour + Int64(age)) * 3600, model: name, output: 1), on: 0)
            }
        }
        await roomy.flush()
        #expect(try Fixtures.rows(path, "SELECT count(*) FROM ledger_hour") == [["10000"]])
        let pages = "SELECT * FROM pragma_page_count()"
        let before = try #require(Int(try Fixtures.rows(path, pages)[0][0]))

        let tight = Fixtures.ledger(path, limits: .init(bytes: 400_000))
        tight.add(Fixtures.call(key: "late", at: (hour + 50) * 3600), on: 0)
        await tight.flush()
        let left = try Fixtures.rows(path, "SELECT count(*), min(hour), max(hour) FROM ledger_hour")[0]
        let (count, oldest) = (try #require(Int(left[0])), try #require(Int64(left[1])))
        #expect(count > 1000 && count < 2500 && oldest > hour + 30)
        #expect(left[2] == "\(hour + 50)")
        let after = try #require(Int(try Fixtures.rows(path, pages)[0][0]))
        #expect(after < before / 2, "\(before) pages became \(after)")
        #expect(after * 4096 < 1_000_000)
        #expect(try await tight.use()["team"]?.requests == 10_000)
    }

    @Test func `the hour that is under way stays, also when it is too much by itself`() async throws {
        let path = StateFixtures.path()
        let hour = WallClock.now.seconds / 3600
        let tight = Fixtures.ledger(path, limits: .init(bytes: 1000))
        for model in 0..<200 {
            for age in 0..<3 {
                tight.add(Fixtures.call(at: (hour - Int64(age)) * 3600, model: "model-\(model)", output: 1), on: 0)
            }
        }
        await tight.flush()
        let left = try Fixtures.rows(path, "SELECT count(*), min(hour) FROM ledger_hour")[0]
        #expect(left == ["200", "\(hour)"])
    }

    @Test func `an attempt that another one followed adds what it cost, and no request`() async throws {
        let path = StateFixtures.path()
        let ledger = Fixtures.ledger(path)
        let attempts = [("first", 5), ("second", 7)].map { provider, picodollars in
            BilledAttempt(
                provider: provider, model: "m", usage: TokenUsage(inputUncached: 1), price: nil,
                cost: Cost(picodollars: picodollars))
        }
        ledger.add(FinishedCall(keyName: "team", time: now, tags: nil, attempts: attempts), on: 0)
        ledger.add(FinishedCall(keyName: "team", time: now, tags: nil, attempts: []), on: 0)
        await ledger.flush()
        let rows = try Fixtures.rows(path, "SELECT provider, requests, picodollars FROM ledger_hour ORDER BY provider")
        #expect(rows == [["first", "0", "5"], ["second", "1", "7"]])
        #expect(try await ledger.use()["team"]?.requests == 1)
    }

    @Test func `tags have sums of their own, and there is an end to them`() async throws {
        let path = StateFixtures.path()
        let limits = Ledger.Limits(waiting: .init(rows: 100, tags: 3))
        let ledger = Fixtures.ledger(path, limits: limits)
        ledger.add(Fixtures.call(input: 1, output: 2, picodollars: 3, tags: "team=a, run=1"), on: 0)
        ledger.add(Fixtures.call(input: 10, tags: "team=a"), on: 0)
        await ledger.flush()
        for run in 2..<9 { ledger.add(Fixtures.call(tags: "run=\(run)"), on: 0) }
        await ledger.flush()
        let rows = try Fixtures.rows(
            path, "SELECT tag, requests, input, output, picodollars FROM ledger_tag_hour ORDER BY requests, tag")
        #expect(rows.count == 4)
        #expect(rows.contains(["team=a", "2", "11", "2", "3"]) && rows.contains(["run=1", "1", "1", "2", "3"]))
        #expect(rows.last == ["other", "6", "0", "0", "0"])
    }

    @Test func `while the store can't be written nothing is lost, and memory stays bounded`() async throws {
        let path = StateFixtures.path()
        let limits = Ledger.Limits(waiting: .init(rows: 50, tags: 5))
        let ledger = Fixtures.ledger(path, limits: limits)
        ledger.add(Fixtures.call(), on: 0)
        await ledger.flush()
        let lock = try DatabaseQueue(path: path)
        try await lock.write { try $0.execute(sql: "DROP TABLE ledger_tag_hour") }
        for model in 0..<500 {
            ledger.add(Fixtures.call(model: "m\(model)", output: 1, tags: "t=\(model)"), on: model)
            if model % 100 == 99 { await ledger.flush() }
        }
        #expect(try Fixtures.rows(path, "SELECT sum(requests) FROM ledger_hour") == [["1"]])
        let schema = try #require(
            Ledger.migrations.first?.sql.split(separator: ";").first { $0.contains("ledger_tag") })
        try await lock.write { try $0.execute(sql: String(schema)) }
        await ledger.flush()
        #expect(try Fixtures.rows(path, "SELECT sum(requests), sum(output) FROM ledger_hour") == [["501", "500"]])
        let rows = try Fixtures.rows(path, "SELECT count(*) FROM ledger_hour")
        #expect(try #require(Int(rows[0][0])) <= 102)
        #expect(try Fixtures.rows(path, "SELECT sum(requests) FROM ledger_key_day") == [["501"]])
    }

    @Test func `numbers beyond all bounds stay at the largest, and hurt nobody`() async throws {
        let path = StateFixtures.path()
        let ledger = Fixtures.ledger(path)
        for _ in 0..<3 {
            for _ in 0..<3 { ledger.add(Fixtures.call(input: .max, cachedInput: .max, picodollars: .max), on: 0) }
            await ledger.flush()
        }
        let use = try #require(try await ledger.use()["team"])
        #expect(use.requests == 9 && use.inputTokens >= 9 * TokenUsage.most)
        #expect(try await ledger.spent(by: "team", since: .min) > 8_000_000_000_000_000)
    }

    @Test func `a ledger without a store has nothing to tell, and makes none`() async throws {
        let path = StateFixtures.path()
        let ledger = Fixtures.ledger(path)
        #expect(try await ledger.use().isEmpty)
        #expect(try await ledger.spent(by: "team", since: .min) == 0)
        await ledger.flush()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a store of an older version gets the new tables and keeps what it has`() async throws {
        let path = StateFixtures.path()
        let response = StateFixtures.response("old")
        let older = StateDatabase(
            path: path, migrations: ResponseSeals.migrations + StoredResponses.migrations,
            logger: StateFixtures.logger)
        let stored = StoredResponses(older, secret: nil, logger: StateFixtures.logger)
        stored.keep(response)
        await stored.flush()

        let ledger = Fixtures.ledger(path)
        ledger.add(Fixtures.call(), on: 0)
        await ledger.flush()
        #expect(try await ledger.use()["team"]?.requests == 1)
        #expect(try await StateFixtures.responses(path).answer(response.id) == response.answer)
        // And the older one goes on beside it.
        stored.keep(StateFixtures.response("later"))
        await stored.flush()
        #expect(try Fixtures.rows(path, "SELECT count(*) FROM stored_response") == [["2"]])
    }

    @Test(arguments: [
        ("team=search, run=42", ["team=search", "run=42"]), ("a=1,a=1,a=2", ["a=1", "a=2"]), ("", []),
        ("plain,=x,y=,,ok=1=2", ["ok=1=2"]), ("k=" + String(repeating: "v", count: 127) + ",b=1", ["b=1"]),
        ((0..<20).map { "k\($0)=v" }.joined(separator: ","), (0..<8).map { "k\($0)=v" }),
    ])
    func `tags are names with values, few and short`(header: String, tags: [String]) {
        #expect(LedgerTags.tags(in: header) == tags)
    }
}
