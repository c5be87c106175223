/// How long a target takes to its first byte, as a moving average that believes bad news at once.
///
/// An answer slower than the average becomes the average; a faster one, and silence, lower it by and by: after
/// ``halfLife`` half of what was known is forgotten, so that a target that was slow once is looked at again. (Finagle's
/// "peak EWMA" balancer, also in Linkerd.)
struct PeakEWMA: Sendable {
    static let halfLife: Duration = .seconds(10)
    private static let halfLifeInSeconds = halfLife.inSeconds
    /// What a target is taken for that has calls in flight, and none that came back. In seconds.
    static let whenUnknown = 1.0
    /// A target that fails is not taken for slower than this. In seconds.
    static let slowest = 60.0

    /// In seconds, at `updated`; 0: nothing is known.
    private var average = 0.0
    private var updated: Instant

    init(at now: Instant) {
        updated = now
    }

    /// A first byte came.
    ///
    /// - Parameter latency: Since the request was sent.
    mutating func observe(_ latency: Duration, at now: Instant) {
        let seconds = max(0, latency.inSeconds)
        if seconds >= average {
            average = seconds
        } else {
            let kept = Self.remaining(after: now.seconds(since: updated))
            average = average * kept + seconds * (1 - kept)
        }
        updated = max(updated, now)
    }

    /// The target failed. However fast that was, it counts as twice as slow as before: failing at once is no speed, and
    /// would draw everyone's calls.
    mutating func failed(after elapsed: Duration, at now: Instant) {
        let known = seconds(at: now) ?? Self.whenUnknown
        observe(max(elapsed, .seconds(min(Self.slowest, max(known, Self.whenUnknown) * 2))), at: now)
    }

    /// The average as it is now, in seconds; nil when nothing was ever observed.
    func seconds(at now: Instant) -> Double? {
        average == 0 ? nil : average * Self.remaining(after: now.seconds(since: updated))
    }

    /// What one more call would cost there: the average for each call that is in flight, and for the new one. In seconds;
    /// only to be compared.
    ///
    /// A target of which nothing is known and that is idle costs nothing, so that it is tried.
    func cost(inFlight: Int, at now: Instant) -> Double {
        guard let seconds = seconds(at: now) else {
            return inFlight == 0 ? 0 : Self.whenUnknown * Double(inFlight + 1)
        }
        return seconds * Double(inFlight + 1)
    }

    /// How much of the average is left after so many seconds: 2 to the power of minus its half-lives.
    private static func remaining(after elapsed: Double) -> Double {
        let halfLives = elapsed / Self.halfLifeInSeconds
        guard halfLives < 64 else { return 0 }
        let whole = halfLives.rounded(.down)
        // Taylor's series of e^-x up to the seventh power; x is below 0.7, the error below 2e-6.
        let x = (halfLives - whole) * 0.693_147_180_559_945_3
        var (sum, power) = (1.0, 7.0)
        while power > 0 {
            sum = 1 - x / power * sum
            power -= 1
        }
        return Double(sign: .plus, exponent: -Int(whole), significand: sum)
    }
}
