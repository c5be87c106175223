/// `resilience:`, for every provider that does not say otherwise.
struct ResilienceSettings: Sendable {
    let timeouts: TimeoutSettings
    let concurrency: ConcurrencySettings

    init(_ settings: Settings) {
        timeouts = TimeoutSettings(settings.section("timeouts"), standard: .builtIn)
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

/// `concurrency:`, under `resilience` and, with that as its default, under a provider.
struct ConcurrencySettings: Sendable, Equatable {
    /// 0: no limit.
    let maxInFlight: Int
    let queue: Int
    let queueWait: Duration

    static let builtIn = ConcurrencySettings(maxInFlight: 0, queue: 1000, queueWait: .seconds(10))
}

extension ConcurrencySettings {
    init(_ settings: Settings, standard: ConcurrencySettings) {
        maxInFlight = settings.read(
            "max_in_flight", .integer(0...1_000_000), default: standard.maxInFlight,
            "Requests in flight to a provider; beyond it they wait in a queue. 0: no limit.")
        queue = settings.read(
            "queue", .integer(0...1_000_000), default: standard.queue,
            "Requests that may wait; the next one is refused with 503.")
        queueWait = settings.read(
            "queue_wait", .duration(.zero ... .seconds(86_400)), default: standard.queueWait,
            "Longest wait in the queue; then 503.")
    }
}
