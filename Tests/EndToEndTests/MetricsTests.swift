import Foundation
import Testing

/// What the gateway tells Prometheus and the log.
@Suite(.ownThread) struct MetricsTests {
    /// A mix of every outcome that a client alone can bring about.
    private func causeEveryOutcome(_ gateway: GatewayProcess) throws {
        for _ in 0..<3 { _ = try gateway.chat(model: "simulated/echo") }
        _ = try gateway.ask("POST", "/v1/chat/completions", chatBody(model: "simulated/echo", more: #","stream":true"#))
        _ = try gateway.ask("POST", "/v1/embeddings", #"{"model":"simulated/e","input":"x"}"#)
        _ = try gateway.ask("POST", "/v1/chat/completions", "no json")
        _ = try gateway.ask("GET", "/v1/chat/completions")
        for model in ["error-429", "error-500", "error-reset", "error-timeout"] {
            _ = try gateway.chat(model: "simulated/\(model)", within: .seconds(30))
        }
        let (wire, _) = try gateway.startStream(
            model: "simulated/lorem?tokens_per_second=5", more: #", "max_tokens": 50"#)
        _ = try wire.takeChunk()
        wire.close()
        _ = try gateway.ask("GET", "/v1/models")
        _ = try gateway.ask("GET", "/health")
    }

    private static let configuration = """
        providers: { simulated: {} }
        resilience: { timeouts: { first_byte: 400ms } }
        """

    @Test(arguments: ["text/plain", "application/openmetrics-text; version=1.0.0"])
    func `promtool has nothing to say about the metrics`(accept: String) throws {
        try withGateway(Self.configuration) { gateway throws in
            try causeEveryOutcome(gateway)
            let answer = try gateway.askMetricsPort("/metrics", headers: ["accept: \(accept)"])
            #expect(answer.status == 200)
            #expect(
                answer["content-type"]?.hasPrefix(
                    accept.hasPrefix("text")
                        ? "text/plain; version=0.0.4" : "application/openmetrics-text; version=1.0.0") == true)
            if accept.hasPrefix("text") {
                let folder = try ScratchFolder()
                let path = try folder.write(answer.text, to: "metrics.txt")
                let check = try Program.run("/bin/sh", ["-c", "promtool check metrics < \(path)"])
                #expect(check.code == 0)
                #expect(check.output + check.errors == "")
            } else {
                #expect(answer.text.hasSuffix("# EOF\n"))
                #expect(answer.text.components(separatedBy: "# EOF").count == 2)
                #expect(answer.text.contains("# TYPE llm_gateway_requests counter"))
            }
        }
    }

    @Test func `a real Prometheus scrapes it`() throws {
        try withGateway(Self.configuration) { gateway throws in
            _ = try gateway.chat(model: "simulated/echo")
            let folder = try ScratchFolder()
            let file = try folder.write(
                """
                global: { scrape_interval: 200ms, scrape_timeout: 200ms }
                scrape_configs:
                  - job_name: gateway
                    static_configs: [{ targets: ["127.0.0.1:\(gateway.metricsPort)"] }]
                """, to: "prometheus.yml")
            let port = try FreePorts.take()
            let prometheus = try Program(
                "/usr/bin/prometheus",
                [
                    "--config.file=\(file)", "--storage.tsdb.path=\(folder.path)/data",
                    "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
                ])
            defer { prometheus.stop() }
            func query(_ expression: String) throws -> Double? {
                let wire = try Wire(to: port)
                defer { wire.close() }
                try wire.send(request("GET", "/api/v1/query?query=\(expression)"))
                return try wire.takeAnswer().json["data"]["result"][0]["value"][1].string.flatMap { Double($0) }
            }
            try eventually("a scrape; \(prometheus.standardError)", within: .seconds(30)) { (try? query("up")) == 1 }
            try eventually("the request that was counted") { (try? query("sum(llm_gateway_requests_total)")) == 1 }
            let info = try query("llm_gateway_build_info")
            #expect(info == 1)
        }
    }

    @Test func `requests are the sum of their outcomes, whatever happened`() throws {
        try withGateway(Self.configuration) { gateway throws in
            try causeEveryOutcome(gateway)
            // 3 chats, a stream, embeddings, bad JSON, a wrong method, 4 failures, a client that left
            try eventually("all 12 requests counted") { try gateway.metrics().sum("llm_gateway_requests_total") == 12 }
            let samples = try gateway.metrics()
            let outcomes = ["ok", "client_error", "provider_error", "client_cancelled", "timeout", "rejected"]
            let counts = outcomes.map { samples.sum("llm_gateway_requests_total", ["outcome": $0]) }
            #expect(counts == [5, 2, 3, 1, 1, 0])
            #expect(samples.sum("llm_gateway_requests_total", ["status": "499"]) == 1)
            #expect(samples.sum("llm_gateway_request_duration_seconds_count") == 12)
            #expect(samples.sum("llm_gateway_requests_in_flight") == 0)
            #expect(samples.sum("llm_gateway_streams_in_flight") == 0)
            #expect(samples.sum("llm_gateway_tokens_total", ["provider": "simulated", "kind": "output"]) >= 8)
            let reached = 10.0  // bad JSON and a wrong method reach no upstream
            let more =
                samples.sum("llm_gateway_retries_total") + samples.sum("llm_gateway_fallbacks_total")
                + samples.sum("llm_gateway_hedges_total")
            #expect(samples.sum("llm_gateway_upstream_attempts_total") == reached + more)
        }
    }

    @Test func `whoever has the end of an answer finds its request counted, and all that it took given back`() throws {
        let keys =
            "keys: [{ name: a, key: sk-a, max_in_flight: 1, tokens_per_minute: 4000, requests_per_minute: 10000 }]"
        try withGateway("providers: { simulated: {} }\n" + keys) { gateway throws in
            for number in 1...100 {
                let more = number % 2 == 0 ? #", "stream": true, "max_tokens": 2000"# : #", "max_tokens": 2000"#
                let answer = try gateway.chat(model: "echo", more: more, headers: ["authorization: Bearer sk-a"])
                #expect(answer.status == 200, "call \(number)")
                let samples = try gateway.metrics()
                #expect(samples.sum("llm_gateway_requests_total") == Double(number))
                #expect(samples.sum("llm_gateway_requests_in_flight") == 0)
            }
        }
    }

    @Test func `every family is there before the first request`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            let text = try gateway.askMetricsPort("/metrics").text
            let samples = Samples(text)
            for family in [
                "llm_gateway_requests_total", "llm_gateway_request_duration_seconds_count",
                "llm_gateway_time_to_first_token_seconds_count", "llm_gateway_overhead_seconds_count",
                "llm_gateway_tokens_total", "llm_gateway_request_phase_seconds_count",
                "llm_gateway_stream_endings_total",
                "llm_gateway_requests_in_flight", "llm_gateway_streams_in_flight",
                "llm_gateway_upstream_attempts_total",
                "llm_gateway_upstream_duration_seconds_count", "llm_gateway_provider_up",
                "llm_gateway_upstream_connections", "llm_gateway_client_connections",
                "llm_gateway_event_loop_lag_seconds_count", "llm_gateway_config_reloads_total",
                "llm_gateway_config_generation", "llm_gateway_log_dropped_total", "llm_gateway_series_dropped_total",
                "llm_gateway_build_info", "process_cpu_seconds_total", "process_resident_memory_bytes",
                "process_open_fds", "process_start_time_seconds",
            ] {
                #expect(samples.has(family), "\(family)")
            }
            #expect(samples.sum("llm_gateway_requests_total") == 0)
            #expect(samples.sum("process_resident_memory_bytes") > 1_000_000)
        }
    }

    @Test func `a client's words are no labels`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream, provider: "models: [known]") { gateway throws in
            _ = try gateway.chat(model: "known")
            _ = try gateway.chat(model: "made-up-by-a-client")
            let text = try gateway.askMetricsPort("/metrics").text
            #expect(!text.contains("made-up-by-a-client"))
            let samples = Samples(text)
            #expect(samples.sum("llm_gateway_requests_total", ["model": "known"]) == 1)
            #expect(samples.sum("llm_gateway_requests_total", ["model": "other"]) == 1)
        }
    }

    @Test func `the metrics port has metrics and probes and nothing else`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            #expect(try gateway.askMetricsPort("/metrics").status == 200)
            #expect(try gateway.askMetricsPort("/health").status == 200)
            #expect(try gateway.askMetricsPort("/v1/models").status == 404)
            #expect(try gateway.ask("GET", "/metrics").status == 404)
        }
        try withGateway("providers: { simulated: {} }\nmetrics: { on_proxy_port: true }") { gateway throws in
            #expect(try gateway.ask("GET", "/metrics").text.contains("llm_gateway_build_info"))
        }
    }

    // MARK: Logs

    @Test func `each request is one line of JSON with all that SPEC names and no secret`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(Wording.completion(), headers: ["x-request-id: up-77"])
        }
        let settings = "api_key: sk-upstream-secret-1, model_map: { nice: real }"
        try withGateway(before: upstream, provider: settings) { gateway throws in
            let answer = try gateway.chat(
                "the prompt stays private", model: "nice",
                headers: ["x-request-id: line-1", "authorization: Bearer client-secret-9"])
            let line = try gateway.logLine(of: "line-1")
            let expected: Set<String> = [
                "ts", "level", "msg", "request_id", "trace_id", "key", "client_ip", "method", "path", "api_format",
                "model",
                "provider", "upstream_model", "upstream_request_id", "status", "error_code", "stream", "attempts",
                "cache",
                "input_tokens", "output_tokens", "cached_tokens", "usage_source", "cost_usd", "ttft_ms", "duration_ms",
                "gateway_ms", "bytes_in", "bytes_out", "dropped_params", "outcome",
            ]
            #expect(expected.subtracting(line.keys).isEmpty)
            #expect(line["level"].string == "info")
            #expect(line["client_ip"].string == "127.0.0.1")
            #expect(line["method"].string == "POST")
            #expect(line["path"].string == "/v1/chat/completions")
            #expect(line["api_format"].string == "openai-chat")
            #expect(line["model"].string == "nice")
            #expect(line["provider"].string == "up")
            #expect(line["upstream_model"].string == "real")
            #expect(line["upstream_request_id"].string == "up-77")
            #expect(line["status"].int == 200)
            #expect(line["error_code"].isNull)
            #expect(line["stream"].bool == false)
            #expect(line["attempts"].int == 1)
            #expect(line["input_tokens"].int == 9)
            #expect(line["output_tokens"].int == 2)
            #expect(line["usage_source"].string == "provider")
            #expect((line["duration_ms"].double ?? -1) > 0)
            #expect((line["gateway_ms"].double ?? -1) >= 0)
            #expect((line["bytes_in"].int ?? 0) >= chatBody("the prompt stays private", model: "nice").utf8.count)
            #expect((line["bytes_out"].int ?? 0) >= answer.body.count)
            #expect(line["outcome"].string == "ok")
            let ts = line["ts"].string ?? ""
            #expect(ts.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)/) != nil, "\(ts)")

            let said = gateway.program.standardOutput + gateway.program.standardError
            for secret in ["sk-upstream-secret-1", "client-secret-9", "the prompt stays private"] {
                #expect(!said.contains(secret))
            }
        }
    }

    @Test func `every line of the log is JSON`() throws {
        try withGateway(Self.configuration) { gateway throws in
            try causeEveryOutcome(gateway)
            _ = try gateway.chat(#"a \"quoted\" \u0000 \n text"#, model: #"si\"mu\nlated"#)
            _ = try gateway.ask("GET", "/v1/%22%0a")
            _ = try gateway.logLine { $0["path"].string?.contains("%22") == true || $0["status"].int == 499 }
            for line in gateway.program.standardOutput.split(separator: "\n") {
                #expect(!JSON(String(line)).isNull, "\(line)")
            }
        }
    }
}
