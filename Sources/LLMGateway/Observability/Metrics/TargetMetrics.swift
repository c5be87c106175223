import Synchronization

/// The handles of everything that is counted by (provider, model), resolved once when a configuration is loaded.
final class TargetMetrics: Sendable {
    let labels: TargetLabels
    /// What is counted by provider only.
    let provider: ProviderMetrics
    /// Requests that this target answered, or was the last to try.
    let requests: RequestMetrics
    let timeToFirstToken: Histogram
    let timePerOutputToken: Histogram
    /// Attempts, from sending to the last byte, in seconds.
    let upstreamDuration: Histogram
    /// US dollars, of every attempt that was billed.
    let cost: DecimalCounter
    /// US dollars, the part of ``cost`` for answers that no client got.
    let wastedCost: DecimalCounter
    /// Requests that were answered and whose cost is unknown.
    let unpriced: Counter
    private let breakerState: Gauge
    /// By the state that was entered.
    private let breakerTransitions: [Counter]
    private let tokenSeries: [Counter]
    private let attempts: SeriesMemo<AttemptResult, AttemptLabels>
    private let answered: Counter

    init(_ labels: TargetLabels, provider: ProviderMetrics, in metrics: GatewayMetrics) {
        (self.labels, self.provider) = (labels, provider)
        requests = RequestMetrics(labels, metrics.requests, metrics.requestDuration, formats: metrics.formats)
        timeToFirstToken = metrics.timeToFirstToken.series(labels)
        timePerOutputToken = metrics.timePerOutputToken.series(labels)
        upstreamDuration = metrics.upstreamDuration.series(labels)
        cost = metrics.cost.series(labels)
        wastedCost = metrics.wastedCost.series(labels)
        unpriced = metrics.unpriced.series(labels)
        breakerState = metrics.breakerState.series(labels)
        breakerTransitions = BreakerState.allCases.map {
            metrics.breakerTransitions.series(BreakerTransitionLabels(target: labels, to: $0))
        }
        tokenSeries = TokenKind.allCases.map { metrics.tokens.series(TokenLabels(target: labels, kind: $0)) }
        attempts = SeriesMemo(metrics.upstreamAttempts) { AttemptLabels(target: labels, result: $0) }
        answered = attempts.series(.status(200))
    }

    /// A request's end. See ``RequestMetrics/request(format:status:outcome:on:)``.
    @inline(__always)
    func request(format: String, status: Int, outcome: Outcome, on shard: Shard) {
        requests.request(format: format, status: status, outcome: outcome, on: shard)
    }

    /// Tokens of an attempt that was billed.
    func tokens(_ kind: TokenKind, _ count: UInt64, on shard: Shard) {
        if count > 0 { tokenSeries[kind.rawValue].add(count, on: shard) }
    }

    /// The target's circuit breaker changed.
    func breakerBecame(_ state: BreakerState, on shard: Shard) {
        breakerState.set(Double(state.rawValue))
        breakerTransitions[state.rawValue].add(on: shard)
    }

    /// The result of sending something upstream once.
    func attempt(_ result: AttemptResult, on shard: Shard) {
        (result == .status(200) ? answered : attempts.series(result)).add(on: shard)
    }
}

/// The handles of everything that is counted by provider.
final class ProviderMetrics: Sendable {
    let name: String
    /// Add 1 when a request is given to the provider, and -1 at its end.
    let requestsInFlight: Gauge
    let streamsInFlight: Gauge
    /// Set to 1 or 0 by probes.
    let up: Gauge
    let probeDuration: Histogram
    let idleConnections: Gauge
    let activeConnections: Gauge
    /// Add 1 when an attempt begins to wait for its turn, and -1 when it no longer does.
    let queueDepth: Gauge
    /// In seconds.
    let queueWait: Histogram
    private let hedges: Counter
    private let retries: SeriesMemo<AttemptResult, RetryLabels>
    private let fallbacks: SeriesMemo<FallbackReason, FallbackLabels>

    init(_ name: String, in metrics: GatewayMetrics) {
        let labels = ProviderLabels(provider: name)
        self.name = name
        requestsInFlight = metrics.requestsInFlight.series(labels)
        streamsInFlight = metrics.streamsInFlight.series(labels)
        up = metrics.providerUp.series(labels)
        probeDuration = metrics.probeDuration.series(labels)
        idleConnections = metrics.upstreamConnections.series(ConnectionLabels(provider: name, state: .idle))
        activeConnections = metrics.upstreamConnections.series(ConnectionLabels(provider: name, state: .active))
        queueDepth = metrics.queueDepth.series(labels)
        queueWait = metrics.queueWait.series(labels)
        hedges = metrics.hedges.series(HedgeLabels(provider: name, reason: .slow))
        retries = SeriesMemo(metrics.retries) { RetryLabels(provider: name, reason: $0) }
        fallbacks = SeriesMemo(metrics.fallbacks) { FallbackLabels(provider: name, reason: $0) }
        let usual = AttemptResult.withoutStatus + [429, 500, 502, 503, 504].map { .status($0) }
        for reason in usual { _ = retries.series(reason) }
        for reason in FallbackReason.allCases { _ = fallbacks.series(reason) }
    }

    /// An attempt at this provider after another one failed with `reason`.
    func retried(after reason: AttemptResult, on shard: Shard) { retries.series(reason).add(on: shard) }

    /// An attempt at this provider because the model before was left for `reason`.
    func fellBack(because reason: FallbackReason, on shard: Shard) { fallbacks.series(reason).add(on: shard) }

    /// An attempt at this provider because another target was silent for too long.
    func hedged(on shard: Shard) { hedges.add(on: shard) }
}

/// What is counted of requests by format and target.
final class RequestMetrics: Sendable {
    private let labels: TargetLabels
    private let requests: CounterFamily<RequestLabels>
    private let durations: HistogramFamily<RequestDurationLabels>
    private let formats: FormatTable
    /// By format: 200, ok.
    private let successes: [Counter]
    /// By format; whole answers and streams in turn.
    private let durationSeries: [Histogram]
    private let others: Mutex<[Ending: Counter]> = Mutex([:])

    private struct Ending: Hashable {
        let format: Int
        let status: Int
        let outcome: Outcome
    }

    /// - Parameter formats: Those whose series are there from the start. Others are made when they are first counted.
    init(
        _ labels: TargetLabels, _ requests: CounterFamily<RequestLabels>,
        _ durations: HistogramFamily<RequestDurationLabels>, formats: FormatTable
    ) {
        (self.labels, self.requests, self.durations, self.formats) = (labels, requests, durations, formats)
        successes = formats.names.map {
            requests.series(RequestLabels(format: $0, target: labels, status: 200, outcome: .ok))
        }
        durationSeries = formats.names.flatMap { format in
            [false, true].map {
                durations.series(RequestDurationLabels(format: format, target: labels, streams: $0))
            }
        }
    }

    /// Counts a request, at its end, once.
    ///
    /// - Parameters:
    ///   - format: The client's API format.
    ///   - status: What the client was sent; 499 when it was gone.
    @inline(__always)
    func request(format: String, status: Int, outcome: Outcome, on shard: Shard) {
        if status == 200, outcome == .ok, let position = formats.position(of: format) {
            successes[position].add(on: shard)
        } else {
            other(format, status, outcome).add(on: shard)
        }
    }

    /// How long a request took, in seconds, from its first byte to its answer's last.
    func duration(_ seconds: Double, format: String, streams: Bool, on shard: Shard, traceID: String? = nil) {
        let series =
            formats.position(of: format).map { durationSeries[2 * $0 + (streams ? 1 : 0)] }
            ?? durations.series(RequestDurationLabels(format: format, target: labels, streams: streams))
        series.observe(seconds, on: shard, traceID: traceID)
    }

    private func other(_ format: String, _ status: Int, _ outcome: Outcome) -> Counter {
        let labels = RequestLabels(format: format, target: labels, status: status, outcome: outcome)
        guard let position = formats.position(of: format), (100...599).contains(status) else {
            return requests.series(labels)
        }
        return others.withLock { others in
            let ending = Ending(format: position, status: status, outcome: outcome)
            if let known = others[ending] { return known }
            let made = requests.series(labels)
            others[ending] = made
            return made
        }
    }
}

/// Finds counters by the one label that varies, and makes those that are new.
private struct SeriesMemo<Value: Hashable & Sendable, Labels: MetricLabels>: Sendable {
    private let family: CounterFamily<Labels>
    private let labels: @Sendable (Value) -> Labels

    init(_ family: CounterFamily<Labels>, labels: @escaping @Sendable (Value) -> Labels) {
        (self.family, self.labels) = (family, labels)
    }

    func series(_ value: Value) -> Counter { family.series(labels(value)) }
}

/// The API formats that are served, found by name in a few nanoseconds.
struct FormatTable: Sendable {
    let names: [String]
    private let lengths: [Int]

    init(_ names: [String]) {
        self.names = names
        lengths = names.map(\.utf8.count)
    }

    /// Compares lengths first: hardly two formats have names of the same length.
    @inline(__always)
    func position(of name: String) -> Int? {
        let length = name.utf8.count
        for position in lengths.indices where lengths[position] == length && names[position] == name {
            return position
        }
        return nil
    }
}
