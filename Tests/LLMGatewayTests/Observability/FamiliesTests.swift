import Testing

@testable import LLMGateway

/// The families that dashboards, alerts and documentation may count on.
@Suite struct FamiliesTests {
    private static let durations = GatewayMetrics.Buckets.durations
    private static let overhead = GatewayMetrics.Buckets.overhead

    /// Name, type, labels, and a histogram's buckets.
    private static let promised: [(name: String, kind: MetricKind, labels: String, buckets: [Double])] = [
        ("requests_total", .counter, "api_format provider model status outcome", []),
        ("request_duration_seconds", .histogram, "api_format provider model stream", durations),
        ("time_to_first_token_seconds", .histogram, "provider model", GatewayMetrics.Buckets.firstToken),
        ("time_per_output_token_seconds", .histogram, "provider model", GatewayMetrics.Buckets.outputToken),
        ("overhead_seconds", .histogram, "api_format stream", overhead),
        ("tokens_total", .counter, "provider model kind", []),
        ("request_phase_seconds", .histogram, "phase", overhead),
        ("stream_endings_total", .counter, "api_format ending", []),
        ("cost_usd_total", .counter, "provider model", []),
        ("wasted_cost_usd_total", .counter, "provider model", []),
        ("requests_unpriced_total", .counter, "provider model", []),
        ("key_requests_total", .counter, "key outcome", []),
        ("key_tokens_total", .counter, "key", []),
        ("key_cost_usd_total", .counter, "key", []),
        ("requests_in_flight", .gauge, "provider", []),
        ("streams_in_flight", .gauge, "provider", []),
        ("upstream_attempts_total", .counter, "provider model result", []),
        ("upstream_duration_seconds", .histogram, "provider model", durations),
        ("retries_total", .counter, "provider reason", []),
        ("fallbacks_total", .counter, "provider reason", []),
        ("hedges_total", .counter, "provider reason", []),
        ("circuit_breaker_state", .gauge, "provider model", []),
        ("circuit_breaker_transitions_total", .counter, "provider model to", []),
        ("provider_up", .gauge, "provider", []),
        ("provider_probe_duration_seconds", .histogram, "provider", durations),
        ("rate_limited_total", .counter, "key limit", []),
        ("queue_depth", .gauge, "provider", []),
        ("queue_wait_seconds", .histogram, "provider", durations),
        ("cache_requests_total", .counter, "result", []),
        ("translation_dropped_total", .counter, "from to param", []),
        ("upstream_connections", .gauge, "provider state", []),
        ("client_connections", .gauge, "", []),
        ("event_loop_lag_seconds", .histogram, "loop", overhead),
        ("config_reloads_total", .counter, "result", []),
        ("config_generation", .gauge, "", []),
        ("store_degraded", .gauge, "", []),
        ("log_dropped_total", .counter, "", []),
        ("series_dropped_total", .counter, "", []),
        ("build_info", .gauge, "version swift commit", []),
    ]

    private static let ofTheProcess: [(name: String, kind: MetricKind)] = [
        ("process_cpu_seconds_total", .counter), ("process_resident_memory_bytes", .gauge),
        ("process_open_fds", .gauge), ("process_start_time_seconds", .gauge),
    ]

    private static let values: [(label: String, values: String)] = [
        (
            "phase",
            "receive auth admit route cache translate queue backoff connect upstream_first_byte upstream_stream client_stall"
        ),
        (
            "ending",
            "completed client_gone upstream_cut upstream_error idle_timeout total_timeout drained untranslatable"
        ),
        ("kind", "input cached_input cache_write output reasoning"),
        ("outcome", "ok client_error provider_error client_cancelled timeout rejected"),
        ("limit", "requests tokens ip budget concurrency"),
        ("cache", "hit miss semantic-hit bypass"),
        ("state", "idle active"),
        ("to", "closed half_open open"),
        ("reload", "success failure"),
        ("reason", "connect_error timeout reset"),
    ]

    private static func spoken(_ label: String) -> [String] {
        switch label {
        case "phase": Phase.allCases.map(\.label)
        case "ending": StreamEnding.allCases.map(\.label)
        case "kind": TokenKind.allCases.map(\.label)
        case "outcome": Outcome.allCases.map(\.rawValue)
        case "limit": LimitKind.allCases.map(\.label)
        case "cache": CacheResult.allCases.map(\.label)
        case "state": ConnectionState.allCases.map(\.rawValue)
        case "to": BreakerState.allCases.map(\.label)
        case "reload": ReloadResult.allCases.map(\.rawValue)
        case "reason": [AttemptResult.connectError, .timeout, .reset].map(\.label)
        default: []
        }
    }

    @Test func `every family that was promised is there, with its labels and buckets, and no other`() async {
        let registry = MetricRegistry(loops: 1)
        _ = await GatewayMetrics(
            in: registry, formats: ["openai-chat"], build: .init(version: "1", swift: "6", commit: "c"),
            logDropped: { 0 })
        let entries = await registry.catalogue.entries
        let there = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })
        for (name, kind, labels, buckets) in Self.promised {
            let entry = there["llm_gateway_" + name]
            #expect(entry?.kind == kind, "\(name)")
            #expect(entry?.labels.joined(separator: " ") == labels, "\(name)")
            #expect(entry?.buckets == buckets, "\(name)")
        }
        for (name, kind) in Self.ofTheProcess { #expect(there[name]?.kind == kind, "\(name)") }
        let others = Set(there.keys.filter { $0.hasPrefix("llm_gateway_") })
            .subtracting(Self.promised.map { "llm_gateway_" + $0.name })
        // What counts the drops of traces comes with the traces.
        #expect(others.subtracting(["llm_gateway_trace_spans_dropped_total"]) == [])
    }

    @Test(arguments: values.map(\.label))
    func `labels take the values that were promised`(label: String) {
        let promised = Self.values.first { $0.label == label }?.values ?? ""
        #expect(Self.spoken(label) == promised.split(separator: " ").map(String.init))
    }
}
