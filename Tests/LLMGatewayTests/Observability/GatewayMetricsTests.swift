import Testing

@testable import LLMGateway

@Suite struct GatewayMetricsTests {
    let registry = MetricRegistry(loops: 2)

    private func gateway(formats: [String] = ["openai-chat", "anthropic-messages"]) async -> GatewayMetrics {
        await GatewayMetrics(
            in: registry, formats: formats, build: .init(version: "1.2.3", swift: "6.3", commit: "abc"),
            logDropped: { 7 })
    }

    private func scrape(_ accept: String? = nil) async -> [Substring] {
        String(decoding: await registry.exposition(accept: accept).body, as: UTF8.self).split(separator: "\n")
    }

    @Test func `a configured target is at zero from the first scrape`() async {
        let metrics = await gateway()
        _ = metrics.target(provider: "p", model: "m")
        let lines = await scrape()
        for expected in [
            #"llm_gateway_requests_total{api_format="openai-chat",provider="p",model="m",status="200",outcome="ok"} 0"#,
            #"llm_gateway_request_duration_seconds_count{api_format="anthropic-messages",provider="p",model="m",stream="true"} 0"#,
            #"llm_gateway_time_to_first_token_seconds_bucket{provider="p",model="m",le="0.001"} 0"#,
            #"llm_gateway_tokens_total{provider="p",model="m",kind="cache_write"} 0"#,
            #"llm_gateway_upstream_attempts_total{provider="p",model="m",result="200"} 0"#,
            #"llm_gateway_retries_total{provider="p",reason="connect_error"} 0"#,
            #"llm_gateway_fallbacks_total{provider="p",reason="context_window"} 0"#,
            #"llm_gateway_upstream_connections{provider="p",state="idle"} 0"#,
            #"llm_gateway_stream_endings_total{api_format="openai-chat",ending="client_gone"} 0"#,
            #"llm_gateway_request_phase_seconds_count{phase="upstream_first_byte"} 0"#,
            #"llm_gateway_overhead_seconds_count{api_format="openai-chat",stream="false"} 0"#,
            #"llm_gateway_config_reloads_total{result="failure"} 0"#,
            #"llm_gateway_build_info{version="1.2.3",swift="6.3",commit="abc"} 1"#,
            "llm_gateway_client_connections 0",
            "llm_gateway_log_dropped_total 7",
            "llm_gateway_series_dropped_total 0",
        ] { #expect(lines.contains(Substring(expected)), "\(expected)") }
    }

    @Test func `requests add up over outcomes, whatever they were`() async {
        let metrics = await gateway()
        let target = metrics.target(provider: "p", model: "m")
        let shard = registry.shard(ofLoop: 1)
        for (status, outcome) in [
            (200, Outcome.ok), (200, .ok), (201, .ok), (429, .rejected), (502, .providerError), (777, .providerError),
            (504, .timeout), (499, .clientCancelled),
        ] { target.request(format: "openai-chat", status: status, outcome: outcome, on: shard) }
        target.request(format: "gemini", status: 200, outcome: .ok, on: shard)
        metrics.untargeted.request(format: "openai-chat", status: 404, outcome: .clientError, on: registry.sharedShard)

        let lines = await scrape().filter { $0.hasPrefix("llm_gateway_requests_total{") }
        #expect(lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +) == 10)
        func count(_ labels: String) -> Bool { lines.contains("llm_gateway_requests_total{\(labels)") }
        #expect(count(#"api_format="openai-chat",provider="p",model="m",status="200",outcome="ok"} 2"#))
        #expect(count(#"api_format="openai-chat",provider="p",model="m",status="other",outcome="provider_error"} 1"#))
        #expect(count(#"api_format="gemini",provider="p",model="m",status="200",outcome="ok"} 1"#))
        #expect(count(#"api_format="openai-chat",provider="none",model="none",status="404",outcome="client_error"} 1"#))
    }

    @Test func `every handle reaches the series that it is named for`() async {
        let metrics = await gateway()
        let target = metrics.target(provider: "p", model: "m")
        let shard = registry.shard(ofLoop: 0)
        target.tokens(.reasoning, 12, on: shard)
        target.attempt(.status(503), on: shard)
        target.attempt(.reset, on: shard)
        target.attempt(.status(200), on: shard)
        target.requests.duration(0.2, format: "anthropic-messages", streams: true, on: shard)
        target.provider.retried(after: .status(503), on: shard)
        target.provider.fellBack(because: .rateLimit, on: shard)
        target.provider.activeConnections.add(2, on: shard)
        metrics.overhead(0.0002, format: "anthropic-messages", streams: true, on: shard)
        metrics.phase(.clientStall, 0.1, on: shard)
        metrics.streamEnded(.untranslatable, format: "anthropic-messages", on: shard)
        metrics.streamEnded(.completed, format: "ollama", on: shard)
        metrics.eventLoopLag.series(LoopLabels(loop: 1)).observe(0.5, on: shard)

        let lines = await scrape()
        for expected in [
            #"llm_gateway_tokens_total{provider="p",model="m",kind="reasoning"} 12"#,
            #"llm_gateway_upstream_attempts_total{provider="p",model="m",result="503"} 1"#,
            #"llm_gateway_upstream_attempts_total{provider="p",model="m",result="reset"} 1"#,
            #"llm_gateway_upstream_attempts_total{provider="p",model="m",result="200"} 1"#,
            #"llm_gateway_request_duration_seconds_sum{api_format="anthropic-messages",provider="p",model="m",stream="true"} 0.2"#,
            #"llm_gateway_retries_total{provider="p",reason="503"} 1"#,
            #"llm_gateway_fallbacks_total{provider="p",reason="rate_limit"} 1"#,
            #"llm_gateway_upstream_connections{provider="p",state="active"} 2"#,
            #"llm_gateway_overhead_seconds_count{api_format="anthropic-messages",stream="true"} 1"#,
            #"llm_gateway_request_phase_seconds_sum{phase="client_stall"} 0.1"#,
            #"llm_gateway_stream_endings_total{api_format="anthropic-messages",ending="untranslatable"} 1"#,
            #"llm_gateway_stream_endings_total{api_format="ollama",ending="completed"} 1"#,
            #"llm_gateway_event_loop_lag_seconds_bucket{loop="1",le="0.25"} 0"#,
        ] { #expect(lines.contains(Substring(expected)), "\(expected)") }
    }

    @Test func `a target that is configured again goes on counting`() async {
        let metrics = await gateway()
        #expect(metrics.target(provider: "p", model: "m") === metrics.target(provider: "p", model: "m"))
    }

    @Test func `the process tells of itself, and not of the look at it`() async throws {
        _ = await gateway()
        let lines = await scrape("application/openmetrics-text")
        #expect(lines.contains("# TYPE process_cpu_seconds counter"))
        #expect(lines.last == "# EOF")
        func value(_ name: String) -> Double {
            lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
        }
        #expect(value("process_resident_memory_bytes") > 1e6)
        #expect(value("process_open_fds") >= 3)
        #expect(abs(value("process_start_time_seconds") - WallClock.now.inSeconds) < 86_400)
    }

    @Test func `a program's name with parentheses does not confuse the reading of its status`() {
        let text =
            "7 (a) b (c)) S 1 1 1 0 -1 4194304 100 0 0 0 11 22 0 0 20 0 5 0 9000 1048576 256 18446744073709551615"
        let status = ProcessStatus(text)
        #expect(status?.cpuTicks == 33)
        #expect(status?.startTicks == 9000)
        #expect(status?.virtualBytes == 1_048_576)
        #expect(status?.residentPages == 256)
        #expect(ProcessStatus("nonsense") == nil)
    }

    @Test func `names, units and help keep Prometheus's rules`() async {
        _ = await gateway()
        for entry in await registry.catalogue.entries {
            #expect(!entry.help.isEmpty && entry.help.hasSuffix("."), "\(entry.name)")
            #expect((entry.kind == .counter) == entry.name.hasSuffix("_total"), "\(entry.name)")
            #expect((entry.kind == .histogram) == !entry.buckets.isEmpty, "\(entry.name)")
            if entry.unit == .seconds { #expect(entry.openMetricsName.hasSuffix("_seconds"), "\(entry.name)") }
        }
    }

    @Test func `the buckets reach from the first to the last step that was promised`() {
        #expect(GatewayMetrics.Buckets.durations.first == 0.005 && GatewayMetrics.Buckets.durations.last == 600)
        #expect(GatewayMetrics.Buckets.firstToken.first == 0.001 && GatewayMetrics.Buckets.firstToken.last == 120)
        #expect(GatewayMetrics.Buckets.outputToken.first == 0.0005 && GatewayMetrics.Buckets.outputToken.last == 2.5)
        #expect(GatewayMetrics.Buckets.overhead.first == 0.00001 && GatewayMetrics.Buckets.overhead.last == 0.25)
    }
}

@Suite struct MetricCatalogueTests {
    let catalogue = MetricCatalogue(entries: [
        MetricDescriptor("calls_total", .counter, help: "All \"calls\"."),
        MetricDescriptor(
            "took_seconds", .histogram, unit: .seconds, help: "Took.", labels: ["a", "b"], buckets: [0.5, 10]),
    ])

    @Test func `a table has columns as wide as their cells`() {
        #expect(
            catalogue.table == """
                NAME          TYPE       LABELS  UNIT     HELP
                calls_total   counter    -       -        All "calls".
                took_seconds  histogram  a,b     seconds  Took.
                  buckets: 0.5 10

                """)
    }

    @Test func `JSON has an object for each family`() {
        #expect(
            catalogue.json == #"""
                [
                  {"name": "calls_total", "type": "counter", "labels": [], "unit": null, "help": "All \"calls\"."},
                  {"name": "took_seconds", "type": "histogram", "labels": ["a", "b"], "unit": "seconds", "help": "Took.", "buckets": [0.5, 10]}
                ]

                """#)
    }
}
