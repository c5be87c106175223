import Testing

@testable import LLMGateway

@Suite struct DurationSecondsTests {
    @Test(
        arguments: [
            (.zero, 0), (.seconds(3), 3), (.milliseconds(1500), 1.5), (.nanoseconds(1), 1e-9), (.seconds(-5), -5),
            (.seconds(9_000_000_000), 9e9), (.milliseconds(-1), -1e-3), (.seconds(86_400) * 365, 31_536_000),
        ] as [(Duration, Double)])
    func `a time is so many seconds`(duration: Duration, seconds: Double) {
        #expect(abs(duration.inSeconds - seconds) <= abs(seconds) * 1e-6)
        if seconds >= 0 { #expect(duration.inSeconds == seconds) }
    }

    @Test func `it says what a division by a second says`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<1000 {
            let duration = Duration.nanoseconds(Int64.random(in: 0...1_000_000_000_000_000, using: &random))
            #expect(abs(duration.inSeconds - duration / .seconds(1)) <= 1e-15 * duration.inSeconds)
        }
    }

    @Test func `so many seconds are a time, never too short, and never too long to be said`() {
        #expect(Duration(inSeconds: 0) == .zero && Duration(inSeconds: 1.5) == .milliseconds(1500))
        #expect(Duration(inSeconds: 1e-15) == .nanoseconds(1))
        #expect(Duration(inSeconds: 3.1000000000000005) == .milliseconds(3100))
        #expect(Duration(inSeconds: 1.0 / 3) == .nanoseconds(333_333_334))
        #expect(Duration(inSeconds: .infinity) == .nanoseconds(Int64.max))
        #expect(Duration(inSeconds: 1e300) == .nanoseconds(Int64.max))
        #expect(Duration(inSeconds: -1e300) == .nanoseconds(Int64.min))
    }

    @Test(
        arguments: [
            (.zero, 0), (.nanoseconds(1), 1), (.milliseconds(-3), -3_000_000), (.seconds(18), 18_000_000_000),
            (.seconds(86_400) * 100, 8_640_000_000_000_000), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)])
    func `nanoseconds are whole, and bounded`(duration: Duration, nanoseconds: Int64) {
        #expect(duration.inNanoseconds == nanoseconds)
    }
}
