import NIOCore

extension NIODeadline {
    /// The same moment for policies, which go by the standard library's clock; the clock is not asked again.
    ///
    /// Instants made this way are to be compared with each other only: while the machine is suspended this clock stands
    /// still, and the library's does not.
    var instant: ContinuousClock.Instant {
        let (library, loops) = Self.sameMoment
        return library + .nanoseconds((self - loops).nanoseconds)
    }

    private static let sameMoment = (ContinuousClock.now, NIODeadline.now())
}
