import NIOCore

extension Instant {
    /// By the event loops' clock, which stands still while the machine is suspended: a credential that ran out meanwhile is
    /// found out by its refusal.
    static var now: Instant { NIODeadline.now().instant }
}

extension NIODeadline {
    /// The same moment for policies; the clock is not asked again.
    var instant: Instant { Instant(nanoseconds: Int64(clamping: uptimeNanoseconds)) }
}
