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
