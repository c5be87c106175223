import Testing

@testable import LLMGateway

@Suite struct ResetTimeTests {
    @Test(arguments: [
        (Duration.zero, "0s"), (.milliseconds(20), "20ms"), (.nanoseconds(1), "1ms"), (.milliseconds(999), "999ms"),
        (.seconds(1), "1s"), (.milliseconds(8640), "8.64s"), (.milliseconds(1005), "1.005s"), (.seconds(60), "1m0s"),
        (.seconds(360), "6m0s"), (.milliseconds(90_951), "1m30.951s"), (.seconds(3600), "1h0m0s"),
        (.seconds(90_061), "25h1m1s"), (.microseconds(999_001), "1s"), (.seconds(-5), "0s"),
    ])
    func `a duration is written as OpenAI writes it`(duration: Duration, text: String) {
        #expect(ResetTime.duration(duration) == text)
    }

    @Test func `a point in time is never too early`() {
        let now: Int64 = 1_700_000_000_000
        #expect(ResetTime.instant(.zero, after: now) == "2023-11-14T22:13:20Z")
        #expect(ResetTime.instant(.milliseconds(1), after: now) == "2023-11-14T22:13:21Z")
        #expect(ResetTime.instant(.milliseconds(900), after: now + 100) == "2023-11-14T22:13:21Z")
    }
}
