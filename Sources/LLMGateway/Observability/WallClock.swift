#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A moment of the civil calendar, in UTC. For timestamps; durations are measured with a clock that can't be set back.
struct WallClock: Sendable, Equatable {
    /// Since 1970.
    var seconds: Int64
    /// 0..<1 000 000 000.
    var nanoseconds: Int32

    static var now: WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallClock(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    var inSeconds: Double { Double(seconds) + Double(nanoseconds) / 1e9 }
}

/// How late it is at most, for whoever throws away what is old: a calendar that jumps ahead, by mistake, isn't believed.
struct LatestDate: Sendable {
    private let start: (date: Int64, time: Instant)

    /// By how much the calendar may be put forward, in seconds.
    private static let allowance: Int64 = 86_400

    init(_ date: Int64 = WallClock.now.seconds, at time: Instant = .now) { start = (date, time) }

    /// The date, or the latest that it can be by the time that has passed.
    func bounding(_ date: Int64, at time: Instant = .now) -> Int64 {
        min(date, start.date + (time - start.time).components.seconds + Self.allowance)
    }
}
