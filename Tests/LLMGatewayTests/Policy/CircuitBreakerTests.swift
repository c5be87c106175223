import Testing

@testable import LLMGateway

@Suite struct CircuitBreakerTests {
    let start = Instant.now
    let rules = CircuitBreaker.Rules(
        window: .seconds(30), minRequests: 4, failureRate: 0.5, openFor: .seconds(15), halfOpenProbes: 3,
        probeTimeout: .seconds(60))

    private func ticket(_ breaker: inout CircuitBreaker, at now: Instant) throws
        -> CircuitBreaker.Ticket
    {
        guard case .proceed(let ticket) = breaker.admit(at: now) else { throw Refused() }
        return ticket
    }

    private func trial(_ breaker: inout CircuitBreaker, at now: Instant) throws -> CircuitBreaker.Ticket {
        guard let ticket = breaker.admitTrial(at: now) else { throw Refused() }
        return ticket
    }

    private struct Refused: Error {}

    private func call(_ breaker: inout CircuitBreaker, fails: Bool, at now: Instant) throws {
        let ticket = try ticket(&breaker, at: now)
        if fails { breaker.failed(ticket, at: now) } else { breaker.succeeded(ticket, at: now) }
    }

    /// A breaker that opened at `start`.
    private func opened() throws -> CircuitBreaker {
        var breaker = CircuitBreaker(rules, at: start)
        for _ in 0..<4 { try call(&breaker, fails: true, at: start) }
        return breaker
    }

    @Test func `it opens when enough calls were seen and enough of them failed`() throws {
        var breaker = CircuitBreaker(rules, at: start)
        for fails in [true, true, true] { try call(&breaker, fails: fails, at: start) }
        #expect(breaker.phase == .closed, "three calls are too few")
        try call(&breaker, fails: false, at: start)
        #expect(breaker.phase == .closed, "a success opens nothing, whatever the rate")
        try call(&breaker, fails: true, at: start)
        #expect(breaker.phase == .open)
        #expect(breaker.openSince == start)
    }

    @Test func `below the rate it stays closed`() throws {
        var breaker = CircuitBreaker(rules, at: start)
        for round in 0..<300 { try call(&breaker, fails: round % 5 > 2, at: start + .milliseconds(round)) }
        #expect(breaker.phase == .closed)
    }

    @Test func `failures long ago don't count`() throws {
        var breaker = CircuitBreaker(rules, at: start)
        for second in 0..<10 { try call(&breaker, fails: true, at: start + .seconds(second * 11)) }
        #expect(breaker.phase == .closed, "never four in the same thirty seconds")
    }

    @Test func `an open breaker refuses until its time has passed, and says how long that is`() throws {
        var breaker = try opened()
        #expect(breaker.admit(at: start) == .refuse(retryAfter: .seconds(15)))
        #expect(breaker.admit(at: start + .seconds(14)) == .refuse(retryAfter: .seconds(1)))
        #expect(breaker.phase == .open)
        #expect(try ticket(&breaker, at: start + .seconds(15)).isProbe)
        #expect(breaker.phase == .halfOpen)
    }

    @Test func `half-open lets as many probes through as it needs, and closes when all are good`() throws {
        var breaker = try opened()
        let now = start + .seconds(15)
        let probes = try (0..<3).map { _ in try ticket(&breaker, at: now) }
        #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(1)))
        breaker.succeeded(probes[0], at: now)
        breaker.succeeded(probes[1], at: now)
        #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(1)), "the third is still out")
        #expect(breaker.phase == .halfOpen)
        breaker.succeeded(probes[2], at: now)
        #expect(breaker.phase == .closed)
        #expect(breaker.openSince == nil)
        try call(&breaker, fails: true, at: now)
        #expect(breaker.phase == .closed, "what was counted before is forgotten")
    }

    @Test func `one bad probe opens it again, for twice as long each time, up to eight times`() throws {
        var breaker = try opened()
        var now = start
        for seconds in [15, 30, 60, 120, 120, 120] {
            #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(seconds)))
            now += .seconds(seconds)
            try call(&breaker, fails: true, at: now)
            #expect(breaker.phase == .open)
        }
        now += .seconds(120)
        for _ in 0..<3 { try call(&breaker, fails: false, at: now) }
        #expect(breaker.phase == .closed)
        for _ in 0..<4 { try call(&breaker, fails: true, at: now) }
        #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(15)), "having closed it starts anew")
    }

    @Test func `a probe whose client left makes room for another`() throws {
        var breaker = try opened()
        let now = start + .seconds(15)
        let probes = try (0..<3).map { _ in try ticket(&breaker, at: now) }
        breaker.abandoned(probes[0], at: now)
        #expect(breaker.phase == .halfOpen)
        let fourth = try ticket(&breaker, at: now)
        #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(1)))
        for probe in [probes[1], probes[2], fourth] { breaker.succeeded(probe, at: now) }
        #expect(breaker.phase == .closed)
    }

    @Test func `a probe that never reports makes room when its time is over`() throws {
        var breaker = try opened()
        let now = start + .seconds(15)
        let lost = try (0..<3).map { _ in try ticket(&breaker, at: now) }
        #expect(breaker.admit(at: now + .seconds(59)) == .refuse(retryAfter: .seconds(1)))
        let late = now + .seconds(60)
        let probes = try (0..<3).map { _ in try ticket(&breaker, at: late) }
        breaker.succeeded(lost[0], at: late)
        for probe in probes.dropLast() { breaker.succeeded(probe, at: late) }
        #expect(breaker.phase == .halfOpen, "a success that came too late stands for nobody")
        breaker.failed(lost[1], at: late)
        #expect(breaker.phase == .open, "a failure is one, however late")
    }

    @Test func `a call reports once`() throws {
        var breaker = try opened()
        let now = start + .seconds(15)
        let probe = try ticket(&breaker, at: now)
        for _ in 0..<5 { breaker.succeeded(probe, at: now) }
        #expect(breaker.phase == .halfOpen)
    }

    @Test func `stragglers from before a change of phase prove nothing`() throws {
        var breaker = CircuitBreaker(rules, at: start)
        let stragglers = try (0..<5).map { _ in try ticket(&breaker, at: start) }
        for _ in 0..<4 { try call(&breaker, fails: true, at: start) }
        breaker.succeeded(stragglers[0], at: start + .seconds(1))
        breaker.failed(stragglers[1], at: start + .seconds(1))
        #expect(breaker.admit(at: start + .seconds(1)) == .refuse(retryAfter: .seconds(14)))

        let now = start + .seconds(15)
        let probe = try ticket(&breaker, at: now)
        breaker.failed(stragglers[2], at: now)
        breaker.abandoned(stragglers[3], at: now)
        #expect(breaker.phase == .halfOpen)
        breaker.failed(probe, at: now)
        breaker.failed(probe, at: now)
        #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(30)), "opened once, not twice")
    }

    @Test func `a call that was abandoned counts as none`() throws {
        var breaker = CircuitBreaker(rules, at: start)
        for _ in 0..<3 { try call(&breaker, fails: true, at: start) }
        for _ in 0..<10 { breaker.abandoned(try ticket(&breaker, at: start), at: start) }
        #expect(breaker.phase == .closed)
        try call(&breaker, fails: true, at: start)
        #expect(breaker.phase == .open)
    }

    // MARK: Trials

    @Test func `a trial goes through an open breaker alone, and lets the other probes follow when it is good`() throws {
        var breaker = try opened()
        let now = start + .seconds(2)
        let trial = try trial(&breaker, at: now)
        #expect(breaker.phase == .halfOpen)
        #expect(breaker.admitTrial(at: now) == nil)
        #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(13)))
        breaker.succeeded(trial, at: now)
        for _ in 0..<2 { try call(&breaker, fails: false, at: now) }
        #expect(breaker.phase == .closed)
    }

    @Test func `a trial that fails starts the open time anew, and doesn't double it`() throws {
        var breaker = try opened()
        for second in 1...20 {
            let now = start + .seconds(second)
            let trial = try trial(&breaker, at: now)
            breaker.failed(trial, at: now)
            #expect(breaker.openSince == now)
            #expect(breaker.admit(at: now) == .refuse(retryAfter: .seconds(15)))
        }
    }

    @Test func `a trial that proves nothing leaves the breaker as it was`() throws {
        var breaker = try opened()
        let trial = try self.trial(&breaker, at: start + .seconds(5))
        breaker.abandoned(trial, at: start + .seconds(6))
        #expect(breaker.phase == .open)
        #expect(breaker.openSince == start)
        #expect(breaker.admit(at: start + .seconds(6)) == .refuse(retryAfter: .seconds(9)))

        _ = try self.trial(&breaker, at: start + .seconds(7))
        #expect(breaker.admitTrial(at: start + .seconds(66)) == nil)
        #expect(breaker.admitTrial(at: start + .seconds(67)) != nil, "the first one is lost")
    }

    @Test func `where calls are admitted anyway a trial is one of them`() throws {
        var breaker = CircuitBreaker(rules, at: start)
        #expect(breaker.admitTrial(at: start)?.isProbe == false)
        breaker = try opened()
        #expect(breaker.admitTrial(at: start + .seconds(15))?.isProbe == true)
        #expect(try ticket(&breaker, at: start + .seconds(15)).isProbe)
    }

    // MARK: Operators

    @Test func `a reading says what asking would, and asks nothing`() throws {
        var breaker = try opened()
        #expect(
            breaker.reading(at: start + .seconds(5))
                == CircuitBreaker.Reading(phase: .open, openSince: start, retryAfter: .seconds(10), isProbing: false))
        #expect(
            breaker.reading(at: start + .seconds(15))
                == CircuitBreaker.Reading(phase: .halfOpen, openSince: start, retryAfter: nil, isProbing: false))
        #expect(breaker.phase == .open)
        _ = try ticket(&breaker, at: start + .seconds(15))
        #expect(breaker.reading(at: start + .seconds(15)).isProbing)
        #expect(!breaker.reading(at: start + .seconds(75)).isProbing)
    }

    @Test func `other rules are followed from now on, and what was counted stays`() throws {
        var breaker = CircuitBreaker(rules, at: start)
        for _ in 0..<3 { try call(&breaker, fails: true, at: start) }
        var stricter = rules
        stricter.minRequests = 2
        breaker.follow(stricter, at: start)
        try call(&breaker, fails: true, at: start)
        #expect(breaker.phase == .open)
        _ = try ticket(&breaker, at: start + .seconds(15))
        try call(&breaker, fails: false, at: start + .seconds(15))
        stricter.halfOpenProbes = 1
        breaker.follow(stricter, at: start + .seconds(15))
        #expect(breaker.phase == .closed)
    }
}
