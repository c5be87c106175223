/// How long to pause before a target is asked again: a random time below a bound that doubles.
///
/// This is "full jitter": it spreads callers that failed together over the whole pause, and of the ways to pause it costs
/// the fewest calls (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
struct Backoff: Sendable, Equatable {
    /// The bound of the first pause. Zero or more.
    let baseDelay: Duration
    /// The bound of every pause, and the longest `retry-after` that is worth waiting for.
    let maxDelay: Duration

    /// - Parameters:
    ///   - failures: How often the target has failed this call. At least 1.
    ///   - retryAfter: What the target asked for. Waited out in full; up to half of it is added, within the usual bound,
    ///     because everybody whom the target refused was told the same time.
    /// - Returns: nil when the target asked for more than ``maxDelay``.
    func pause(
        afterFailures failures: Int, retryAfter: Duration?, using random: inout some RandomNumberGenerator
    ) -> Duration? {
        precondition(failures > 0, "a pause follows a failure")
        // Twenty doublings of a millisecond are a quarter of an hour.
        let bound = min(maxDelay, baseDelay * (1 << min(failures - 1, 20)))
        guard let retryAfter else { return bound * Double.random(in: 0..<1, using: &random) }
        guard retryAfter <= maxDelay else { return nil }
        return retryAfter + min(bound, retryAfter / 2) * Double.random(in: 0..<1, using: &random)
    }
}
