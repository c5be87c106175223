/// `resilience:`, for every provider that does not say otherwise.
struct ResilienceSettings: Sendable {
    let timeouts: TimeoutSettings
    let retry: RetrySettings
    let circuitBreaker: CircuitBreakerSettings
    let concurrency: ConcurrencySettings

    init(_ settings: Settings) {
        timeouts = TimeoutSettings(settings.section("timeouts"), standard: .builtIn)
        retry = RetrySettings(settings.section("retry"), standard: .builtIn)
        circuitBreaker = CircuitBreakerSettings(settings.section("circuit_breaker"), standard: .builtIn)
        concurrency = ConcurrencySettings(settings.section("concurrency"), standard: .builtIn)
    }
}
/// `timeouts:`, under `resilience` and, with that as its default, under a provider.
struct TimeoutSettings: Sendable, Equatable {
    let connect: Duration
    let firstByte: Duration
    /// Between two chunks of a stream.
    let idle: Duration
    let total: Duration

    static let builtIn = TimeoutSettings(
        connect: .seconds(5), firstByte: .seconds(120), idle: .seconds(120), total: .seconds(600))
}

extension TimeoutSettings {
    init(_ settings: Settings, standard: TimeoutSettings) {
        let range = Duration.milliseconds(1) ... .seconds(86_400)
        connect = settings.read(
            "connect", .duration(range), default: standard.connect, "Time to connect to a provider, TLS included.")
        firstByte = settings.read(
            "first_byte", .duration(range), default: standard.firstByte,
            "Time until the first byte of a provider's answer.")
        idle = settings.read(
            "idle", .duration(range), default: standard.idle, "Longest silence between two chunks of a stream.")
        total = settings.read(
            "total", .duration(range), default: standard.total,
            "Bounds a request with all its attempts. x-llm-gateway-timeout may lower it.")
    }
}

/// `retry:`, under `resilience` and, with that as its default, under a provider.
struct RetrySettings: Sendable, Equatable {
    /// At least 1.
    let maxAttempts: Int
    let baseDelay: Duration
    let maxDelay: Duration
    /// 0...1.
    let budget: Double

    static let builtIn = RetrySettings(
        maxAttempts: 3, baseDelay: .milliseconds(100), maxDelay: .seconds(5), budget: 0.2)

    var backoff: Backoff { Backoff(baseDelay: baseDelay, maxDelay: maxDelay) }
}

extension RetrySettings {
    init(_ settings: Settings, standard: RetrySettings) {
        maxAttempts = settings.read(
            "max_attempts", .integer(1...20), default: standard.maxAttempts,
            "Attempts at a model, the first included; at least one at each of its targets. 1: no target is asked twice."
        )
        baseDelay = settings.read(
            "base_delay", .duration(.zero ... .seconds(60)), default: standard.baseDelay,
            "Longest pause before a target is asked again; it doubles each time, and the pause is random below it.")
        maxDelay = settings.read(
            "max_delay", .duration(.zero ... .seconds(3600)), default: standard.maxDelay,
            "Bounds every pause. A target that asks for more (retry-after) is not asked again.")
        budget = settings.read(
            "budget", .number(0...1), default: standard.budget,
            "Retries that each request to a provider earns; up to 10 are saved up.")
    }
}

/// `circuit_breaker:`, under `resilience` and, with that as its default, under a provider.
struct CircuitBreakerSettings: Sendable, Equatable {
    let window: Duration
    let minRequests: Int
    /// Above 0, up to 1.
    let failureRate: Double
    let openFor: Duration
    let halfOpenProbes: Int

    static let builtIn = CircuitBreakerSettings(
        window: .seconds(30), minRequests: 10, failureRate: 0.5, openFor: .seconds(15), halfOpenProbes: 3)

    /// - Parameter firstByte: `timeouts.first_byte`: who has not answered by then will not.
    func rules(firstByte: Duration) -> CircuitBreaker.Rules {
        CircuitBreaker.Rules(
            window: window, minRequests: minRequests, failureRate: failureRate, openFor: openFor,
            halfOpenProbes: halfOpenProbes, probeTimeout: firstByte + .seconds(10))
    }
}

extension CircuitBreakerSettings {
    init(_ settings: Settings, standard: CircuitBreakerSettings) {
        window = settings.read(
            "window", .duration(.milliseconds(100) ... .seconds(3600)), default: standard.window,
            "How far back a target's failures count.")
        minRequests = settings.read(
            "min_requests", .integer(1...1_000_000), default: standard.minRequests,
            "Requests within the window before a target's breaker can open.")
        failureRate = settings.read(
            "failure_rate", .number(0.01...1), default: standard.failureRate,
            "Share of them that must have failed for it to open.")
        openFor = settings.read(
            "open_for", .duration(.milliseconds(1) ... .seconds(3600)), default: standard.openFor,
            "How long it stays open at first; twice, four and eight times that when the target has not recovered.")
        halfOpenProbes = settings.read(
            "half_open_probes", .integer(1...1000), default: standard.halfOpenProbes,
            "Requests that are let through then; when all succeed it closes.")
    }
}

/// `concurrency:`, under `resilience` and, with that as its default, under a provider.
struct ConcurrencySettings: Sendable, Equatable {
    /// 0: no limit.
    let maxInFlight: Int
    let queue: Int
    let queueWait: Duration

    static let builtIn = ConcurrencySettings(maxInFlight: 0, queue: 1000, queueWait: .seconds(10))

    var isLimited: Bool { maxInFlight > 0 }
}

extension ConcurrencySettings {
    init(_ settings: Settings, standard: ConcurrencySettings) {
        maxInFlight = settings.read(
            "max_in_flight", .integer(0...1_000_000), default: standard.maxInFlight,
            "Requests in flight to a provider, over all threads; beyond it they wait in a queue. 0: no limit.")
        queue = settings.read(
            "queue", .integer(0...1_000_000), default: standard.queue,
            "Requests that may wait, the keys taking turns; the next one is refused with 503.")
        queueWait = settings.read(
            "queue_wait", .duration(.zero ... .seconds(86_400)), default: standard.queueWait,
            "Longest wait in the queue; then 503. 0s: nobody waits.")
    }
}
