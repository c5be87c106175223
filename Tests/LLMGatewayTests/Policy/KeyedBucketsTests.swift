import Testing

@testable import LLMGateway

@Suite struct KeyedBucketsTests {
    let start = Instant.now
    private let limit = RateLimit.requests(perMinute: 60, burst: 5)

    @Test func `every key has a bucket of its own`() throws {
        var buckets = KeyedBuckets<String>(try #require(limit), at: start)
        for key in ["a", "b"] {
            for _ in 0..<5 { _ = try buckets.take(key, at: start) }
            #expect(throws: Shortage(retryAfter: .seconds(1))) { try buckets.take(key, at: start) }
        }
        let later = start + .seconds(2)
        #expect(buckets.withBucket(of: "a", at: later) { $0.remaining(at: later) } == 2)
        #expect(buckets.withBucket(of: "c", at: later) { $0.remaining(at: later) } == 5)
    }

    @Test func `what is given back can be taken again`() throws {
        var buckets = KeyedBuckets<Int>(try #require(limit), at: start)
        let charges = try (0..<5).map { _ in try buckets.take(1, at: start) }
        buckets.giveBack(charges[0], to: 1, at: start)
        _ = try buckets.take(1, at: start)
        #expect(throws: Shortage.self) { try buckets.take(1, at: start) }
    }

    @Test func `another limit is for the buckets that are there, too`() throws {
        var buckets = KeyedBuckets<Int>(try #require(limit), at: start)
        for _ in 0..<5 { _ = try buckets.take(1, at: start) }
        buckets.follow(try #require(RateLimit.requests(perMinute: 600, burst: 50)), at: start)
        #expect(throws: Shortage(retryAfter: .milliseconds(100))) { try buckets.take(1, at: start) }
        let later = start + .seconds(5)
        #expect(buckets.withBucket(of: 1, at: later) { $0.remaining(at: later) } == 50)
    }

    @Test func `memory is bounded, however many keys come`() throws {
        var buckets = KeyedBuckets<Int>(try #require(limit), mostKeys: 1000, at: start)
        for key in 0..<100_000 { _ = try buckets.take(key, at: start) }
        #expect(buckets.count <= 1000)
    }

    @Test func `those who are silent are forgotten`() throws {
        var buckets = KeyedBuckets<Int>(try #require(limit), at: start)
        for key in 0..<500 { _ = try buckets.take(key, at: start) }
        _ = try buckets.take(0, at: start + .seconds(5))
        _ = try buckets.take(0, at: start + .seconds(10))
        #expect(buckets.count <= 2)
    }

    @Test(arguments: 1...10)
    func `it admits whom a bucket that is kept for ever would admit`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limit = try #require(limit)
        var buckets = KeyedBuckets<Int>(limit, at: start)
        var kept: [Int: TokenBucket] = [:]
        var now = start
        for round in 0..<2000 {
            now += .milliseconds(Int.random(in: 0...(round % 50 == 0 ? 9000 : 60), using: &random))
            if round % 500 == 499 {
                let burst = Int.random(in: 1...10, using: &random)
                limit = try #require(RateLimit.requests(perMinute: 60 * burst, burst: burst * 3))
                buckets.follow(limit, at: now)
                for key in kept.keys { kept[key]?.follow(limit, at: now) }
            }
            let key = Int.random(in: 0..<8, using: &random)
            var bucket = kept[key] ?? TokenBucket(limit, at: now)
            let isAdmitted = (try? bucket.reserve(1, at: now)) != nil
            kept[key] = bucket
            #expect(((try? buckets.take(key, at: now)) != nil) == isAdmitted)
        }
    }
}

extension KeyedBuckets {
    /// One request of the key's.
    fileprivate mutating func take(_ key: Key, at now: Instant) throws(Shortage) -> TokenBucket.Charge {
        try withBucket(of: key, at: now) { (bucket) throws(Shortage) in try bucket.reserve(1, at: now) }
    }
}
