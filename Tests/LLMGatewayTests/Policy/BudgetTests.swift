import Foundation
import Testing

@testable import LLMGateway

@Suite struct BudgetTests {
    /// Wednesday, 28 February 2024, 12:00:00 UTC.
    let noon: Int64 = 1_709_121_600

    private func budget(_ amount: Int64, _ period: Budget.Period = .month) -> Budget {
        Budget(Budget.Limit(amount: amount, period: period), at: noon)
    }

    @Test(arguments: [
        (Budget.Period.day, 1_709_078_400 as Int64, 1_709_164_800 as Int64),
        // Monday the 26th; Monday, 4 March.
        (.week, 1_708_905_600, 1_709_510_400),
        // 1 February; 1 March, in a leap year.
        (.month, 1_706_745_600, 1_709_251_200),
        (.total, .min, .max),
    ])
    func `periods follow the UTC calendar`(period: Budget.Period, start: Int64, end: Int64) {
        #expect(period.start(before: noon) == start)
        #expect(period.end(after: noon) == end)
        guard period != .total else { return }
        #expect(period.start(before: start) == start)
        #expect(period.end(after: end - 1) == end)
        #expect(period.end(after: end) > end)
    }

    @Test(arguments: [Budget.Period.day, .week, .month])
    func `periods are those of Foundation's calendar`(period: Budget.Period) throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        let unit: Calendar.Component = period == .day ? .day : period == .week ? .weekOfYear : .month
        var random = SeededGenerator(seed: 9)
        for _ in 0..<300 {
            let time = Int64.random(in: 0...4_102_444_800, using: &random)
            let interval = try #require(
                calendar.dateInterval(of: unit, for: Date(timeIntervalSince1970: Double(time))))
            #expect(period.start(before: time) == Int64(interval.start.timeIntervalSince1970))
            #expect(period.end(after: time) == Int64(interval.end.timeIntervalSince1970))
        }
    }

    @Test func `a call is admitted while anything is left, and refused until the next period when nothing is`() throws {
        var budget = budget(100, .day)
        let first = try budget.reserve(99, at: noon)
        let second = try budget.reserve(5000, at: noon)
        #expect(budget.remaining(at: noon) == 0)
        #expect(throws: Budget.Spent(retryAfter: .seconds(43_200))) { try budget.reserve(1, at: noon) }
        budget.settle(first, cost: 10, at: noon)
        budget.settle(second, cost: 20, at: noon)
        #expect(budget.remaining(at: noon) == 70)
        #expect((budget.spent, budget.reserved) == (30, 0))
    }

    @Test func `a total that is spent stays spent`() throws {
        var budget = budget(100, .total)
        budget.settle(try budget.reserve(1, at: noon), cost: 100, at: noon)
        #expect(throws: Budget.Spent(retryAfter: nil)) { try budget.reserve(1, at: noon + 1_000_000_000) }
    }

    @Test func `what costs nothing is admitted, and a budget of nothing admits nothing else`() throws {
        var budget = budget(0)
        #expect(throws: Budget.Spent.self) { try budget.reserve(1, at: noon) }
        let free = try budget.reserve(0, at: noon)
        budget.settle(free, cost: 0, at: noon)
        #expect(budget.spent == 0)
    }

    @Test func `a new period has all its money, less what calls in flight have reserved`() throws {
        var budget = budget(100, .day)
        budget.settle(try budget.reserve(60, at: noon), cost: 60, at: noon)
        let hold = try budget.reserve(30, at: noon)
        let midnight = noon + 43_200
        #expect(budget.remaining(at: midnight - 1) == 10)
        #expect(budget.remaining(at: midnight) == 70)
        budget.settle(hold, cost: 25, at: midnight + 5)
        #expect((budget.spent, budget.reserved) == (25, 0), "it counts where it ended, as in the ledger")
    }

    @Test func `a clock that is set back spends no period twice`() throws {
        var budget = budget(100, .day)
        budget.settle(try budget.reserve(100, at: noon + 43_200), cost: 100, at: noon + 43_200)
        #expect(throws: Budget.Spent(retryAfter: .seconds(86_401))) { try budget.reserve(1, at: noon + 43_199) }
    }

    @Test func `a clock that was far ahead doesn't lengthen the period`() throws {
        var budget = budget(100, .day)
        let ahead = noon + 400 * 86_400
        budget.settle(try budget.reserve(100, at: ahead), cost: 100, at: ahead)
        #expect(throws: Budget.Spent(retryAfter: .seconds(43_200))) { try budget.reserve(1, at: noon) }
        #expect(budget.remaining(at: noon + 43_200) == 100)
    }

    @Test func `what the ledger knows is added to what was spent since the start`() throws {
        var budget = budget(100)
        budget.settle(try budget.reserve(10, at: noon), cost: 10, at: noon)
        budget.restore(spent: 85, at: noon)
        #expect(budget.remaining(at: noon) == 5)
    }

    @Test func `another amount keeps what was spent, another period must be restored`() throws {
        var budget = budget(100)
        let hold = try budget.reserve(20, at: noon)
        budget.settle(try budget.reserve(30, at: noon), cost: 30, at: noon)
        #expect(budget.follow(Budget.Limit(amount: 200, period: .month), at: noon) == false)
        #expect(budget.remaining(at: noon) == 150)
        #expect(budget.follow(Budget.Limit(amount: 200, period: .week), at: noon) == true)
        #expect(budget.remaining(at: noon) == 180)
        budget.settle(hold, cost: 20, at: noon)
        #expect((budget.spent, budget.reserved) == (20, 0))
    }

    @Test func `absurd sums don't overflow`() throws {
        var budget = budget(.max, .total)
        let holds = try (0..<1000).map { _ in try budget.reserve(.max, at: noon) }
        for hold in holds { budget.settle(hold, cost: .max, at: noon) }
        budget.settle(.nothing, cost: -5, at: noon)
        #expect(budget.spent == 1_000_000_000_000_000_000)
        #expect(budget.reserved == 0)
    }
}

extension Budget {
    /// What may still be reserved.
    func remaining(at time: Int64) -> Int64 {
        var later = self
        later.settle(.nothing, cost: 0, at: time)
        return max(0, later.limit.amount - later.reserved - later.spent)
    }
}
