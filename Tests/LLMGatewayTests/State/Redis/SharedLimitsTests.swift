import Foundation
import Testing

@testable import LLMGateway

@Suite(.enabled(if: RedisServer.isInstalled)) struct SharedLimitsTests {
    func wish(
        _ key: String = "k", requests: RateLimit? = nil, tokens: RateLimit? = nil, budget: Budget.Limit? = nil,
        origin: SharedReservationWish.Origin? = nil, using amount: Int = 0, cost: Int64 = 0,
        holding: Duration = .seconds(700)
    ) -> SharedReservationWish {
        SharedReservationWish(
            key: key, rules: Admission.Rules(requests: requests, tokens: tokens, budget: budget), origin: origin,
            tokens: amount, cost: cost, holding: holding)
    }

    private func verdict(_ limits: SharedLimits, _ wish: SharedReservationWish) async throws -> SharedVerdict {
        guard let verdict = await limits.reserve(wish) else { throw WaitedTooLong(what: "Redis is away") }
        return verdict
    }

    /// What became of a wish whose reservation nobody settles.
    func refusal(_ limits: SharedLimits, _ wish: SharedReservationWish) async throws -> Admission.Refusal? {
        let verdict = try await verdict(limits, wish)
        do throws(Admission.Refusal) {
            _ = try verdict.reservation()
            return nil
        } catch {
            return error
        }
    }

    func granted(_ limits: SharedLimits, _ wish: SharedReservationWish) async throws -> SharedReservation {
        try await verdict(limits, wish).reservation()
    }

    /// What a call is told of the limits.
    private func standings(
        _ limits: SharedLimits, _ wish: SharedReservationWish
    ) async throws -> (requests: Admission.Standing?, tokens: Admission.Standing?) {
        let verdict = try await verdict(limits, wish)
        return (verdict.requests, verdict.tokens)
    }

    private func isAway(_ limits: SharedLimits, _ wish: SharedReservationWish) async -> Bool {
        do {
            _ = try await refusal(limits, wish)
            return false
        } catch {
            return true
        }
    }

    func withLimits(_ body: (SharedLimits, RedisLink, RedisServer) async throws -> Void) async throws {
        let server = try await RedisServer()
        try await withLink(to: server.address) { link, _ async throws in
            try await body(SharedLimits(link), link, server)
        }
    }

    // MARK: Buckets

    @Test func `a key has as many requests as its bucket holds, then one whenever it has refilled`() async throws {
        try await withLimits { limits, _, _ async throws in
            let wish = wish(requests: .requests(perMinute: 30, burst: 3))
            for left in [2, 1, 0] {
                let verdict = try await standings(limits, wish)
                let standing = try #require(verdict.requests)
                #expect(standing.limit == 30 && standing.remaining == left && standing.reset <= .seconds(6))
                #expect(verdict.tokens == nil)
            }
            let refusal = try #require(try await refusal(limits, wish))
            #expect(refusal.limit == .requests)
            let pause = try #require(refusal.retryAfter)
            #expect(pause > .zero && pause <= .seconds(2))
            try await Task.sleep(for: pause + .milliseconds(2))
            #expect(try await self.refusal(limits, wish) == nil)
            #expect(
                try await self.refusal(limits, self.wish("other", requests: .requests(perMinute: 30, burst: 3))) == nil
            )
        }
    }

    @Test func `tokens are taken by estimate and settled by use, down to a debt`() async throws {
        try await withLimits { limits, link, _ async throws in
            let limit = RateLimit.window(60, per: .seconds(6000))
            func left() async throws -> Int {
                try #require(try await standings(limits, wish(tokens: limit, using: 0)).tokens?.remaining)
            }
            let first = try await granted(limits, wish(tokens: limit, using: 50))
            #expect(try await left() == 10)
            let refusal = try #require(try await refusal(limits, wish(tokens: limit, using: 20)))
            #expect(refusal.limit == .tokens)
            #expect(try #require(refusal.retryAfter) > .seconds(900) && #require(refusal.retryAfter) <= .seconds(1000))
            limits.settle(first, tokens: 20, cost: 0)
            #expect(try await left() == 40)
            // More than fits takes a full bucket, and may use more than that.
            #expect(try await self.refusal(limits, wish(tokens: limit, using: 1000))?.limit == .tokens)
            let second = try await granted(limits, wish(tokens: limit, using: 30))
            limits.settle(second, tokens: 100, cost: 0)
            let debt = try await standings(limits, wish(tokens: limit, using: 0))
            #expect(debt.tokens?.remaining == 0)
            #expect(try #require(debt.tokens?.reset) > .seconds(11_000))
            let later = await link.ask(RedisCommand("TTL", RedisKey.limits(ofKey: "k")))?.integer
            #expect(try #require(later) > 11_000, "a debt is remembered until it is paid")
        }
    }

    @Test func `a refused call has taken nothing, whatever refused it`() async throws {
        try await withLimits { limits, _, _ async throws in
            let origin = SharedReservationWish.Origin(
                address: "10.0.0.1", limit: try #require(.requests(perMinute: 6, burst: 2)))
            func ask(using tokens: Int = 1, cost: Int64 = 0) -> SharedReservationWish {
                wish(
                    requests: .requests(perMinute: 6, burst: 5), tokens: .window(100, per: .seconds(100_000)),
                    budget: .init(amount: 1000, period: .month), origin: origin, using: tokens, cost: cost)
            }
            let spender = try await granted(limits, ask(using: 60, cost: 400))
            #expect(try await refusal(limits, ask(using: 60))?.limit == .tokens)
            let last = try await granted(limits, ask(using: 1, cost: 600))
            // Now the address has none left: the key's requests, tokens and money stay as they are.
            #expect(try await refusal(limits, ask(using: 1))?.limit == .ip)
            var other = ask(using: 1)
            other.origin = nil
            let left = try await standings(limits, other)
            #expect(left.requests?.remaining == 2 && left.tokens?.remaining == 38)
            limits.cancel(last)
            limits.cancel(spender)
            for left in [1, 0] {
                let verdict = try await verdict(limits, wish(origin: origin))
                #expect(verdict.ofAddress?.limit == origin.limit.amount && verdict.ofAddress?.remaining == left)
            }
            #expect(try await refusal(limits, wish(origin: origin))?.limit == .ip)
        }
    }

    @Test func `a bucket whose limit was changed is as full as it was, in proportion`() async throws {
        try await withLimits { limits, _, _ async throws in
            _ = try await granted(limits, wish(requests: .requests(perMinute: 1, burst: 10)))
            _ = try await granted(limits, wish(requests: .requests(perMinute: 1, burst: 10)))
            let verdict = try await standings(limits, wish(requests: .requests(perMinute: 1, burst: 100)))
            #expect(verdict.requests?.remaining == 79)
        }
    }

    @Test func `an address is limited over all keys, and a key over all addresses`() async throws {
        try await withLimits { limits, _, _ async throws in
            func from(_ address: String, _ key: String) throws -> SharedReservationWish {
                let limit = try #require(RateLimit.requests(perMinute: 1, burst: 2))
                return wish(
                    key, requests: .requests(perMinute: 1, burst: 3), origin: .init(address: address, limit: limit))
            }
            #expect(try await refusal(limits, from("a", "k1")) == nil)
            #expect(try await refusal(limits, from("a", "k2")) == nil)
            #expect(try await refusal(limits, from("a", "k3"))?.limit == .ip)
            #expect(try await refusal(limits, from("b", "k1")) == nil)
            #expect(try await refusal(limits, from("b", "k1")) == nil)
            #expect(try await refusal(limits, from("c", "k1"))?.limit == .requests)
            #expect(try await refusal(limits, from("c", "k2")) == nil)
            #expect(try await refusal(limits, from("c", "k2")) == nil, "what the address gave for k1 was given back")
        }
    }

    // MARK: Money

    @Test func `calls are admitted while anything is left, and what they did cost is what is spent`() async throws {
        try await withLimits { limits, link, _ async throws in
            let budget = Budget.Limit(amount: 1000, period: .total)
            let first = try await granted(limits, wish(budget: budget, cost: 999))
            let second = try await granted(limits, wish(budget: budget, cost: 5000))
            let refused = try #require(try await refusal(limits, wish(budget: budget, cost: 1)))
            #expect(refused == Admission.Refusal(limit: .budget, retryAfter: nil))
            #expect(try await refusal(limits, wish(budget: budget, cost: 0)) == nil, "what is free is always admitted")
            limits.settle(second, tokens: 0, cost: 10)
            limits.settle(first, tokens: 0, cost: 20)
            let third = try await granted(limits, wish(budget: budget, cost: 1))
            limits.settle(third, tokens: 0, cost: 970)
            try await eventually("all is spent") {
                try await refusal(limits, wish(budget: budget, cost: 1))?.limit == .budget
            }
            #expect(await link.ask(RedisCommand("HGET", RedisKey.limits(ofKey: "k"), "total.spent"))?.text == "1000")
        }
    }

    @Test func `a month's budget comes back with the next month`() async throws {
        try await withLimits { limits, link, _ async throws in
            let budget = Budget.Limit(amount: 100, period: .month)
            let spent = try await granted(limits, wish(budget: budget, cost: 100))
            limits.settle(spent, tokens: 0, cost: 100)
            let refusal = try #require(try await refusal(limits, wish(budget: budget, cost: 1)))
            let now = WallClock.now.seconds
            let left = Budget.Period.month.end(after: now) - now
            #expect(abs(try #require(refusal.retryAfter).components.seconds - left) <= 2)
            // As if the month had ended.
            _ = await link.ask(RedisCommand("HSET", RedisKey.limits(ofKey: "k"), "month.end", "\(now - 1)"))
            #expect(try await self.refusal(limits, wish(budget: budget, cost: 1)) == nil)
        }
    }

    @Test func `money that a crashed replica has reserved comes back`() async throws {
        try await withLimits { limits, _, _ async throws in
            let budget = Budget.Limit(amount: 100, period: .total)
            _ = try await granted(limits, wish(budget: budget, cost: 100, holding: .seconds(3)))
            #expect(try await refusal(limits, wish(budget: budget, cost: 1))?.limit == .budget)
            try await eventually("it is back") { try await refusal(limits, wish(budget: budget, cost: 1)) == nil }
        }
    }

    @Test func `a call that ends after its money came back is spent all the same`() async throws {
        try await withLimits { limits, link, _ async throws in
            let budget = Budget.Limit(amount: 100, period: .total)
            let late = try await granted(limits, wish(budget: budget, cost: 50, holding: .seconds(1)))
            try await Task.sleep(for: .milliseconds(2100))
            _ = try await granted(limits, wish(budget: budget, cost: 1, holding: .seconds(500)))
            limits.settle(late, tokens: 0, cost: 60)
            let key = RedisKey.limits(ofKey: "k")
            #expect(await link.ask(RedisCommand("HGET", key, "total.spent"))?.text == "60")
            let fields = await link.ask(RedisCommand("HKEYS", key))?.elements?.compactMap(\.text) ?? []
            #expect(fields.count { $0.hasPrefix("hold.") } == 1)
        }
    }

    @Test func `Redis counts the periods of the calendar as the gateway does`() async throws {
        try await withLimits { _, link, _ async throws in
            let script = RedisScript(
                SharedLimitScripts.calendar + "local ends = period_end(ARGV[1], tonumber(ARGV[2]))\n"
                    + "return ends and string.format('%.0f', ends)")
            var random = RequestRandom()
            let times =
                [0, 951_782_399, 951_782_400, 1_709_164_800, 4_107_542_399]
                + (0..<300).map { _ in
                    Int64.random(in: 0..<8_000_000_000, using: &random)
                }
            for period in Budget.Period.allCases {
                let replies = try #require(
                    await link.run(times.map { script.call("k", [period.rawValue, "\($0)"]) }))
                for (time, reply) in zip(times, replies) {
                    let end = period.end(after: time)
                    #expect(reply.text == (end == .max ? nil : "\(end)"), "\(period) of \(time)")
                }
            }
        }
    }

    // MARK: Many at once

    @Test func `several replicas together admit what one would, to the request`() async throws {
        let server = try await RedisServer()
        let burst = 500
        let admitted = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var count = 0
                    try await withLink(to: server.address) { link, _ async throws in
                        let limits = SharedLimits(link)
                        let wish = wish(requests: .requests(perMinute: 60, burst: burst))
                        await withTaskGroup(of: Bool.self) { calls in
                            for _ in 0..<400 {
                                calls.addTask {
                                    do { return try await refusal(limits, wish) == nil } catch { return false }
                                }
                            }
                            for await isAdmitted in calls where isAdmitted { count += 1 }
                        }
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        // One a second comes back while they ask.
        #expect(admitted >= burst && admitted <= burst + 10, "\(admitted)")
    }

    @Test func `two hundred calls at 95 per cent of a budget overspend by at most one reservation`() async throws {
        try await withLimits { limits, link, _ async throws in
            let budget = Budget.Limit(amount: 1_000_000, period: .day)
            limits.settle(try await granted(limits, wish(budget: budget, cost: 1)), tokens: 0, cost: 950_000)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        guard let call = try? await granted(limits, wish(budget: budget, cost: 20_000)) else { return }
                        limits.settle(call, tokens: 0, cost: 20_000)
                    }
                }
            }
            let spent = await link.ask(RedisCommand("HGET", RedisKey.limits(ofKey: "k"), "day.spent"))?.text
            #expect(try #require(spent.flatMap { Int($0) }) <= 1_020_000)
        }
    }

    @Test func `a random history comes out as one replica would have decided it alone`() async throws {
        try await withLimits { limits, _, _ async throws in
            var random = RequestRandom()
            let budget = Budget.Limit(amount: 1000, period: .total)
            // Buckets that hardly refill in the time that this takes.
            let rules = Admission.Rules(
                requests: .requests(perMinute: 1, burst: 60), tokens: .window(4000, per: .seconds(4_000_000)),
                budget: budget)
            let now = Instant.now
            var alone = Admission(rules, at: now, date: 0)
            for step in 0..<200 {
                let tokens = Int.random(in: 0..<150, using: &random)
                let cost = Int64.random(in: 0..<40, using: &random)
                let (used, spent) = (Int.random(in: 0..<150, using: &random), Int64.random(in: 0..<40, using: &random))
                var expected: Admission.Limit?
                do throws(Admission.Refusal) {
                    let entered = try alone.enter(at: now)
                    let reserved = try alone.reserve(entered, tokens: tokens, cost: cost, at: now, date: 0)
                    if step % 7 == 0 {
                        alone.cancel(reserved, at: now, date: 0)
                    } else {
                        alone.settle(reserved, tokens: used, cost: spent, at: now, date: 0)
                    }
                } catch { expected = error.limit }
                let wish = SharedReservationWish(
                    key: "k", rules: rules, tokens: tokens, cost: cost, holding: .seconds(600))
                let verdict = try await verdict(limits, wish)
                do throws(Admission.Refusal) {
                    let reservation = try verdict.reservation()
                    #expect(expected == nil, "step \(step)")
                    if step % 7 == 0 {
                        limits.cancel(reservation)
                    } else {
                        limits.settle(reservation, tokens: used, cost: spent)
                    }
                } catch {
                    #expect(error.limit == expected, "step \(step)")
                }
            }
        }
    }

    // MARK: Trouble

    @Test func `a Redis that has forgotten the scripts is told them again, for what is awaited and what is not`()
        async throws
    {
        try await withLimits { limits, link, server async throws in
            let budget = Budget.Limit(amount: 1000, period: .total)
            let first = try await granted(limits, wish(budget: budget, cost: 100))
            _ = await link.ask(RedisCommand("SCRIPT", "FLUSH"))
            limits.settle(first, tokens: 0, cost: 70)
            let key = RedisKey.limits(ofKey: "k")
            try await eventually("the settlement came through") {
                await link.ask(RedisCommand("HGET", key, "total.spent"))?.text == "70"
            }
            _ = await link.ask(RedisCommand("SCRIPT", "FLUSH"))
            #expect(try await refusal(limits, wish(budget: budget, cost: 1)) == nil)

            server.kill()
            try await eventually("the loss is noticed") { link.isAway }
            #expect(await isAway(limits, wish(budget: budget, cost: 1)))
            try await server.start()
            try await eventually("it is back") { !link.isAway }
            #expect(try await refusal(limits, wish(budget: budget, cost: 1)) == nil)
        }
    }

    @Test func `all but what was spent of a total is forgotten in time`() async throws {
        try await withLimits { limits, link, _ async throws in
            let origin = SharedReservationWish.Origin(address: "::1", limit: try #require(.requests(perMinute: 60)))
            for period in Budget.Period.allCases {
                let call = try await granted(
                    limits,
                    wish(
                        "{\(period)}%", requests: .requests(perMinute: 60), tokens: .tokens(perMinute: 100),
                        budget: .init(amount: 10, period: period), origin: origin, using: 5, cost: 5))
                limits.settle(call, tokens: 1, cost: 1)
            }
            let keys = await link.ask(RedisCommand("KEYS", "*"))?.elements?.compactMap(\.text) ?? []
            #expect(keys.count { $0.hasPrefix("llm-gateway:limits:") } == 5, "\(keys)")
            for key in keys where key != RedisKey.trial {
                let ttl = try #require(await link.ask(RedisCommand("TTL", key))?.integer)
                let isForGood = key == RedisKey.limits(ofKey: "{\(Budget.Period.total)}%")
                #expect(isForGood ? ttl == -1 : ttl > 0 && ttl <= 31 * 86_400 + 60, "\(key): \(ttl)")
            }
        }
    }

    @Test func `who has no limits asks nobody`() async throws {
        let nowhere = RedisAddress(place: .host("127.0.0.1", port: try RedisServer.freePort()))
        try await withLink(to: nowhere) { link, _ async throws in
            #expect(try await refusal(SharedLimits(link), wish()) == nil)
            #expect(await isAway(SharedLimits(link), wish(tokens: .tokens(perMinute: 1))))
        }
    }
}
