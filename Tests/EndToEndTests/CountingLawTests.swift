import Foundation
import Synchronization
import Testing

/// Whatever clients and upstreams do, the counts agree: with each other, with the log, and with what was asked.
@Suite(.ownThread, .undisturbed) struct CountingLawTests {
    private static let outcomes = [
        "ok", "client_error", "provider_error", "client_cancelled", "timeout", "rejected",
    ]

    /// What clients do, each of it again and again: the request, and what becomes of its connection.
    private enum Behaviour {
        case readsItAll
        /// Goes away when everything is sent, or in the middle of the answer.
        case leaves, leavesInTheAnswer
        case leavesInTheBody
    }

    private struct Ask: Sendable {
        var method = "POST"
        let path: String
        let body: String
        var key = "sk-chaos-a"
        var behaviour = Behaviour.readsItAll
    }

    /// - Parameter model: What the mix is asked of.
    private static func asks(of model: String) -> [Ask] {
        let chat = #"[{"role":"user","content":"Hello"}]"#
        var asks: [Ask] = []
        for streams in [false, true] {
            let model = #""model":"\#(model)","stream":\#(streams)"#
            asks += [
                Ask(path: "/v1/chat/completions", body: "{\(model),\"messages\":\(chat)}"),
                Ask(path: "/v1/completions", body: "{\(model),\"prompt\":\"Hello\"}"),
                Ask(path: "/v1/responses", body: "{\(model),\"input\":\"Hello\",\"store\":false}"),
                Ask(path: "/v1/messages", body: "{\(model),\"max_tokens\":9,\"messages\":\(chat)}"),
                Ask(path: "/api/chat", body: "{\(model),\"messages\":\(chat)}"),
                Ask(path: "/api/generate", body: "{\(model),\"prompt\":\"Hello\"}"),
            ]
        }
        let contents = #"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#
        let whole = asks[0].body
        return asks + [
            Ask(path: "/v1beta/models/\(model):generateContent", body: contents),
            Ask(path: "/v1beta/models/\(model):streamGenerateContent?alt=sse", body: contents),
            Ask(path: "/v1beta/models/\(model):streamGenerateContent", body: contents),
            Ask(path: "/v1/embeddings", body: #"{"model":"\#(model)","input":"Hello"}"#),
            Ask(path: "/v1/messages/count_tokens", body: #"{"model":"\#(model)","messages":\#(chat)}"#),
            Ask(path: "/v1/chat/completions", body: whole, behaviour: .leaves),
            Ask(path: "/v1/messages", body: asks[9].body, behaviour: .leavesInTheAnswer),
            Ask(path: "/v1/chat/completions", body: whole, behaviour: .leavesInTheBody),
            Ask(path: "/v1/chat/completions", body: whole, key: "sk-nobody"),
            Ask(path: "/v1/chat/completions", body: whole, key: "sk-chaos-limited"),
            Ask(path: "/v1/chat/completions", body: whole, key: "sk-chaos-narrow"),
            Ask(path: "/v1/chat/completions", body: #"{"model":"nobody-has-it","messages":\#(chat)}"#),
            Ask(path: "/v1/chat/completions", body: "{\"model\":"),
            Ask(path: "/v1/chat/completions", body: whole + String(repeating: " ", count: 70_000)),
            Ask(method: "PUT", path: "/v1/messages", body: whole),
            Ask(method: "GET", path: "/v1/models", body: ""),
        ]
    }

    /// Those of them that are calls of a model endpoint.
    private static func counts(_ ask: Ask) -> Bool { ask.path != "/v1/models" }

    private func perform(_ ask: Ask, at gateway: GatewayProcess) throws {
        let wire = try gateway.connect()
        defer { wire.close() }
        let text = request(ask.method, ask.path, ask.body, headers: ["authorization: Bearer \(ask.key)"])
        switch ask.behaviour {
        case .readsItAll:
            try wire.send(text)
            // A stream that broke has no proper end.
            do { _ = try wire.takeAnswer(within: .seconds(30)) } catch Wire.Failure.cutOff, Wire.Failure.reset {}
        case .leaves:
            try wire.send(text)
            usleep(20_000)  // into the call, or behind it
        case .leavesInTheAnswer:
            try wire.send(text)
            _ = try? wire.takeHead(within: .seconds(30))
            _ = try? wire.takeChunk(within: .seconds(5))
        case .leavesInTheBody:
            try wire.send(String(text.dropLast(9)))
            usleep(20_000)  // so that the gateway waits for the rest
        }
    }

    private static func configuration(_ one: ScriptedUpstream, _ other: ScriptedUpstream, _ gemini: ScriptedUpstream)
        -> String
    {
        func entry(_ upstream: ScriptedUpstream) -> String {
            #"type: openai-compatible, base_url: "http://127.0.0.1:\#(upstream.port)/v1", models: [m]"#
        }
        return """
            providers:
              one: { \(entry(one)), api_keys: [sk-up-1, sk-up-2] }
              other: { \(entry(other)), concurrency: { max_in_flight: 2, queue: 1, queue_wait: 50ms } }
              gem: { type: gemini, base_url: "http://127.0.0.1:\(gemini.port)/v1beta", api_key: k, models: [gem] }
              nowhere: { type: openai-compatible, base_url: "http://127.0.0.1:1/v1", models: [m] }
            models:
              chain: { targets: [{ provider: one, model: m }, { provider: other, model: m }], fallbacks: [spare] }
              spare: { targets: [{ provider: gem, model: gem }] }
              raced: { hedge_after: 30ms, targets: [{ provider: one, model: m }, { provider: other, model: m }] }
              lost: { targets: [{ provider: nowhere, model: m }], fallbacks: [spare] }
            model_info: { m: { usd_per_million: { input: 1000, output: 3000 } } }
            resilience:
              retry: { max_attempts: 3, base_delay: 1ms, budget: 1.0 }
              timeouts: { connect: 500ms, first_byte: 300ms, idle: 300ms, total: 3s }
              circuit_breaker: { open_for: 100ms }
            server: { max_body_bytes: 64KiB }
            keys:
              - { name: a, key: sk-chaos-a }
              - { name: limited, key: sk-chaos-limited, requests_per_minute: 2, burst: 2 }
              - { name: narrow, key: sk-chaos-narrow, models: [spare] }
            """
    }

    @Test func `after any chaos, and at each scrape of it, the sums agree`() throws {
        let (one, other, gemini) = (
            try ChaoticUpstream.openAI(), try ChaoticUpstream.openAI(), try ChaoticUpstream.gemini()
        )
        defer { for upstream in [one, other, gemini] { upstream.stop() } }
        let asks = ["chain", "raced", "spare", "lost", "one/m"].flatMap(Self.asks)
        try withGateway(Self.configuration(one, other, gemini)) { gateway throws in
            let complaints = Notes<String>()
            let done = Atomic(false)
            let scrapes = Notes<Samples>()
            let scraper = Thread {
                while !done.load(ordering: .relaxed) {
                    do { scrapes.add(try gateway.metrics()) } catch { complaints.add("a scrape: \(error)") }
                    usleep(50_000)  // now and then, while the calls go on
                }
            }
            scraper.start()
            for round in 0..<3 {
                Self.inParallel(12, asks.shuffled()) { ask in
                    do { try perform(ask, at: gateway) } catch { complaints.add("\(ask.path): \(error)") }
                }
                if round == 1 { try reload(gateway) }
            }
            let expected = 3 * asks.filter(Self.counts).count
            try eventually("each of \(expected) requests counted", within: .seconds(20)) {
                let counted = try gateway.metrics()
                return Int(counted.sum("llm_gateway_requests_total")) >= expected
                    && counted.sum("llm_gateway_requests_in_flight") == 0
            }
            done.store(true, ordering: .relaxed)
            #expect(complaints.all == [])
            check(scrapes.all)
            let samples = try gateway.metrics()
            try checkEnd(samples, expected, gateway)
            #expect(samples.sum("llm_gateway_config_generation") >= 2)
            // The chaos was one: nothing of what it is to prove was missing from it.
            for outcome in Self.outcomes {
                #expect(samples.sum("llm_gateway_requests_total", ["outcome": outcome]) > 0, "\(outcome)")
            }
            for name in ["retries", "fallbacks", "hedges", "rate_limited"] {
                #expect(samples.sum("llm_gateway_\(name)_total") > 0, "\(name)")
            }
            for result in ["200", "500", "429", "connect_error", "timeout", "reset"] {
                #expect(samples.sum("llm_gateway_upstream_attempts_total", ["result": result]) > 0, "\(result)")
            }
        }
    }

    /// Hands each of `all` to one of so many threads, and waits for all of them.
    private static func inParallel(_ threads: Int, _ all: [Ask], _ body: @escaping @Sendable (Ask) -> Void) {
        let group = DispatchGroup()
        for thread in 0..<threads {
            group.enter()
            Thread {
                for index in stride(from: thread, to: all.count, by: threads) { body(all[index]) }
                group.leave()
            }.start()
        }
        group.wait()
    }

    /// Has the gateway read a file that differs, while it is busy.
    private func reload(_ gateway: GatewayProcess) throws {
        let file = try String(contentsOfFile: gateway.configurationFile, encoding: .utf8)
        try gateway.folder.write(file + "\nrouting: { answer_model: requested }\n", to: "config.yaml")
        gateway.program.signal(SIGHUP)
        // The signal and the change of the file may each have it read.
        try eventually("the new configuration") { try gateway.metrics().sum("llm_gateway_config_generation") >= 2 }
    }

    /// What holds while requests end: a scrape reads one family after the other, so two of them are compared across two
    /// scrapes, of which the later one must have caught up.
    private func check(_ scrapes: [Samples]) {
        #expect(scrapes.count > 3)
        for samples in scrapes {
            let counted = Self.outcomes.map { samples.sum("llm_gateway_requests_total", ["outcome": $0]) }
            #expect(counted.reduce(0, +) == samples.sum("llm_gateway_requests_total"))
            for name in ["requests_in_flight", "streams_in_flight", "queue_depth"] {
                #expect(samples.least("llm_gateway_\(name)") >= 0, "\(name)")
            }
        }
        let families = [
            "requests_total", "request_duration_seconds_count", "overhead_seconds_count", "key_requests_total",
            "cache_requests_total",
        ]
        for (before, after) in zip(scrapes, scrapes.dropFirst()) {
            let reached = families.map { after.sum("llm_gateway_\($0)") }
            for family in families { #expect(before.sum("llm_gateway_\(family)") <= reached.min() ?? 0, "\(family)") }
        }
    }

    /// What holds once everything is over.
    private func checkEnd(_ samples: Samples, _ expected: Int, _ gateway: GatewayProcess) throws {
        func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
            samples.sum("llm_gateway_" + name, labels)
        }
        for family in [
            "requests_total", "request_duration_seconds_count", "overhead_seconds_count", "key_requests_total",
            "cache_requests_total",
        ] {
            #expect(sum(family) == Double(expected), "\(family)")
        }
        for name in ["requests_in_flight", "streams_in_flight", "queue_depth"] { #expect(sum(name) == 0, "\(name)") }

        try eventually("a line for each request") {
            gateway.logLines.count { $0["msg"].string == "request" } >= expected
        }
        let lines = gateway.logLines.filter { $0["msg"].string == "request" }
        #expect(lines.count == expected)
        for outcome in Self.outcomes {
            let told = lines.count { $0["outcome"].string == outcome }
            #expect(sum("requests_total", ["outcome": outcome]) == Double(told), "\(outcome)")
            #expect(sum("key_requests_total", ["outcome": outcome]) == Double(told), "\(outcome)")
        }

        let attempts = lines.compactMap { $0["attempts"].int }
        let reached = attempts.count { $0 > 0 }
        #expect(sum("upstream_attempts_total") == Double(attempts.reduce(0, +)))
        #expect(
            sum("upstream_attempts_total")
                == Double(reached) + sum("retries_total") + sum("fallbacks_total") + sum("hedges_total"))

        let kinds = ["input", "cached_input", "cache_write", "output"]
        #expect(sum("tokens_total") > 0 && sum("cost_usd_total") > 0)
        #expect(kinds.reduce(0) { $0 + sum("tokens_total", ["kind": $1]) } == sum("key_tokens_total"))
        #expect(abs(sum("cost_usd_total") - sum("key_cost_usd_total")) < 1e-9)
        #expect(sum("wasted_cost_usd_total") <= sum("cost_usd_total"))

        // To the nanosecond; a percent would do.
        let (whole, parts) = (sum("request_duration_seconds_sum"), sum("request_phase_seconds_sum"))
        #expect(abs(whole - parts) < 1e-6 * whole, "\(parts) of \(whole) seconds")
    }

    @Test func `a shutdown counts and logs whatever it ends`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("on and on"))
            _ = call.wire.timeUntilClosed(within: .seconds(30))
            call.close()
        }
        defer { upstream.stop() }
        let gateway = try GatewayProcess(
            """
            providers: { up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1", models: [m] } }
            server: { shutdown_grace: 600ms }
            """)
        defer { gateway.program.signal(SIGKILL) }
        let streams = try (0..<20).map { _ in try gateway.startStream() }
        defer { for (wire, _) in streams { wire.close() } }
        gateway.program.signal(SIGTERM)
        try eventually("twenty in flight, still") {
            try gateway.metrics().sum("llm_gateway_requests_in_flight") == 20
        }
        #expect(try gateway.program.waitForExit() == 0)
        try eventually("its last words") { gateway.program.hasSaidEverything }
        let lines = gateway.logLines.filter { $0["msg"].string == "request" }
        #expect(lines.count == 20 && lines.allSatisfy { $0["outcome"].string == "rejected" })
        #expect(lines.allSatisfy { $0["attempts"].int == 1 && $0["status"].int == 200 })
    }
}
