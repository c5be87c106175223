/// When a batch of telemetry is sent again that its collector had no room for, and when it is given up.
struct ExportRetry: Sendable {
    /// A batch that was not taken for so long is not worth the room that newer ones need.
    static let patience: Duration = .seconds(60)
    static let backoff = Backoff(baseDelay: .seconds(2), maxDelay: .seconds(30))

    private var failures = 0
    private var firstFailure: Instant?

    /// Statuses by which a collector says "not now" (OTLP specification, "Retryable Response Codes").
    static func isPassing(status: Int) -> Bool { [429, 502, 503, 504].contains(status) }

    /// The collector had no room, or could not be reached.
    ///
    /// - Parameter retryAfter: What it asked for.
    /// - Returns: How long to wait; nil: the batch is given up.
    mutating func failed(
        retryAfter: Duration?, at now: Instant, using random: inout some RandomNumberGenerator
    ) -> Duration? {
        failures += 1
        let first = firstFailure ?? now
        firstFailure = first
        guard let pause = Self.backoff.pause(afterFailures: failures, retryAfter: retryAfter, using: &random),
            now + pause - first <= Self.patience
        else { return nil }
        return pause
    }
}
