import Testing

@testable import LLMGateway

extension SharedLimitsTests {
    @Test func `a Redis that has lost what was spent begins with what the replica knows`() async throws {
        try await withLimits { limits, link, _ async throws in
            for period in [Budget.Period.month, .total] {
                var wish = wish("\(period)", budget: .init(amount: 100, period: period), cost: 10)
                wish.spent = 70
                let under_way = try await granted(limits, wish)
                let field = "\(period).spent"
                let key = RedisKey.limits(ofKey: "\(period)")
                #expect(await link.ask(RedisCommand("HGET", key, field))?.text == "70")
                // What Redis knows goes before what one of the replicas does.
                wish.spent = 0
                limits.cancel(try await granted(limits, wish))
                _ = await link.ask(RedisCommand("FLUSHALL"))
                limits.settle(under_way, tokens: 0, cost: 20)
                wish.spent = 90
                limits.settle(try await granted(limits, wish), tokens: 0, cost: 10)
                try await eventually("all is spent") { try await refusal(limits, wish)?.limit == .budget }
                #expect(await link.ask(RedisCommand("HGET", key, field))?.text == "100")
                let ttl = try #require(await link.ask(RedisCommand("TTL", key))?.integer)
                #expect(period == .total ? ttl == -1 : ttl > 0, "what is never over is never forgotten")
            }
        }
    }

    @Test func `a Redis whose clock was far ahead ends the period when it is over`() async throws {
        try await withLimits { limits, link, _ async throws in
            let budget = Budget.Limit(amount: 100, period: .day)
            limits.settle(try await granted(limits, wish(budget: budget, cost: 100)), tokens: 0, cost: 100)
            let now = WallClock.now.seconds
            let key = RedisKey.limits(ofKey: "k")
            _ = await link.ask(RedisCommand("HSET", key, "day.end", "\(now + 400 * 86_400)"))
            let refusal = try #require(try await refusal(limits, wish(budget: budget, cost: 1)))
            #expect(try #require(refusal.retryAfter) <= .seconds(86_400))
            #expect(try await self.refusal(limits, wish(budget: budget)) == nil)
            let end = await link.ask(RedisCommand("HGET", key, "day.end"))?.text
            #expect(end == "\(Budget.Period.day.end(after: now))" || WallClock.now.seconds / 86_400 > now / 86_400)
        }
    }
}
