extension Duration {
    /// In seconds. Dividing by `.seconds(1)` says the same and takes twenty times as long, by way of generic conversions of
    /// 128-bit numbers; buckets and averages ask for it some twenty times in a call.
    var inSeconds: Double {
        let all = attoseconds
        let (high, low) = (Int64(truncatingIfNeeded: all >> 64), UInt64(truncatingIfNeeded: all))
        return (Double(high) * 0x1p64 + Double(low)) / 1e18
    }

    /// In whole nanoseconds; 292 years at most.
    var inNanoseconds: Int64 {
        let all = attoseconds
        if all >> 63 == 0 { return Int64(truncatingIfNeeded: all) / 1_000_000_000 }
        return Int64(exactly: (inSeconds * 1e9).rounded()) ?? (all < 0 ? .min : .max)
    }

    /// So many seconds, rounded up to a nanosecond, and 292 years at most. `.seconds(_:)` takes eight times as long.
    ///
    /// - Parameter inSeconds: A number; what sums of fractions are too long by is left out.
    init(inSeconds: Double) {
        let rounded = (inSeconds * 1e9 - 1e-5).rounded(.up)
        let nanoseconds = inSeconds > 0 ? max(1, rounded) : rounded
        self = .nanoseconds(Int64(exactly: nanoseconds) ?? (nanoseconds < 0 ? .min : .max))
    }
}
