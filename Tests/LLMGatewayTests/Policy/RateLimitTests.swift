import Testing

@testable import LLMGateway

@Suite struct RateLimitTests {
    @Test(arguments: [(600, 0, 100), (600, 7, 7), (5, 0, 1), (1, 0, 1), (60, 600, 600)])
    func `a burst that is not set is ten seconds' worth, at least one`(perMinute: Int, burst: Int, capacity: Int) {
        let limit = RateLimit.requests(perMinute: perMinute, burst: burst)
        #expect(limit?.amount == perMinute)
        #expect(limit?.capacity == capacity)
    }

    @Test func `of tokens a minute's worth may be used at once, of a window all of it`() {
        #expect(RateLimit.tokens(perMinute: 200_000)?.capacity == 200_000)
        let window = RateLimit.window(100, per: .seconds(3600))
        #expect(window?.capacity == 100)
        #expect(window?.fillTime == .seconds(3600))
        #expect(RateLimit.requests(perMinute: 600)?.perSecond == 10)
    }

    @Test func `zero is no limit`() {
        #expect(RateLimit.requests(perMinute: 0, burst: 5) == nil)
        #expect(RateLimit.tokens(perMinute: 0) == nil)
        #expect(RateLimit.window(0, per: .seconds(60)) == nil)
        #expect(RateLimit.window(5, per: .zero) == nil)
    }
}
