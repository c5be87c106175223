import Testing

@testable import LLMGateway

@Suite struct InstantTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    @Test func `time that is added can be taken off again, to the nanosecond`() {
        for time in [.nanoseconds(1), .milliseconds(1500), .seconds(60), .seconds(86_400) * 30] as [Duration] {
            #expect((start + time) - start == time)
            #expect((start + time) - time == start)
            #expect(start - time < start && start < start + time)
        }
        var moved = start
        moved += .seconds(-1)
        #expect(moved == Instant(nanoseconds: 0))
    }

    @Test func `what would be beyond the end of time is the end of time`() {
        #expect(start + .seconds(Int64.max) == Instant(nanoseconds: .max))
        #expect(Instant(nanoseconds: -5) - .seconds(Int64.max) == Instant(nanoseconds: .min))
        #expect(Instant(nanoseconds: .max) + .nanoseconds(1) == Instant(nanoseconds: .max))
    }

    @Test func `seconds since a later moment are none`() {
        #expect((start + .milliseconds(2500)).seconds(since: start) == 2.5)
        #expect(start.seconds(since: start + .seconds(1)) == 0)
    }

    @Test func `the clock goes on`() {
        let before = Instant.now
        #expect(before <= .now && Instant.now - before < .seconds(60))
    }
}
