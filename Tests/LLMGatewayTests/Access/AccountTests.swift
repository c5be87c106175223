import Testing

@testable import LLMGateway

@Suite struct AccountTests {
    private let start = Instant.now
    private let noon: Int64 = 1_709_121_600

    private func account(_ rules: Admission.Rules) async -> Account {
        let metrics = await GatewayMetrics(
            in: MetricRegistry(loops: 1), formats: [], build: .init(version: "1", swift: "6", commit: "c"),
            logDropped: { 0 })
        return Account(rules, metrics: metrics.key("a"), at: start, date: noon)
    }

    /// What one call does, by its number: answered, failed, refused by something else, or refused by a limit.
    @discardableResult
    private func call(_ number: Int, at account: Account) -> Int64 {
        var held: Admission.Reservation?
        guard account.enter(&held, at: start).refusal == nil else { return 0 }
        if number % 5 > 0 {
            let answer = account.reserve(&held, tokens: 10, cost: 1_000, at: start, date: noon)
            #expect((answer.refusal == nil) == (held != nil), "a refusal leaves nothing behind")
        }
        guard let reservation = held.take() else { return 0 }
        if number % 3 == 0 {
            account.cancel(reservation, at: start, date: noon)
            return 0
        }
        // Who never got as far as to reserve anything has not been sent anywhere.
        let cost = number % 5 > 0 ? Int64(number % 7) * 100 : 0
        account.settle(reservation, tokens: number % 20, cost: cost, at: start, date: noon)
        return cost
    }

    @Test func `calls of many threads leave exactly what they used, however they end`() async throws {
        let rules = Admission.Rules(
            requests: .window(100_000, per: .seconds(60)), tokens: .window(1_000_000, per: .seconds(60)),
            maxInFlight: 3, budget: Budget.Limit(amount: 1_000_000, period: .total))
        let account = await account(rules)
        let spent = await withTaskGroup(of: Int64.self) { group in
            for part in 0..<8 {
                group.addTask { (0..<2_000).reduce(Int64(0)) { $0 + self.call($1 * 8 + part, at: account) } }
            }
            return await group.reduce(0, +)
        }
        let state = account.state
        let budget = try #require(state.budget)
        #expect(state.inFlight == 0 && budget.reserved == 0 && budget.spent == spent)
        #expect(spent >= 1_000_000 && spent < 1_000_000 + 1_000, "all of the budget, and one reservation more at most")
    }

    @Test func `an answer tells how the limits stand, refused or not`() async {
        let rules = Admission.Rules(requests: .window(2, per: .seconds(60)), tokens: .window(30, per: .seconds(60)))
        let account = await account(rules)
        var held: Admission.Reservation?
        let entered = account.enter(&held, at: start)
        #expect(entered.standing.requests == Admission.Standing(limit: 2, remaining: 1, reset: .seconds(30)))
        let reserved = account.reserve(&held, tokens: 20, cost: 0, at: start, date: noon)
        #expect(reserved.standing.tokens == Admission.Standing(limit: 30, remaining: 10, reset: .seconds(40)))
        var second: Admission.Reservation?
        #expect(account.enter(&second, at: start).refusal == nil)
        let refused = account.reserve(&second, tokens: 20, cost: 0, at: start, date: noon)
        #expect(refused.refusal == Admission.Refusal(limit: .tokens, retryAfter: .seconds(20)))
        #expect(refused.standing.requests?.remaining == 1 && refused.standing.tokens?.remaining == 10)
        if let first = held.take() { account.settle(first, tokens: 5, cost: 0, at: start, date: noon) }
        #expect(account.state.tokenStanding(at: start)?.remaining == 25)
    }
}
