/// `limits:`, what holds for every key that says nothing else, and for callers without one.
struct LimitSettings: Sendable {
    /// 0: no limit; so for the next one and for ``maxInFlight``.
    let requestsPerMinute: Int
    let tokensPerMinute: Int
    /// Requests of one client address; nil: no limit.
    let perAddress: RateLimit?
    /// Requests at once; 0: a sixth of the rate.
    let burst: Int
    let maxInFlight: Int
    let budgetStatus: BudgetStatus

    /// What a caller is told whose budget is spent.
    enum BudgetStatus: String, CaseIterable, Sendable {
        case tooManyRequests = "429"
        case paymentRequired = "402"

        var code: Int { self == .tooManyRequests ? 429 : 402 }
    }

    private static let most = 1_000_000_000
    /// Set, it is a number of requests per ``windowVariable``.
    private static let maxVariable = "GATEWAY_RATE_LIMIT_MAX"
    /// In milliseconds.
    private static let windowVariable = "GATEWAY_RATE_LIMIT_WINDOW_MS"

    init(_ settings: Settings) {
        requestsPerMinute = settings.read(
            "requests_per_minute", .integer(0...Self.most), default: 0, "Requests that a key may send. 0: no limit.")
        tokensPerMinute = settings.read(
            "tokens_per_minute", .integer(0...Self.most), default: 0,
            "Tokens that a key may use, of input and output together. 0: no limit.")
        let perAddress = settings.read(
            "per_ip_requests_per_minute", .integer(0...Self.most), default: 0, aboveFile: [Self.maxVariable],
            "Requests that one client address may send (of IPv6: one /64), whatever its keys. 0: no limit. The variable is a number per \(Self.windowVariable) (60000) instead."
        )
        burst = settings.read(
            "burst", .integer(0...Self.most), default: 0,
            "Requests at once. 0: a sixth of the requests per minute, at least 1.")
        maxInFlight = settings.read(
            "max_in_flight", .integer(0...Self.most), default: 0,
            "Calls of a key at the same time, in each process. 0: no limit.")
        budgetStatus = settings.read(
            "budget_status", .choice, default: .tooManyRequests, "What a key is answered whose budget is spent.")
        self.perAddress =
            if let window = Self.window(settings) { .window(perAddress, per: window) } else {
                .requests(perMinute: perAddress, burst: burst)
            }
    }

    /// The window, where the number of requests per address comes from ``maxVariable``.
    private static func window(_ settings: Settings) -> Duration? {
        let path = settings.path.key("per_ip_requests_per_minute")
        let origin = settings.reading.values.last { $0.path == path }?.origin
        let text = settings.reading.variable(windowVariable, in: settings.reading.environment)
        guard origin?.place == maxVariable else { return nil }
        guard let text else { return .seconds(60) }
        guard let milliseconds = Int(text), (1...86_400_000).contains(milliseconds) else {
            settings.reading.report(
                SettingOrigin(precedence: .variableAboveFile, place: windowVariable), path,
                "must be milliseconds in 1…86400000, not '\(text)'")
            return nil
        }
        return .milliseconds(milliseconds)
    }
}
