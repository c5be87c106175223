import Testing

@testable import LLMGateway

@Suite struct TokenBucketTests {
    let start = Instant.now

    /// Ten a second, `capacity` at once.
    private func bucket(capacity: Int = 20) throws -> TokenBucket {
        TokenBucket(try #require(RateLimit.requests(perMinute: 600, burst: capacity)), at: start)
    }

    @Test func `a burst is admitted, then the steady rate`() throws {
        var bucket = try bucket()
        for _ in 0..<20 { _ = try bucket.reserve(1, at: start) }
        #expect(throws: Shortage(retryAfter: .milliseconds(100))) { try bucket.reserve(1, at: start) }
        for tenth in 1...50 {
            let now = start + .milliseconds(tenth * 100)
            _ = try bucket.reserve(1, at: now)
            #expect(throws: Shortage.self) { try bucket.reserve(1, at: now) }
        }
    }

    @Test func `a refused call leaves the bucket as it was`() throws {
        var bucket = try bucket()
        _ = try bucket.reserve(15, at: start)
        #expect(throws: Shortage(retryAfter: .seconds(1))) { try bucket.reserve(15, at: start) }
        #expect(bucket.remaining(at: start) == 5)
        _ = try bucket.reserve(5, at: start)
    }

    @Test func `more than fits takes a full bucket`() throws {
        var bucket = try bucket()
        let charge = try bucket.reserve(1_000_000, at: start)
        #expect(bucket.remaining(at: start) == 0)
        #expect(throws: Shortage(retryAfter: .seconds(2))) { try bucket.reserve(1_000_000, at: start) }
        bucket.settle(charge, used: 5, at: start)
        #expect(bucket.remaining(at: start) == 15)
    }

    @Test func `what was not used comes back, what was used beyond it is owed`() throws {
        var bucket = try bucket()
        let charge = try bucket.reserve(10, at: start)
        bucket.settle(charge, used: 4, at: start)
        #expect(bucket.remaining(at: start) == 16)

        let other = try bucket.reserve(10, at: start)
        bucket.settle(other, used: 46, at: start)
        #expect(bucket.remaining(at: start) == 0)
        #expect(bucket.fullAfter(at: start) == .seconds(5))
        #expect(throws: Shortage(retryAfter: .milliseconds(3100))) { try bucket.reserve(1, at: start) }
        #expect(bucket.remaining(at: start + .seconds(4)) == 10)
    }

    @Test func `what comes back doesn't fill the bucket beyond its brim`() throws {
        var bucket = try bucket()
        let charge = try bucket.reserve(10, at: start)
        bucket.settle(charge, used: 0, at: start + .seconds(60))
        #expect(bucket.remaining(at: start + .seconds(60)) == 20)
    }

    @Test func `a clock that goes back is no time passed`() throws {
        var bucket = try bucket()
        _ = try bucket.reserve(20, at: start + .seconds(5))
        #expect(throws: Shortage.self) { try bucket.reserve(1, at: start) }
        #expect(bucket.remaining(at: start + .seconds(6)) == 10)
    }

    @Test func `under another limit it is as full as it was, in proportion`() throws {
        var bucket = try bucket()
        let charge = try bucket.reserve(15, at: start)
        bucket.follow(try #require(RateLimit.requests(perMinute: 6000, burst: 200)), at: start)
        #expect(bucket.remaining(at: start) == 50)
        #expect(bucket.remaining(at: start + .seconds(1)) == 150)
        bucket.settle(charge, used: 0, at: start)
        #expect(bucket.remaining(at: start) == 65, "what was taken comes back as it was taken")
    }

    @Test func `a debt stays what it is under another limit`() throws {
        var bucket = try bucket()
        bucket.settle(try bucket.reserve(20, at: start), used: 120, at: start)
        bucket.follow(try #require(RateLimit.requests(perMinute: 6000, burst: 200)), at: start)
        #expect(bucket.remaining(at: start + .seconds(1)) == 0)
        #expect(bucket.remaining(at: start + .milliseconds(1100)) == 10)
    }

    @Test(arguments: 1...20)
    func `no more gets through than the burst and the rate allow, and whoever waits as told gets through`(seed: UInt64)
        throws
    {
        var random = SeededGenerator(seed: seed)
        let perMinute = Int.random(in: 1...100_000, using: &random)
        let capacity = Int.random(in: 1...5000, using: &random)
        let limit = try #require(RateLimit.requests(perMinute: perMinute, burst: capacity))
        var bucket = TokenBucket(limit, at: start)
        var now = start
        var used = 0
        var out: [(charge: TokenBucket.Charge, amount: Int)] = []
        for _ in 0..<800 {
            now += .microseconds(Int.random(in: 0...200_000, using: &random))
            let amount = Int.random(in: 0...capacity, using: &random)
            do {
                out.append((try bucket.reserve(amount, at: now), amount))
                used += amount
            } catch {
                var patient = bucket
                #expect(error.retryAfter > .zero)
                _ = try patient.reserve(amount, at: now + error.retryAfter)
                var hasty = bucket
                #expect(throws: Shortage.self) { try hasty.reserve(amount, at: now + error.retryAfter * 0.99) }
            }
            if !out.isEmpty, Bool.random(using: &random) {
                let (charge, amount) = out.remove(at: Int.random(in: out.indices, using: &random))
                // At times the estimate was too low.
                let really = Int.random(in: 0...(amount + 1), using: &random)
                bucket.settle(charge, used: really, at: now)
                used += really - amount
            }
            let allowed = Double(capacity) + (now - start) / .seconds(60) * Double(perMinute)
            #expect(Double(used) <= allowed + Double(out.count) + 800 * 1e-6 + Double(capacity))
            #expect((0...capacity).contains(bucket.remaining(at: now)))
            #expect(bucket.fullAfter(at: now) >= .zero)
        }
    }
}
