import Foundation
import Testing

/// What calls cost, as the header, the log and the metrics have it.
@Suite(.ownThread) struct CostTests {
    /// A completion that says it used so much.
    private static func completion(_ usage: String) -> String {
        Wording.completion().replacing(/"usage":\{[^}]*\}/, with: #""usage":\#(usage)"#)
    }

    /// The counters of one target.
    private struct Counters: Equatable {
        var cost = 0.0
        var wasted = 0.0
        var unpriced = 0.0
    }

    private func counters(
        _ gateway: GatewayProcess, _ model: String, at provider: String = "up"
    ) throws -> Counters {
        let (samples, labels) = (try gateway.metrics(), ["provider": provider, "model": model])
        #expect(samples.has("llm_gateway_cost_usd_total", labels), "\(model)")
        return Counters(
            cost: samples.sum("llm_gateway_cost_usd_total", labels),
            wasted: samples.sum("llm_gateway_wasted_cost_usd_total", labels),
            unpriced: samples.sum("llm_gateway_requests_unpriced_total", labels))
    }

    private func isEqual(_ one: Double?, _ other: Double) -> Bool { abs((one ?? -1) - other) < 1e-9 / 2 }

    @Test func `the header, the log and the metrics agree to the nano-dollar`() throws {
        let usage = """
            {"prompt_tokens":1009,"completion_tokens":207,"total_tokens":1216,\
            "prompt_tokens_details":{"cached_tokens":1000},"completion_tokens_details":{"reasoning_tokens":200}}
            """
        let upstream = try ScriptedUpstream { call in
            guard call.request.text.contains(#""stream""#) else { return try call.answer(Self.completion(usage)) }
            try call.startStream()
            for data in [Wording.delta("Hi"), Wording.finish] { try call.event(data) }
            try call.event(Wording.usage.replacing(/"usage":\{[^}]*\}/, with: #""usage":\#(usage)"#))
            try call.event("[DONE]")
            try call.endStream()
        }
        try withGateway(before: upstream, provider: "models: [gpt-4o]") { gateway throws in
            let first = try counters(gateway, "gpt-4o")
            #expect(first == Counters())
            // 9 × 2.5 + 1000 × 1.25 + 207 × 10 millionths
            let expected = 0.003_342_5
            let answer = try gateway.chat(model: "gpt-4o")
            #expect(answer["x-llm-gateway-cost-usd"] == "0.0033425")
            let line = try gateway.logLine(of: answer["x-request-id"] ?? "")
            #expect(isEqual(line["cost_usd"].double, expected))

            let (wire, head) = try gateway.startStream(model: "gpt-4o")
            #expect(head["x-llm-gateway-cost-usd"] == nil, "nobody knows it by then")
            while try wire.takeChunk() != nil {}
            let streamed = try gateway.logLine(of: head["x-request-id"] ?? "")
            #expect(isEqual(streamed["cost_usd"].double, expected))
            let both = try counters(gateway, "gpt-4o")
            #expect(isEqual(both.cost, 2 * expected) && both.wasted == 0 && both.unpriced == 0)
        }
    }

    @Test func `Claude's cache costs by how long it keeps, whoever asks`() throws {
        let upstream = try ScriptedUpstream(
            answering: """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929",\
                "content":[{"type":"text","text":"Hi!"}],"stop_reason":"end_turn","stop_sequence":null,\
                "usage":{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":30,\
                "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":5}}
                """)
        defer { upstream.stop() }
        let configuration = """
            providers:
              claude: { type: anthropic, base_url: "http://127.0.0.1:\(upstream.port)/v1", api_key: k }
            routing: { default_provider: claude }
            """
        try withGateway(configuration) { gateway throws in
            let model = "claude-sonnet-4-5-20250929"
            // 10 × 3 + 100 × 0.3 + 10 × 3.75 + 20 × 6 + 5 × 15 millionths
            let translated = try gateway.chat(model: model)
            #expect(translated["x-llm-gateway-cost-usd"] == "0.0002925")
            let passed = try gateway.ask(
                "POST", "/v1/messages",
                #"{"model":"\#(model)","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#)
            #expect(passed["x-llm-gateway-cost-usd"] == "0.0002925")
            let counted = try counters(gateway, model, at: "claude")
            #expect(isEqual(counted.cost, 2 * 0.000_292_5), "a model of the table has its own label")
        }
    }

    @Test func `a price that nobody knows is unpriced, and never nothing`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        let configuration = """
            model_info:
              half: { usd_per_million: { input: 1 } }
              "own-*": { usd_per_million: { input: 1000, output: 2000 } }
            """
        try withGateway(before: upstream, provider: "models: [m, half, own-1]", also: configuration) { gateway throws in
            for model in ["m", "half"] {
                let answer = try gateway.chat(model: model)
                #expect(answer.status == 200)
                #expect(answer["x-llm-gateway-cost-usd"] == nil)
                let line = try gateway.logLine(of: answer["x-request-id"] ?? "")
                #expect(line["cost_usd"].isNull && line["input_tokens"].double == 9)
                #expect(try counters(gateway, model) == Counters(unpriced: 1))
            }
            let own = try gateway.chat(model: "own-1")
            #expect(own["x-llm-gateway-cost-usd"] == "0.013")
            #expect(try isEqual(counters(gateway, "own-1").cost, 0.013))
        }
    }

    @Test func `what is spent on answers that no client gets is wasted, and part of the cost`() throws {
        // The first target says what it used and breaks off before it says anything else.
        let broken = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.usage)
            call.close()
        }
        let whole = try ScriptedUpstream { call in
            try call.startStream()
            for data in [Wording.delta("Hi"), Wording.finish, Wording.usage, "[DONE]"] { try call.event(data) }
            try call.endStream()
        }
        defer { whole.stop() }
        let configuration = """
            models:
              m:
                targets: [{ provider: up, model: gpt-4o }, { provider: second, model: gpt-4o-mini }]
            """
        let providers = """
            models: [gpt-4o] }
              second: { type: openai-compatible, base_url: "http://127.0.0.1:\(whole.port)/v1", models: [gpt-4o-mini]
            """
        try withGateway(before: broken, provider: providers, also: configuration) { gateway throws in
            let (wire, head) = try gateway.startStream()
            while try wire.takeChunk() != nil {}
            let (wasted, answered) = (42.5e-6, 2.55e-6)
            let line = try gateway.logLine(of: head["x-request-id"] ?? "")
            #expect(line["outcome"].string == "ok" && line["upstream_model"].string == "gpt-4o-mini")
            #expect(isEqual(line["cost_usd"].double, wasted + answered))
            let first = try counters(gateway, "gpt-4o")
            #expect(isEqual(first.cost, wasted) && isEqual(first.wasted, wasted))
            let second = try counters(gateway, "gpt-4o-mini", at: "second")
            #expect(isEqual(second.cost, answered) && second.wasted == 0)
            let tokens = try gateway.metrics().sum("llm_gateway_tokens_total", ["kind": "input"])
            #expect(tokens == 18, "both attempts were billed")
        }
    }

    @Test func `a simulated model costs nothing, and that is known`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            let answer = try gateway.chat(model: "simulated/echo")
            #expect(answer["x-llm-gateway-cost-usd"] == "0")
            let line = try gateway.logLine(of: answer["x-request-id"] ?? "")
            #expect(line["cost_usd"].double == 0)
            #expect(try counters(gateway, "echo", at: "simulated") == Counters())
        }
    }

    @Test func `only names of the table become labels, however many are made up`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream) { gateway throws in
            #expect(try gateway.chat(model: "gpt-4.1")["x-llm-gateway-cost-usd"] == "0.000034")
            for day in 10...19 {
                let dated = try gateway.chat(model: "gpt-4.1-2099-01-\(day)")
                #expect(dated["x-llm-gateway-cost-usd"] == "0.000034", "it is priced all the same")
            }
            #expect(try isEqual(counters(gateway, "gpt-4.1").cost, 34e-6))
            #expect(try isEqual(counters(gateway, "other").cost, 340e-6))
            let text = try gateway.askMetricsPort("/metrics").text
            #expect(!text.contains("2099-01"))
        }
    }

    @Test func `a list of prices is read again when it changes`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        let folder = try ScratchFolder()
        func list(_ input: String) -> String {
            #"{"m": {"litellm_provider": "x", "input_cost_per_token": \#(input), "output_cost_per_token": 0}}"#
        }
        let file = try folder.write(list("1e-6"), to: "prices.json")
        try withGateway(before: upstream, also: "model_info_file: \(file)") { gateway throws in
            #expect(try gateway.chat()["x-llm-gateway-cost-usd"] == "0.000009")
            _ = try folder.write(list("2e-6"), to: "prices.json")
            try eventually("the new price", within: .seconds(10)) {
                try gateway.chat()["x-llm-gateway-cost-usd"] == "0.000018"
            }
        }
    }
}
