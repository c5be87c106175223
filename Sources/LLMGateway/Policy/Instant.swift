/// A moment, by a clock that can't be set back: what policies are told of time.
///
/// (The standard library's `ContinuousClock.Instant` has no layout that a compiler may rely on, and counts in 128 bits: what
/// holds one is copied, put into optionals and compared by way of its type's description, some fifty times in a call.)
struct Instant: Sendable, Hashable {
    /// Since some moment in the past, the same for the whole process.
    let nanoseconds: Int64

    /// 0 when `start` is later.
    func seconds(since start: Instant) -> Double {
        nanoseconds > start.nanoseconds ? Double(nanoseconds &- start.nanoseconds) / 1e9 : 0
    }
}

extension Instant: Comparable {
    static func < (one: Instant, other: Instant) -> Bool { one.nanoseconds < other.nanoseconds }
}

extension Instant {
    /// At the end of time at the latest, 292 years after its beginning.
    static func + (start: Instant, time: Duration) -> Instant {
        let (sum, isTooLate) = start.nanoseconds.addingReportingOverflow(time.inNanoseconds)
        return Instant(nanoseconds: isTooLate ? (time < .zero ? .min : .max) : sum)
    }

    static func - (end: Instant, time: Duration) -> Instant {
        let (rest, isTooEarly) = end.nanoseconds.subtractingReportingOverflow(time.inNanoseconds)
        return Instant(nanoseconds: isTooEarly ? (time < .zero ? .max : .min) : rest)
    }

    static func - (end: Instant, start: Instant) -> Duration { .nanoseconds(end.nanoseconds &- start.nanoseconds) }

    static func += (instant: inout Instant, time: Duration) { instant = instant + time }
}
