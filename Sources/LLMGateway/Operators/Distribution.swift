/// How measured values are distributed over a histogram's buckets.
struct Distribution: Sendable, Equatable {
    /// Upper bounds, rising; there is one bucket more, which has none.
    let bounds: [Double]
    private(set) var counts: [UInt64]

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    var count: UInt64 { counts.reduce(0, &+) }

    /// - Parameter more: As many counts as this one has.
    mutating func add(_ more: [UInt64]) {
        for (bucket, count) in more.enumerated() where bucket < counts.count { counts[bucket] &+= count }
    }

    /// What was measured since `earlier`, which has the same bounds.
    static func - (now: Distribution, earlier: Distribution) -> Distribution {
        var difference = now
        for bucket in now.counts.indices {
            difference.counts[bucket] -= min(now.counts[bucket], earlier.counts[bucket])
        }
        return difference
    }

    /// The value that this share of all values does not exceed, by estimate: within a bucket values are taken to be evenly
    /// spread. Of the bucket without an upper bound, its lower one: it may be anything above that.
    ///
    /// - Parameter share: 0...1.
    /// - Returns: nil when nothing was measured.
    func quantile(_ share: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        let rank = share * Double(total)
        var below: UInt64 = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            guard Double(below &+ count) >= rank else {
                below &+= count
                continue
            }
            let lower = bucket > 0 ? bounds[bucket - 1] : 0
            guard bucket < bounds.count else { return lower }
            return lower + (bounds[bucket] - lower) * (rank - Double(below)) / Double(count)
        }
        return bounds.last
    }
}
