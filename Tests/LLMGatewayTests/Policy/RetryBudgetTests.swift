import Testing

@testable import LLMGateway

@Suite struct RetryBudgetTests {
    private func taken(from budget: inout RetryBudget, of wanted: Int = 1000) -> Int {
        (0..<wanted).count { _ in budget.takeRetry() }
    }

    @Test(arguments: [0, 0.01, 0.2, 1]) func `a budget starts with ten retries`(share: Double) {
        var budget = RetryBudget(share: share)
        #expect(taken(from: &budget) == 10)
    }

    @Test(arguments: [(0.2, 5), (0.1, 10), (0.01, 100), (1.0, 1), (0.3, 4)])
    func `each request earns its share, exactly`(share: Double, requests: Int) {
        var budget = RetryBudget(share: share)
        #expect(taken(from: &budget) == 10)
        for _ in 1..<requests { budget.requested() }
        #expect(budget.takeRetry() == false)
        budget.requested()
        #expect(budget.takeRetry() == true)
        #expect(budget.takeRetry() == false)
    }

    @Test func `no more than ten are saved`() {
        var budget = RetryBudget(share: 1)
        for _ in 0..<100 { budget.requested() }
        #expect(taken(from: &budget) == 10)
    }

    @Test func `another share keeps the savings`() {
        var budget = RetryBudget(share: 0.2)
        _ = taken(from: &budget, of: 7)
        budget = RetryBudget(share: 0.5, continuing: budget)
        #expect(taken(from: &budget) == 3)
        budget.requested()
        budget.requested()
        #expect(budget.takeRetry() == true)
    }

    @Test(arguments: 1...5)
    func `in an outage traffic grows by the share and ten retries, not by the number of attempts`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var budget = RetryBudget(share: 0.2)
        var (requests, retries) = (0, 0)
        for _ in 0..<1000 {
            budget.requested()
            requests += 1
            for _ in 0..<Int.random(in: 0...5, using: &random) where budget.takeRetry() { retries += 1 }
            #expect(Double(retries) <= 10 + 0.2 * Double(requests) + 1e-9)
        }
        #expect(Double(retries) > 0.19 * Double(requests))
    }
}
