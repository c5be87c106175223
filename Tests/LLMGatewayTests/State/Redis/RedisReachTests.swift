import Testing

@testable import LLMGateway

@Suite struct RedisReachTests {
    private let start = Instant.now
    private var random = RequestRandom()

    @Test
    mutating func `a Redis that stays away is looked for less and less often, and never less than every two seconds`() {
        var reach = RedisReach()
        var pauses: [Duration] = []
        for _ in 0..<200 { pauses.append(reach.failed(at: start, using: &random)) }
        #expect(!reach.isThere && pauses[0] <= .milliseconds(100))
        #expect(pauses.allSatisfy { $0 >= .milliseconds(20) && $0 <= .seconds(2) })
        #expect(pauses.dropFirst(10).contains { $0 > .seconds(1) })
    }

    @Test mutating func `only a connection that lasted makes the next pause short again`() {
        var reach = RedisReach()
        for _ in 0..<20 { _ = reach.failed(at: start, using: &random) }
        var longest = Duration.zero
        for _ in 0..<50 {
            reach.connected(at: start)
            #expect(reach.isThere)
            longest = max(longest, reach.failed(at: start + .seconds(1), using: &random))
        }
        #expect(longest > .milliseconds(200))
        for _ in 0..<50 {
            reach.connected(at: start)
            #expect(reach.failed(at: start + .seconds(6), using: &random) <= .milliseconds(100))
        }
    }

    @Test func `an outage is told once, and its end once all links are back`() {
        var outage = RedisOutage(links: 2)
        #expect(outage.isDegraded)
        // Nobody was told that they were away.
        var news = [outage.back(0), outage.back(1)]
        #expect(news == [false, false] && !outage.isDegraded)

        news = [outage.lost(1, at: start), outage.lost(0, at: start), outage.lost(1, at: start)]
        #expect(news == [true, false, false])
        news = [outage.back(1)]
        #expect(news == [false] && outage.isDegraded)
        news = [outage.back(0), outage.back(0)]
        #expect(news == [true, false] && !outage.isDegraded)
    }

    @Test func `a Redis that comes and goes is worth two lines in half a minute`() {
        var outage = RedisOutage(links: 1)
        var lines = 0
        for second in 0..<300 {
            if outage.lost(0, at: start + .milliseconds(second * 100)) { lines += 1 }
            if outage.back(0) { lines += 1 }
        }
        let isNewsLater = outage.lost(0, at: start + .seconds(31))
        #expect(lines == 2 && isNewsLater)
    }
}
