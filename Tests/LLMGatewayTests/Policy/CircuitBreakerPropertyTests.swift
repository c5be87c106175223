import Testing

@testable import LLMGateway

/// Long random lives of a breaker beside a model that remembers everything.
@Suite struct CircuitBreakerPropertyTests {
    let start = Instant.now

    private struct OutcomeSeen {
        let part: Int
        let failed: Bool
    }

    private struct Life {
        var breaker: CircuitBreaker
        var now: Instant
        /// Tickets that have not been handed back, with the phase's number when they were given.
        var out: [(ticket: CircuitBreaker.Ticket, since: Int)] = []
        /// Counts changes of phase.
        var phaseNumber = 0
        var epoch: UInt64 = 0
        /// What a closed breaker has counted since it closed.
        var seen: [OutcomeSeen] = []
        var countedFrom: Instant
        var probesGood = 0
    }

    @Test(arguments: 1...30)
    func `a breaker opens exactly when it should, lets through no more than it may, and is never stuck`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rules = CircuitBreaker.Rules(
            window: .seconds(10), minRequests: Int.random(in: 1...12, using: &random),
            failureRate: Double.random(in: 0.1...1, using: &random), openFor: .seconds(5),
            halfOpenProbes: Int.random(in: 1...4, using: &random), probeTimeout: .seconds(20))
        var life = Life(breaker: CircuitBreaker(rules, at: start), now: start, countedFrom: start)
        var unhealthy = false
        for _ in 0..<1500 {
            if Int.random(in: 0..<100, using: &random) == 0 { unhealthy.toggle() }
            let longStep = Int.random(in: 0..<60, using: &random) == 0
            life.now += .milliseconds(Int.random(in: 0...(longStep ? 9000 : 200), using: &random))
            step(&life, rules, fails: unhealthy, using: &random)
        }

        // However it ended: after the longest open time and the loss of all probes somebody gets through.
        let later = life.now + .seconds(5 * 8 + 20)
        guard case .proceed = life.breaker.admit(at: later) else {
            Issue.record("stuck in \(life.breaker.phase)")
            return
        }
    }

    private func step(
        _ life: inout Life, _ rules: CircuitBreaker.Rules, fails: Bool, using random: inout SeededGenerator
    ) {
        let before = life.breaker.phase
        let reading = life.breaker.reading(at: life.now)
        if life.out.isEmpty || Int.random(in: 0..<5, using: &random) < 2 {
            let isTrial = Int.random(in: 0..<10, using: &random) == 0
            let ticket: CircuitBreaker.Ticket?
            if isTrial {
                ticket = life.breaker.admitTrial(at: life.now)
            } else {
                switch life.breaker.admit(at: life.now) {
                case .proceed(let given):
                    ticket = given
                    #expect(reading.retryAfter == nil, "a reading knows who is let in")
                case .refuse(let wait):
                    ticket = nil
                    #expect(wait > .zero && wait <= rules.openFor * 8)
                    #expect(reading.retryAfter == wait)
                }
            }
            if before == .closed { #expect(ticket?.isProbe == false, "closed lets everyone in") }
            note(&life, before, rules)
            if let ticket {
                life.out.append((ticket, life.phaseNumber))
                #expect(ticket.isProbe == (life.breaker.phase == .halfOpen))
            }
            return
        }
        let (ticket, since) = life.out.remove(at: Int.random(in: life.out.indices, using: &random))
        let isCurrent = since == life.phaseNumber
        switch Int.random(in: 0..<20, using: &random) {
        case 0: life.breaker.abandoned(ticket, at: life.now)
        case 1: return  // It never reports.
        default:
            let failed =
                fails ? Int.random(in: 0..<10, using: &random) > 0 : Int.random(in: 0..<10, using: &random) == 0
            if isCurrent, before == .closed { count(&life, failed: failed, rules) }
            if failed {
                life.breaker.failed(ticket, at: life.now)
            } else {
                life.breaker.succeeded(ticket, at: life.now)
            }
            if isCurrent, failed {
                if before == .halfOpen { #expect(life.breaker.phase == .open, "one bad probe opens it") }
                if before == .closed { #expect((life.breaker.phase == .open) == shouldOpen(life, rules)) }
            }
            if isCurrent, !failed, before == .halfOpen {
                life.probesGood += 1
                if life.breaker.phase == .closed { #expect(life.probesGood >= rules.halfOpenProbes) }
            }
        }
        if !isCurrent, before != .halfOpen { #expect(life.breaker.phase == before, "stragglers change nothing") }
        note(&life, before, rules)
    }

    private func part(_ life: Life, _ rules: CircuitBreaker.Rules) -> Int {
        Int((life.now - life.countedFrom) / (rules.window / 10))
    }

    private func count(_ life: inout Life, failed: Bool, _ rules: CircuitBreaker.Rules) {
        life.seen.append(OutcomeSeen(part: part(life, rules), failed: failed))
    }

    private func shouldOpen(_ life: Life, _ rules: CircuitBreaker.Rules) -> Bool {
        let inWindow = life.seen.filter { $0.part > part(life, rules) - 10 }
        return inWindow.count >= rules.minRequests
            && Double(inWindow.count { $0.failed }) / Double(inWindow.count) >= rules.failureRate
    }

    /// Follows a change of phase, and checks that it is one of the drawing's arrows.
    private func note(_ life: inout Life, _ before: CircuitBreaker.Phase, _ rules: CircuitBreaker.Rules) {
        let after = life.breaker.phase
        #expect((after == .closed) == (life.breaker.openSince == nil))
        let changes = life.breaker.epoch - life.epoch
        life.epoch = life.breaker.epoch
        guard after != before else {
            #expect(changes == 0 || (after == .halfOpen && changes == 2), "a lost trial is followed by the next")
            if changes > 0 {
                life.phaseNumber += 1
                life.probesGood = 0
            }
            return
        }
        #expect(changes == 1)
        life.phaseNumber += 1
        switch (before, after) {
        case (.closed, .open), (.halfOpen, .open): break
        case (.open, .halfOpen): life.probesGood = 0
        case (.halfOpen, .closed):
            life.seen = []
            life.countedFrom = life.now
        default: Issue.record("from \(before) to \(after)")
        }
    }
}
