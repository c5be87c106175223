import NIOCore
import WireFormats

extension Call {
    /// Tells the client how far its limits are used up, in its format's headers. Nothing for a caller without limits.
    func writeRateLimits() {
        guard caller.isLimited else { return }
        let standing = allowance.standing
        guard !standing.isEmpty else { return }
        let headers = format.rateLimitHeaders
        connection.write { head in
            if let requests = standing.requests { head.write(requests, headers.requests, headers.reset) }
            if let tokens = standing.tokens { head.write(tokens, headers.tokens, headers.reset) }
        }
    }
}

extension HeadWriter {
    fileprivate mutating func write(
        _ standing: Admission.Standing, _ names: RateLimitHeaders.Names, _ reset: RateLimitHeaders.Reset
    ) {
        field(names.limit, standing.limit)
        field(names.remaining, standing.remaining)
        let text =
            switch reset {
            case .duration: ResetTime.duration(standing.reset)
            case .instant: ResetTime.instant(standing.reset, after: WallClock.now.milliseconds)
            }
        field(names.reset, text)
    }
}

/// How a client is told when a limit will be whole again. Never sooner than it will be.
enum ResetTime {
    /// As Go writes durations, and OpenAI with it: `20ms`, `1s`, `6m0s`, `1h0m0.5s`; whole milliseconds.
    static func duration(_ duration: Duration) -> String {
        let milliseconds = milliseconds(duration)
        if milliseconds > 0, milliseconds < 1000 { return "\(milliseconds)ms" }
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        var text = seconds >= 3600 ? "\(seconds / 3600)h" : ""
        if seconds >= 60 { text += "\(seconds / 60 % 60)m" }
        text += "\(seconds % 60)"
        if rest > 0 {
            let digits = String(String(1000 + rest).dropFirst())
            text += "." + String(digits.reversed().drop { $0 == "0" }.reversed())
        }
        return text + "s"
    }

    /// As RFC 3339 has it, in whole seconds: `2026-11-21T09:30:00Z`.
    ///
    /// - Parameter now: Milliseconds since 1970.
    static func instant(_ duration: Duration, after now: Int64) -> String {
        let seconds = (now + milliseconds(duration) + 999) / 1000
        return String(Readiness.timestamp(seconds * 1000).prefix { $0 != "." }) + "Z"
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = max(.zero, duration).components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
