import Testing

@testable import LLMGateway

@Suite struct PanicFloorTests {
    let start = Instant.now
    let rules = CircuitBreaker.Rules(minRequests: 1, failureRate: 1, openFor: .seconds(15), halfOpenProbes: 2)

    private func breaker(openSince second: Int?) -> CircuitBreaker {
        var breaker = CircuitBreaker(rules, at: start)
        if let second, case .proceed(let ticket) = breaker.admit(at: start + .seconds(second)) {
            breaker.failed(ticket, at: start + .seconds(second))
        }
        return breaker
    }

    private func decide(_ breakers: [CircuitBreaker], at second: Int) -> PanicFloor.Decision {
        PanicFloor.decide(breakers.map { $0.reading(at: start + .seconds(second)) })
    }

    @Test func `while a target may be called there is no panic`() {
        #expect(decide([breaker(openSince: 0), breaker(openSince: nil)], at: 1) == .choose)
        #expect(decide([breaker(openSince: 0), breaker(openSince: 3)], at: 15) == .choose, "one is half-open")
    }

    @Test func `when all are open, one trial goes to the one that has been open longest`() {
        var breakers = [breaker(openSince: 5), breaker(openSince: 2), breaker(openSince: 9)]
        #expect(decide(breakers, at: 10) == .trial(1))
        let trial = breakers[1].admitTrial(at: start + .seconds(10))
        #expect(trial != nil)
        #expect(
            decide(breakers, at: 11) == .refuse(retryAfter: .seconds(6)),
            "the wait until the first of them may be called")

        if let trial { breakers[1].failed(trial, at: start + .seconds(11)) }
        #expect(decide(breakers, at: 11) == .trial(0), "the next one's turn")
    }

    @Test func `a single target that is called by one client after another is never refused`() {
        var breaker = breaker(openSince: 0)
        var (now, isBack, answered) = (start, false, 0)
        for call in 0..<200 {
            now += .milliseconds(100)
            if call == 150 { isBack = true }
            let ticket: CircuitBreaker.Ticket?
            switch PanicFloor.decide(CollectionOfOne(breaker.reading(at: now))) {
            case .choose:
                if case .proceed(let given) = breaker.admit(at: now) { ticket = given } else { ticket = nil }
            case .trial: ticket = breaker.admitTrial(at: now)
            case .refuse: ticket = nil
            }
            guard let ticket else {
                Issue.record("call \(call) was refused")
                return
            }
            if isBack { breaker.succeeded(ticket, at: now) } else { breaker.failed(ticket, at: now) }
            if isBack { answered += 1 }
        }
        #expect(breaker.phase == .closed)
        #expect(answered == 50)
    }

    @Test(arguments: 1...10)
    func `in a panic never more than one call is out`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var breakers = (0..<3).map { breaker(openSince: $0) }
        var now = start + .seconds(3)
        var out: (target: Int, ticket: CircuitBreaker.Ticket)?
        for _ in 0..<400 {
            // Never so long that one of them becomes half-open by itself.
            now += .milliseconds(Int.random(in: 0...4, using: &random))
            if let (target, ticket) = out, Bool.random(using: &random) {
                breakers[target].failed(ticket, at: now)
                out = nil
            }
            switch PanicFloor.decide(breakers.map { $0.reading(at: now) }) {
            case .choose: Issue.record("all are open")
            case .trial(let target):
                #expect(out == nil)
                if let ticket = breakers[target].admitTrial(at: now) { out = (target, ticket) }
                #expect(out != nil)
            case .refuse(let wait):
                #expect(out != nil)
                #expect(wait > .zero && wait <= .seconds(15))
            }
        }
    }
}
