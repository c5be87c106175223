import Testing

@testable import LLMGateway

@Suite(.enabled(if: RedisServer.isInstalled)) struct ReplicaCountTests {
    @Test func `replicas know how many they are, and one that falls silent is forgotten`() async throws {
        let server = try await RedisServer()
        try await withLink(to: server.address) { link, _ async throws in
            let (one, other) = (ReplicaCount(link), ReplicaCount(link))
            #expect(one.current == 1)
            await one.refresh()
            await other.refresh()
            await one.refresh()
            #expect(one.current == 2 && other.current == 2)
            await other.leave()
            await one.refresh()
            #expect(one.current == 1)
            _ = await link.ask(RedisCommand("ZADD", RedisKey.replicas, "1000", "one that died in 1970"))
            await one.refresh()
            #expect(one.current == 1)
        }
    }

    @Test func `a part of the rules lets through what its share is`() throws {
        let rules = Admission.Rules(
            requests: .requests(perMinute: 100, burst: 8), tokens: .tokens(perMinute: 10), maxInFlight: 7,
            budget: .init(amount: 1000, period: .day))
        #expect(rules.divided(by: 1) == rules)
        let part = rules.divided(by: 3)
        #expect(part.requests?.capacity == 2 && part.tokens?.capacity == 3 && part.maxInFlight == 7)
        #expect(part.budget == .init(amount: 333, period: .day))
        let rate = try #require(part.requests).perSecond * 3
        #expect(abs(rate - 100.0 / 60) < 1e-9 && part.requests?.amount == 100)
        #expect(rules.divided(by: 1000).requests?.capacity == 1)
    }
}
