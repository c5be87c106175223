import Testing

@testable import LLMGateway

@Suite struct WallClockTests {
    @Test func `a calendar that jumps ahead isn't believed, one that is set right or goes on is`() {
        let start = Instant.now
        let latest = LatestDate(1_000_000, at: start)
        #expect(latest.bounding(1_000_060, at: start + .seconds(60)) == 1_000_060)
        #expect(latest.bounding(999_000, at: start + .seconds(60)) == 999_000)
        #expect(latest.bounding(1_003_600, at: start) == 1_003_600)
        #expect(latest.bounding(400_000_000, at: start + .seconds(60)) == 1_000_060 + 86_400)
        #expect(latest.bounding(3_000_000, at: start + .seconds(2_000_000)) == 3_000_000)
    }
}
