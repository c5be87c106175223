import Logging
import Synchronization

/// Writes the line of each request: to the output of all loggers, but not by way of one. A logger takes text and
/// metadata; to make a request's fields into those and find them again would cost as much as writing the line does.
struct AccessLog: Sendable {
    private let output: LogOutput
    private let limiter: SuccessLimiter

    /// - Parameter maxSuccessPerSecond: Lines of calls that went well, per second; 0: all. Others are always written.
    init(_ output: LogOutput, maxSuccessPerSecond: Int = 0) {
        self.output = output
        limiter = SuccessLimiter(limit: maxSuccessPerSecond)
    }

    /// What a line is about: its `msg`. Each kind is a population of its own, so that lines can be counted.
    enum Subject: String, Sendable {
        /// A call of a model.
        case request
        /// A look at an answer that was kept, or its deletion.
        case storedResponse = "stored_response"
        /// What an operator asked.
        case admin
    }

    /// Once per request, at its end. Failures of providers are warnings, everything else is information.
    func write(_ record: borrowing RequestRecord, about subject: Subject = .request, at time: WallClock = .now) {
        let outcome = record.outcome
        let level = Self.level(of: outcome)
        guard output.level <= level else { return }
        if outcome == .ok, subject == .request, !limiter.admits(at: time.seconds) { return }
        output.write(level, subject.rawValue, at: time) { record.write(to: &$0) }
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

    /// - Parameter second: Of any clock.
    func admits(at second: Int64) -> Bool {
        guard limit > 0 else { return true }
        let now = UInt64(truncatingIfNeeded: second) << 32
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
