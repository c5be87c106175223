/// Whether the gateway should be sent traffic: the answer to `GET /ready`, from a snapshot of its providers' health.
struct Readiness: Sendable {
    /// Where the gateway is in its own life.
    enum Phase: Sendable {
        /// The first round of probes and model lists has not ended.
        case starting
        case serving
        /// SIGTERM or SIGINT has come.
        case draining
    }

    enum Status: String, Sendable {
        /// Every enabled provider that counts is up, or not known to be down.
        case ready
        /// Some provider is down; calls are answered.
        case degraded
        case unready
    }

    let status: Status
    let providers: [ProviderHealth]

    /// - Parameter providers: All that are configured, in the order in which the report names them.
    init(of providers: [ProviderHealth], phase: Phase) {
        self.providers = providers
        status = phase == .serving ? Self.judge(providers) : .unready
    }

    /// 200, or 503 for ``Status/unready``.
    var statusCode: Int { status == .unready ? 503 : 200 }

    private static func judge(_ providers: [ProviderHealth]) -> Status {
        let enabled = providers.filter { $0.presence == .enabled }
        // `simulated` is always up: beside real providers it would hide that all of them are gone.
        let real = enabled.filter { !$0.isSimulated }
        let counted = real.isEmpty ? enabled : real
        guard counted.contains(where: { $0.status == .up }) else { return .unready }
        let down = counted.filter { $0.status == .down }
        if down.contains(where: \.isRequired) { return .unready }
        return down.isEmpty ? .ready : .degraded
    }
}

/// How it is written: names are the contract's, and every key is there, `null` where nothing is known.
extension Readiness {
    /// The JSON body of `/ready`.
    var body: [UInt8] {
        var json = #"{"status":""# + status.rawValue + #"","providers":{"#
        for (index, provider) in providers.enumerated() {
            if index > 0 { json += "," }
            json += Self.quoted(provider.name) + ":" + Self.report(provider)
        }
        return Array((json + "}}").utf8)
    }

    private static func report(_ provider: ProviderHealth) -> String {
        let latency = provider.latency.map(milliseconds) ?? "null"
        let checked = provider.lastChecked.map { quoted(timestamp($0)) } ?? "null"
        let error = provider.error.map(quoted) ?? "null"
        return #"{"status":"\#(provider.status.rawValue)","latency_ms":\#(latency),"#
            + #""breaker":"\#(provider.breaker.rawValue)","last_checked":\#(checked),"error":\#(error)}"#
    }

    /// Milliseconds with the digits of microseconds: `12.034`.
    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = max(0, duration / .microseconds(1))
        let whole = Int64(microseconds.rounded())
        return "\(whole / 1000).\(padded(whole % 1000, 3))"
    }

    /// RFC 3339 in UTC: `2026-11-21T09:30:00.250Z`.
    static func timestamp(_ unixMilliseconds: Int64) -> String {
        let (days, rest) = unixMilliseconds.flooredDivision(by: 86_400_000)
        let date = CivilDate(daysSinceEpoch: Int(days))
        let seconds = rest / 1000
        return padded(Int64(date.year), 4) + "-" + padded(Int64(date.month), 2) + "-" + padded(Int64(date.day), 2)
            + "T" + padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
            + "." + padded(rest % 1000, 3) + "Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                quoted.unicodeScalars.append("\\")
                quoted.unicodeScalars.append(scalar)
            case "\u{0}"..<" ":
                let code = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension Int64 {
    /// Quotient and remainder, the remainder never negative.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
