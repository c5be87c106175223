import Testing

@testable import LLMGateway

/// Many calls at once against a plain sum of what they did.
@Suite struct AdmissionPropertyTests {
    let start = Instant.now
    let noon: Int64 = 1_709_121_600

    /// Holds a reservation until its call ends.
    private final class CallInFlight {
        var reservation: Admission.Reservation?
        let tokens: Int
        let cost: Int64

        init(_ reservation: consuming Admission.Reservation, tokens: Int, cost: Int64) {
            self.reservation = consume reservation
            (self.tokens, self.cost) = (tokens, cost)
        }
    }

    @Test(arguments: 1...25)
    func `two hundred calls at once at 95 percent of a budget overspend by at most one reservation`(seed: UInt64) throws
    {
        var random = SeededGenerator(seed: seed)
        let limit: Int64 = 100_000_000_000
        var admission = Admission(
            Admission.Rules(budget: Budget.Limit(amount: limit, period: .month)), at: start, date: noon)
        admission.restore(spent: limit / 100 * 95, date: noon)
        let estimate = Int64.random(in: 1_000_000...10_000_000_000, using: &random)
        var calls: [CallInFlight] = []
        var refused = 0
        for _ in 0..<200 {
            do throws(Admission.Refusal) {
                let reservation = try admission.reserve(
                    try admission.enter(at: start), tokens: 1, cost: estimate, at: start, date: noon)
                calls.append(CallInFlight(reservation, tokens: 1, cost: estimate))
            } catch {
                #expect(error.limit == .budget)
                refused += 1
            }
        }
        #expect(!calls.isEmpty)
        for call in calls.shuffled(using: &random) {
            guard let reservation = call.reservation.take() else { continue }
            // The worst case: every estimate was spent in full.
            admission.settle(reservation, tokens: 1, cost: call.cost, at: start, date: noon)
        }
        let spent = try #require(admission.budget?.spent)
        #expect(spent < limit + estimate)
        #expect(refused == 0 || spent >= limit, "nobody was refused while there was money")
        #expect(admission.inFlight == 0)
        #expect(admission.budget?.reserved == 0)
    }

    @Test(arguments: 1...15)
    func `after any mixture of ends what was taken is what was used`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let maxInFlight = Int.random(in: 0...20, using: &random)
        let rules = Admission.Rules(
            requests: .requests(perMinute: 600, burst: 50), tokens: .tokens(perMinute: 60_000),
            maxInFlight: maxInFlight,
            budget: Budget.Limit(amount: 50_000_000, period: .day))
        var admission = Admission(rules, at: start, date: noon)
        var (now, date) = (start, noon)
        var calls: [CallInFlight] = []
        var (spentToday, tokensUsed, requestsSent) = (0 as Int64, 0, 0)
        for _ in 0..<1000 {
            let step = Int.random(in: 0...400, using: &random)
            now += .milliseconds(step)
            if Int.random(in: 0..<200, using: &random) == 0 { date += 86_400; spentToday = 0 }
            if calls.isEmpty || Bool.random(using: &random) {
                let (tokens, cost) = (
                    Int.random(in: 0...3000, using: &random), Int64.random(in: 0...400_000, using: &random)
                )
                do throws(Admission.Refusal) {
                    let reservation = try admission.reserve(
                        try admission.enter(at: now), tokens: tokens, cost: cost, at: now, date: date)
                    calls.append(CallInFlight(reservation, tokens: tokens, cost: cost))
                } catch {
                    if error.limit == .concurrency { #expect(calls.count == maxInFlight) }
                    if error.limit == .budget {
                        #expect(spentToday + calls.reduce(0) { $0 + $1.cost } >= 50_000_000)
                    }
                }
            } else {
                let call = calls.remove(at: Int.random(in: calls.indices, using: &random))
                guard let reservation = call.reservation.take() else { continue }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    admission.cancel(reservation, at: now, date: date)
                } else {
                    // Estimates are too high, mostly.
                    let tokens = Int.random(in: 0...max(1, call.tokens * 11 / 10), using: &random)
                    let cost = Int64.random(in: 0...max(1, call.cost * 11 / 10), using: &random)
                    admission.settle(reservation, tokens: tokens, cost: cost, at: now, date: date)
                    spentToday += cost
                    tokensUsed += tokens
                    requestsSent += 1
                }
            }
            #expect(admission.inFlight == calls.count)
            #expect(maxInFlight == 0 || calls.count <= maxInFlight)
            #expect(admission.budget?.reserved == calls.reduce(0) { $0 + $1.cost })
            let remaining = max(0, 50_000_000 - spentToday - calls.reduce(0) { $0 + $1.cost })
            #expect(admission.budget?.remaining(at: date) == remaining)
            let seconds = (now - start) / .seconds(1)
            #expect(Double(requestsSent) <= 50 + seconds * 10 + 1)
            #expect(Double(tokensUsed) <= 60_000 + seconds * 1000 + 60_000)
        }

        // When all is settled and enough time has passed, everything is there again.
        for call in calls {
            if let reservation = call.reservation.take() { admission.cancel(reservation, at: now, date: date) }
        }
        now += .seconds(600)
        #expect(admission.requestStanding(at: now)?.remaining == 50)
        #expect(admission.tokenStanding(at: now)?.remaining == 60_000)
        #expect(admission.inFlight == 0)
    }
}
