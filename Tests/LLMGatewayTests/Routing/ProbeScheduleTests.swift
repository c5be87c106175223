import Testing

@testable import LLMGateway

@Suite struct ProbeScheduleTests {
    let start = Instant.now

    private func waitingEnd(of step: ProbeSchedule.Step) -> Instant? {
        guard case .wait(let end) = step else { return nil }
        return end
    }

    @Test func `the first probe is due at once, the next after an interval give or take a fifth`() throws {
        var random = SeededGenerator(seed: 3)
        var pauses: Set<Duration> = []
        for _ in 0..<200 {
            var schedule = ProbeSchedule(every: .seconds(15), from: start)
            #expect(schedule.step(at: start, using: &random) == .probe)
            let end = try #require(waitingEnd(of: schedule.step(at: start, using: &random)))
            pauses.insert(end - start)
            #expect(schedule.step(at: end, using: &random) == .probe)
        }
        #expect(pauses.allSatisfy { (.seconds(12)...(.seconds(18))).contains($0) })
        #expect(pauses.count > 150)
    }

    @Test func `a call that succeeded stands for the probe that was due`() throws {
        var random = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule(every: .seconds(10), from: start)
        #expect(schedule.step(at: start, using: &random) == .probe)
        schedule.callSucceeded(at: start + .seconds(8))

        let due = start + .seconds(12)
        let postponed = try #require(waitingEnd(of: schedule.step(at: due, using: &random)))
        #expect((start + .seconds(16)...(start + .seconds(20))).contains(postponed))
        #expect(schedule.step(at: postponed, using: &random) == .probe)
    }

    @Test func `a call of long ago stands for nothing`() {
        var random = SeededGenerator(seed: 3)
        var schedule = ProbeSchedule(every: .seconds(10), from: start)
        schedule.callSucceeded(at: start - .seconds(60))
        #expect(schedule.step(at: start, using: &random) == .probe)
    }
}
