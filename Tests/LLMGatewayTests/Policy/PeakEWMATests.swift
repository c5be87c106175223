import Testing

@testable import LLMGateway

@Suite struct PeakEWMATests {
    let start = Instant.now

    private func average(_ seconds: Double...) -> PeakEWMA {
        var average = PeakEWMA(at: start)
        for second in seconds { average.observe(.seconds(second), at: start) }
        return average
    }

    @Test func `an answer slower than the average becomes the average at once`() {
        #expect(average(0.2, 3).seconds(at: start) == 3)
    }

    @Test func `a faster one lowers it by the time that has passed`() throws {
        var average = average(4)
        average.observe(.seconds(2), at: start + PeakEWMA.halfLife)
        let seconds = try #require(average.seconds(at: start + PeakEWMA.halfLife))
        #expect(abs(seconds - 3) < 1e-4)
    }

    @Test(arguments: [(0.0, 1.0), (5, 0.70710678), (10, 0.5), (20, 0.25), (33, 0.10153155), (100, 0.0009765625)])
    func `what is known fades by half every half-life`(after: Double, left: Double) throws {
        let seconds = try #require(average(1).seconds(at: start + .seconds(after)))
        #expect(abs(seconds - left) < 1e-5)
    }

    @Test func `after days nothing is left, and nothing overflows`() {
        #expect(average(1).seconds(at: start + .seconds(1e9)) == 0)
        #expect(average(1).seconds(at: start - .seconds(5)) == 1, "a clock that goes back is no time passed")
    }

    @Test func `fading is steady`() {
        let average = average(1)
        var last = 1.0
        for step in 1..<500 {
            let seconds = average.seconds(at: start + .milliseconds(step * 80)) ?? 0
            #expect(seconds < last)
            last = seconds
        }
    }

    @Test func `a target that fails at once counts as slow, and slower each time`() throws {
        var average = average(0.5)
        average.failed(after: .milliseconds(2), at: start)
        #expect(average.seconds(at: start) == 2)
        average.failed(after: .milliseconds(2), at: start)
        #expect(average.seconds(at: start) == 4)
        for _ in 0..<100 { average.failed(after: .zero, at: start) }
        #expect(average.seconds(at: start) == PeakEWMA.slowest)
        average.failed(after: .seconds(100), at: start)
        #expect(average.seconds(at: start) == 100, "it did take that long")
    }

    @Test func `a target that nobody knows is tried, but not by everyone at once`() {
        let unknown = PeakEWMA(at: start)
        #expect(unknown.cost(inFlight: 0, at: start) == 0)
        #expect(unknown.cost(inFlight: 3, at: start) == 4)
        #expect(average(0.2).cost(inFlight: 4, at: start) == 1)
    }
}
