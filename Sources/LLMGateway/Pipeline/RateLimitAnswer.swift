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
        return String(unsafeUninitializedCapacity: 40) { digits in
            var length = 0
            func add(_ number: Int64) {
                if number > 9 { add(number / 10) }
                add(UInt8(ascii: "0") + UInt8(number % 10))
            }
            func add(_ byte: UInt8) {
                digits[length] = byte
                length += 1
            }
            if milliseconds > 0, milliseconds < 1000 {
                add(milliseconds)
                add(UInt8(ascii: "m"))
            } else {
                let seconds = milliseconds / 1000
                if seconds >= 3600 {
                    add(seconds / 3600)
                    add(UInt8(ascii: "h"))
                }
                if seconds >= 60 {
                    add(seconds / 60 % 60)
                    add(UInt8(ascii: "m"))
                }
                add(seconds % 60)
                var (rest, unit) = (milliseconds % 1000, Int64(100))
                if rest > 0 { add(UInt8(ascii: ".")) }
                while rest > 0 {
                    add(rest / unit)
                    (rest, unit) = (rest % unit, unit / 10)
                }
            }
            add(UInt8(ascii: "s"))
            return length
        }
    }

    /// As RFC 3339 has it, in whole seconds: `2026-11-21T09:30:00Z`.
    ///
    /// - Parameter now: Milliseconds since 1970.
    static func instant(_ duration: Duration, after now: Int64) -> String {
        let seconds = (now + milliseconds(duration) + 999) / 1000
        return String(Readiness.timestamp(seconds * 1000).prefix { $0 != "." }) + "Z"
    }

    /// Rounded up.
    private static func milliseconds(_ duration: Duration) -> Int64 {
        let nanoseconds = max(0, duration.inNanoseconds)
        return nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0)
    }
}
