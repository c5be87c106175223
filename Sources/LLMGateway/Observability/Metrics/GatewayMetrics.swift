import Synchronization

/// Every metric the gateway exports: its name, help, unit, labels and buckets, here and nowhere else.
///
/// A *request* is what a client sent to a model endpoint; an *attempt* is what an upstream was sent. Every family counts
/// one of the two, and its help says which.
final class GatewayMetrics: Sendable {
    let requests: CounterFamily<RequestLabels>
    let requestDuration: HistogramFamily<RequestDurationLabels>
    let timeToFirstToken: HistogramFamily<TargetLabels>
    let timePerOutputToken: HistogramFamily<TargetLabels>
    let overhead: HistogramFamily<OverheadLabels>
    let tokens: CounterFamily<TokenLabels>
    let cost: DecimalCounterFamily<TargetLabels>
    let wastedCost: DecimalCounterFamily<TargetLabels>
    let unpriced: CounterFamily<TargetLabels>
    let phases: HistogramFamily<PhaseLabels>
    let streamEndings: CounterFamily<StreamEndingLabels>
    let cacheRequests: CounterFamily<CacheLabels>
    let translationDropped: CounterFamily<TranslationDroppedLabels>
    let keyRequests: CounterFamily<KeyRequestLabels>
    let keyTokens: CounterFamily<KeyLabels>
    let keyCost: DecimalCounterFamily<KeyLabels>
    let rateLimited: CounterFamily<RateLimitedLabels>
    let requestsInFlight: GaugeFamily<ProviderLabels>
    let streamsInFlight: GaugeFamily<ProviderLabels>
    let upstreamAttempts: CounterFamily<AttemptLabels>
    let upstreamDuration: HistogramFamily<TargetLabels>
    let retries: CounterFamily<RetryLabels>
    let fallbacks: CounterFamily<FallbackLabels>
    let hedges: CounterFamily<HedgeLabels>
    let breakerState: GaugeFamily<TargetLabels>
    let breakerTransitions: CounterFamily<BreakerTransitionLabels>
    let queueDepth: GaugeFamily<ProviderLabels>
    let queueWait: HistogramFamily<ProviderLabels>
    let providerUp: GaugeFamily<ProviderLabels>
    let probeDuration: HistogramFamily<ProviderLabels>
    let upstreamConnections: GaugeFamily<ConnectionLabels>
    /// Open connections on the proxy port; every loop adds its own.
    let clientConnections: Gauge
    let eventLoopLag: HistogramFamily<LoopLabels>
    let configReloads: CounterFamily<ReloadLabels>
    /// Set to the number of the configuration in use, 1 at the start.
    let configGeneration: Gauge
    /// Set to 1 while Redis is out of reach; 0 without one.
    let storeDegraded: Gauge
    let traceSpansDropped: Counter

    /// What a build says of itself.
    struct Build: Sendable {
        var version: String
        var swift: String
        var commit: String
    }

    /// Bucket bounds, in seconds.
    enum Buckets {
        static let durations = [
            0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
        ]
        static let firstToken = [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
        ]
        static let outputToken = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
        static let overhead = [
            0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05,
            0.1, 0.25,
        ]
    }

    /// Registers everything; once per registry.
    ///
    /// - Parameters:
    ///   - formats: The API formats that are served, as label values; their series are there from the first scrape.
    ///   - logDropped: The log lines dropped since the start; asked at each scrape.
    init(
        in registry: isolated MetricRegistry, formats: [String], build: Build,
        logDropped: @escaping @Sendable () -> UInt64
    ) {
        requests = registry.counter(
            "llm_gateway_requests_total", unit: "requests",
            "Requests answered or given up, by status and outcome. Counts requests, cache hits included.",
            by: RequestLabels.self)
        requestDuration = registry.histogram(
            "llm_gateway_request_duration_seconds",
            "From the first byte of a request to the last of its answer. Counts requests.",
            buckets: Buckets.durations, by: RequestDurationLabels.self)
        timeToFirstToken = registry.histogram(
            "llm_gateway_time_to_first_token_seconds",
            "From the first byte of a request to the first token sent to the client. Counts streamed requests.",
            buckets: Buckets.firstToken, by: TargetLabels.self)
        timePerOutputToken = registry.histogram(
            "llm_gateway_time_per_output_token_seconds",
            "Time after the first token, divided by the output tokens after it. Counts streamed requests.",
            buckets: Buckets.outputToken, by: TargetLabels.self)
        overhead = registry.histogram(
            "llm_gateway_overhead_seconds",
            "Time spent in the gateway itself, waiting for upstreams and clients excluded. Counts requests.",
            buckets: Buckets.overhead, by: OverheadLabels.self)
        tokens = registry.counter(
            "llm_gateway_tokens_total", unit: "tokens",
            "Tokens of every attempt that was billed; input is the uncached part, reasoning a part of output.",
            by: TokenLabels.self)
        cost = registry.decimalCounter(
            "llm_gateway_cost_usd_total", unit: "usd",
            "US dollars that answers cost by the known prices. Counts every attempt that was billed.",
            by: TargetLabels.self)
        wastedCost = registry.decimalCounter(
            "llm_gateway_wasted_cost_usd_total", unit: "usd",
            "The part of the cost that was spent on answers which no client got. Counts attempts.",
            by: TargetLabels.self)
        unpriced = registry.counter(
            "llm_gateway_requests_unpriced_total", unit: "requests",
            "Requests that were answered and whose cost is unknown. Counts requests.", by: TargetLabels.self)
        phases = registry.histogram(
            "llm_gateway_request_phase_seconds", "Where the time of requests went. Counts requests that had the phase.",
            buckets: Buckets.overhead, by: PhaseLabels.self)
        streamEndings = registry.counter(
            "llm_gateway_stream_endings_total", "How streamed answers ended. Counts requests.",
            by: StreamEndingLabels.self)
        cacheRequests = registry.counter(
            "llm_gateway_cache_requests_total", unit: "requests",
            "What the cache was to requests; bypass: it was not asked. Counts requests; a hit is one without an attempt.",
            by: CacheLabels.self)
        translationDropped = registry.counter(
            "llm_gateway_translation_dropped_total", unit: "parameters",
            "Parameters left out because the target's format has none such. Counts parameters of requests.",
            by: TranslationDroppedLabels.self)
        keyRequests = registry.counter(
            "llm_gateway_key_requests_total", unit: "requests",
            "Requests by the key that they came with, by outcome; key none: without one. Counts requests.",
            by: KeyRequestLabels.self)
        keyTokens = registry.counter(
            "llm_gateway_key_tokens_total", unit: "tokens",
            "Tokens of input and output that a key's calls used. Counts every attempt that was billed.",
            by: KeyLabels.self)
        keyCost = registry.decimalCounter(
            "llm_gateway_key_cost_usd_total", unit: "usd",
            "US dollars that a key's calls cost by the known prices. Counts every attempt that was billed.",
            by: KeyLabels.self)
        rateLimited = registry.counter(
            "llm_gateway_rate_limited_total", unit: "requests",
            "Requests refused because a limit of their key or address was reached, by the limit. Counts requests.",
            by: RateLimitedLabels.self)
        requestsInFlight = registry.gauge(
            "llm_gateway_requests_in_flight", "Requests being answered now. Counts requests.",
            by: ProviderLabels.self)
        streamsInFlight = registry.gauge(
            "llm_gateway_streams_in_flight", "Streamed answers being sent now. Counts requests.",
            by: ProviderLabels.self)
        upstreamAttempts = registry.counter(
            "llm_gateway_upstream_attempts_total", unit: "attempts",
            "What upstreams were sent, by the status that came back or why none did. Counts attempts.",
            by: AttemptLabels.self)
        upstreamDuration = registry.histogram(
            "llm_gateway_upstream_duration_seconds",
            "From sending to an upstream to the last byte of its answer. Counts attempts.",
            buckets: Buckets.durations, by: TargetLabels.self)
        retries = registry.counter(
            "llm_gateway_retries_total", unit: "retries",
            "Attempts made after another one failed, by the failure. Counts attempts.", by: RetryLabels.self)
        fallbacks = registry.counter(
            "llm_gateway_fallbacks_total", unit: "fallbacks",
            "Attempts at a fallback model, by the reason to leave the model before. Counts attempts.",
            by: FallbackLabels.self)
        hedges = registry.counter(
            "llm_gateway_hedges_total", unit: "hedges",
            "Attempts at a second target while the first was silent. Counts attempts.", by: HedgeLabels.self)
        breakerState = registry.gauge(
            "llm_gateway_circuit_breaker_state",
            "Whether calls may go to a target: 0 closed, 1 half-open, 2 open. For other: of the last that changed.",
            by: TargetLabels.self)
        breakerTransitions = registry.counter(
            "llm_gateway_circuit_breaker_transitions_total", unit: "transitions",
            "How often a target's circuit breaker changed, by what to. Counts changes.",
            by: BreakerTransitionLabels.self)
        queueDepth = registry.gauge(
            "llm_gateway_queue_depth", "Attempts that wait until a provider has fewer calls in flight.",
            by: ProviderLabels.self)
        queueWait = registry.histogram(
            "llm_gateway_queue_wait_seconds",
            "How long attempts waited in a provider's queue, let in or not. Counts attempts that had to wait.",
            buckets: Buckets.durations, by: ProviderLabels.self)
        providerUp = registry.gauge(
            "llm_gateway_provider_up", "1 while the last probe of a provider succeeded, else 0.",
            by: ProviderLabels.self)
        probeDuration = registry.histogram(
            "llm_gateway_provider_probe_duration_seconds",
            "How long health probes of a provider took. Counts probes, which are no attempts.",
            buckets: Buckets.durations, by: ProviderLabels.self)
        upstreamConnections = registry.gauge(
            "llm_gateway_upstream_connections", unit: "connections", "Open connections to upstreams.",
            by: ConnectionLabels.self)
        clientConnections = registry.gauge(
            "llm_gateway_client_connections", unit: "connections", "Open connections of clients on the proxy port.")
        eventLoopLag = registry.histogram(
            "llm_gateway_event_loop_lag_seconds", "How late a timer of an event loop ran. Counts measurements.",
            buckets: Buckets.overhead, by: LoopLabels.self)
        configReloads = registry.counter(
            "llm_gateway_config_reloads_total", unit: "reloads", "Configurations read anew while running.",
            by: ReloadLabels.self)
        configGeneration = registry.gauge(
            "llm_gateway_config_generation", "Number of the configuration in use; 1 at the start, one more with each.")
        storeDegraded = registry.gauge(
            "llm_gateway_store_degraded", "1 while Redis is out of reach and replicas share nothing, else 0.")
        registry.counter(
            "llm_gateway_log_dropped_total", "Log lines dropped because nobody took them in time.", reading: logDropped)
        traceSpansDropped = registry.counter(
            "llm_gateway_trace_spans_dropped_total",
            "Spans that no collector has: it was away, refused them, or did not take them in time. Counts spans.")
        registry.counter(
            "llm_gateway_series_dropped_total",
            "Lookups that found a metric family full and counted in its series other.",
            reading: registry.droppedSeries)
        registry.gauge("llm_gateway_build_info", "1; the labels say which build this is.", by: BuildLabels.self)
            .series(BuildLabels(version: build.version, swift: build.swift, commit: build.commit)).set(1)
        registry.collect(ProcessMetrics())

        self.formats = FormatTable(formats)
        let (overhead, phases, endings) = (overhead, phases, streamEndings)
        overheads = formats.flatMap { format in
            [false, true].map { overhead.series(OverheadLabels(format: format, streams: $0)) }
        }
        let cacheRequests = cacheRequests
        cacheSeries = CacheResult.allCases.map { cacheRequests.series(CacheLabels(result: $0)) }
        phaseSeries = Phase.allCases.map { phases.series(PhaseLabels(phase: $0)) }
        endingSeries = formats.flatMap { format in
            StreamEnding.allCases.map { endings.series(StreamEndingLabels(format: format, ending: $0)) }
        }
        for result in ReloadResult.allCases { _ = configReloads.series(ReloadLabels(result: result)) }
        untargeted = RequestMetrics(.none, requests, requestDuration, formats: FormatTable([]))
    }

    // MARK: Of the gateway as a whole

    /// Requests that never had a target: provider and model are `none`.
    let untargeted: RequestMetrics
    let formats: FormatTable
    private let overheads: [Histogram]
    private let phaseSeries: [Histogram]
    private let endingSeries: [Counter]
    private let cacheSeries: [Counter]
    private let targets: Mutex<[TargetLabels: TargetMetrics]> = Mutex([:])
    private let providers: Mutex<[String: ProviderMetrics]> = Mutex([:])

    /// The handles of one target; the same ones each time. Asked for when a configuration is loaded, which puts the
    /// target's series at zero.
    ///
    /// - Parameter model: The upstream model if it is a known one, else `other`. Never a client's own string.
    func target(provider: String, model: String) -> TargetMetrics {
        let labels = TargetLabels(provider: provider, model: model)
        let provider = self.provider(provider)
        return targets.withLock { targets in
            if let known = targets[labels] { return known }
            let made = TargetMetrics(labels, provider: provider, in: self)
            targets[labels] = made
            return made
        }
    }

    /// The handles of one provider; the same ones each time.
    func provider(_ name: String) -> ProviderMetrics {
        providers.withLock { providers in
            if let known = providers[name] { return known }
            let made = ProviderMetrics(name, in: self)
            providers[name] = made
            return made
        }
    }

    /// The handles of one key, new ones each time; what they count goes on.
    ///
    /// - Parameter name: `none` for callers without one.
    func key(_ name: String) -> KeyMetrics { KeyMetrics(name, in: self) }

    /// What the gateway itself took of a request's time, in seconds.
    func overhead(_ seconds: Double, format: String, streams: Bool, on shard: Shard, traceID: String? = nil) {
        let series =
            formats.position(of: format).map { overheads[2 * $0 + (streams ? 1 : 0)] }
            ?? overhead.series(OverheadLabels(format: format, streams: streams))
        series.observe(seconds, on: shard, traceID: traceID)
    }

    /// The time that one phase of a request took, in seconds.
    func phase(_ phase: Phase, _ seconds: Double, on shard: Shard) {
        phaseSeries[phase.rawValue].observe(seconds, on: shard)
    }

    /// What the cache was to a request.
    func cache(_ result: CacheResult, on shard: Shard) { cacheSeries[result.rawValue].add(on: shard) }

    /// The end of a streamed answer.
    func streamEnded(_ ending: StreamEnding, format: String, on shard: Shard) {
        let series =
            formats.position(of: format).map { endingSeries[$0 * StreamEnding.allCases.count + ending.rawValue] }
            ?? streamEndings.series(StreamEndingLabels(format: format, ending: ending))
        series.add(on: shard)
    }
}
