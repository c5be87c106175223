import Testing

@testable import LLMGateway

@Suite struct AdmissionTests {
    let start = Instant.now
    /// Wednesday, 28 February 2024, 12:00:00 UTC.
    let noon: Int64 = 1_709_121_600

    private func admission(
        requests: Int = 0, tokens: Int = 0, maxInFlight: Int = 0, budget: Int64? = nil
    ) -> Admission {
        let rules = Admission.Rules(
            requests: .requests(perMinute: requests), tokens: .tokens(perMinute: tokens), maxInFlight: maxInFlight,
            budget: budget.map { Budget.Limit(amount: $0, period: .day) })
        return Admission(rules, at: start, date: noon)
    }

    @Test func `a key without limits is never refused, and its calls are counted`() throws {
        var admission = admission()
        for count in 1...100 {
            let reservation = try admission.reserve(
                try admission.enter(at: start), tokens: 1_000_000, cost: 1_000_000, at: start, date: noon)
            #expect(admission.inFlight == 1)
            admission.settle(reservation, tokens: count, cost: 1, at: start, date: noon)
        }
        #expect(admission.inFlight == 0)
        #expect(admission.requestStanding(at: start) == nil)
    }

    @Test func `requests are refused beyond the burst, and say when to come again`() throws {
        var admission = admission(requests: 60)
        for _ in 0..<10 {
            admission.settle(try admission.enter(at: start), tokens: 0, cost: 0, at: start, date: noon)
        }
        let refusal = refusal {
            try admission.settle(admission.enter(at: start), tokens: 0, cost: 0, at: start, date: noon)
        }
        #expect(refusal == Admission.Refusal(limit: .requests, retryAfter: .seconds(1)))
        #expect(admission.inFlight == 0)
        #expect(
            admission.requestStanding(at: start)
                == Admission.Standing(limit: 60, remaining: 0, reset: .seconds(10)))
    }

    @Test func `calls at once are refused before anything is taken`() throws {
        var admission = admission(requests: 600, maxInFlight: 1)
        let first = try admission.enter(at: start)
        let refused = refusal { _ = try admission.enter(at: start) }
        #expect(refused == Admission.Refusal(limit: .concurrency, retryAfter: .seconds(1)))
        #expect(admission.requestStanding(at: start)?.remaining == 99)
        admission.settle(first, tokens: 0, cost: 0, at: start, date: noon)
        admission.settle(try admission.enter(at: start), tokens: 0, cost: 0, at: start, date: noon)
    }

    @Test func `a refusal by tokens gives back the request, the place and the money`() throws {
        var admission = admission(requests: 600, tokens: 1000, budget: 500)
        let held = try admission.reserve(
            try admission.enter(at: start), tokens: 900, cost: 100, at: start, date: noon)
        let refused = refusal {
            _ = try admission.reserve(try admission.enter(at: start), tokens: 400, cost: 100, at: start, date: noon)
        }
        #expect(refused == Admission.Refusal(limit: .tokens, retryAfter: .seconds(18)))
        #expect(admission.inFlight == 1)
        #expect(admission.requestStanding(at: start)?.remaining == 99)
        #expect(admission.tokenStanding(at: start)?.remaining == 100)
        #expect(admission.budget?.remaining(at: noon) == 400)
        admission.settle(held, tokens: 50, cost: 7, at: start, date: noon)
        #expect(admission.tokenStanding(at: start)?.remaining == 950)
        #expect(admission.budget?.spent == 7)
    }

    @Test func `a refusal by the budget gives back the tokens, and the longer wait is the one to name`() throws {
        var admission = admission(tokens: 1000, budget: 500)
        let held = try admission.reserve(try admission.enter(at: start), tokens: 500, cost: 500, at: start, date: noon)
        for tokens in [100, 900] {
            let refused = refusal {
                _ = try admission.reserve(
                    try admission.enter(at: start), tokens: tokens, cost: 1, at: start, date: noon)
            }
            #expect(refused == Admission.Refusal(limit: .budget, retryAfter: .seconds(43_200)))
            #expect(admission.tokenStanding(at: start)?.remaining == 500)
        }
        let late = noon + 43_195
        let refused = refusal {
            _ = try admission.reserve(try admission.enter(at: start), tokens: 900, cost: 1, at: start, date: late)
        }
        #expect(refused == Admission.Refusal(limit: .tokens, retryAfter: .seconds(24)))
        admission.settle(held, tokens: 0, cost: 0, at: start, date: noon)
    }

    @Test func `what is cancelled was never there`() throws {
        var admission = admission(requests: 60, tokens: 1000, maxInFlight: 3, budget: 500)
        for _ in 0..<100 {
            let reservation = try admission.reserve(
                try admission.enter(at: start), tokens: 700, cost: 400, at: start, date: noon)
            admission.cancel(reservation, at: start, date: noon)
        }
        #expect(admission.requestStanding(at: start)?.remaining == 10)
        #expect(admission.tokenStanding(at: start)?.remaining == 1000)
        #expect(admission.budget?.remaining(at: noon) == 500)
        #expect(admission.inFlight == 0)
    }

    @Test func `limits that come or go while a call is in flight are settled all the same`() throws {
        var admission = admission()
        let before = try admission.reserve(try admission.enter(at: start), tokens: 10, cost: 10, at: start, date: noon)
        let strict = Admission.Rules(
            requests: .requests(perMinute: 60), tokens: .tokens(perMinute: 100), maxInFlight: 1,
            budget: Budget.Limit(amount: 50, period: .day))
        #expect(admission.follow(strict, at: start, date: noon) == true)
        #expect(refusal { _ = try admission.enter(at: start) }?.limit == .concurrency)
        admission.settle(before, tokens: 90, cost: 20, at: start, date: noon)
        #expect(admission.tokenStanding(at: start)?.remaining == 100, "it was admitted without that limit")
        #expect(admission.budget?.spent == 20, "money is money")
        admission.restore(spent: 5, date: noon)
        #expect(admission.budget?.spent == 25)

        let limited = try admission.reserve(try admission.enter(at: start), tokens: 10, cost: 10, at: start, date: noon)
        #expect(admission.follow(Admission.Rules(), at: start, date: noon) == false)
        admission.settle(limited, tokens: 10, cost: 10, at: start, date: noon)
        #expect(admission.inFlight == 0)
        #expect(admission.budget == nil)
    }

    private func refusal(_ body: () throws -> Void) -> Admission.Refusal? {
        do {
            try body()
            return nil
        } catch {
            return error as? Admission.Refusal
        }
    }
}
