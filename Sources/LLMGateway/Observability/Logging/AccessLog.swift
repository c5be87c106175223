import Logging
import Synchronization

/// Writes the line of each request.
struct AccessLog: Sendable {
    private let logger: Logger
    private let limiter: SuccessLimiter

    /// - Parameter maxSuccessPerSecond: Lines of requests that went well, per second; 0: all. Others are always written.
    init(_ logger: Logger, maxSuccessPerSecond: Int = 0) {
        self.logger = logger
        limiter = SuccessLimiter(limit: maxSuccessPerSecond)
    }

    /// Once per request, at its end. Failures of providers are warnings, everything else is information.
    func write(_ request: RequestLog) {
        let outcome = request.record.outcome
        let level = Self.level(of: outcome)
        guard logger.logLevel <= level else { return }
        if outcome == .ok, !limiter.admits(at: WallClock.now.seconds) { return }
        logger.log(level: level, "request", metadata: request.metadata)
    }

    private static func level(of outcome: Outcome) -> Logger.Level {
        switch outcome {
        case .ok, .clientError, .clientCancelled, .rejected: .info
        case .providerError, .timeout: .warning
        }
    }
}

/// Lets so many through per second of the clock.
final class SuccessLimiter: Sendable {
    private let limit: UInt64
    /// The second in the upper half, how many it has had in the lower.
    private let state: Atomic<UInt64> = Atomic(0)

    /// - Parameter limit: 0: no limit.
    init(limit: Int) { self.limit = UInt64(min(max(0, limit), Int(UInt32.max))) }

    /// - Parameter second: Of any clock; not looked at where there is no limit.
    func admits(at second: @autoclosure () -> Int64) -> Bool {
        guard limit > 0 else { return true }
        let now = UInt64(truncatingIfNeeded: second()) << 32
        var seen = state.load(ordering: .relaxed)
        while true {
            let isSameSecond = seen & ~0xFFFF_FFFF == now
            let count = isSameSecond ? seen & 0xFFFF_FFFF : 0
            if count >= limit { return false }
            let (exchanged, original) = state.weakCompareExchange(
                expected: seen, desired: now | (count + 1), ordering: .relaxed)
            if exchanged { return true }
            seen = original
        }
    }
}
