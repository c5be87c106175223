import Foundation
import Testing

/// Health, readiness and the way down.
@Suite(.ownThread) struct ReadinessTests {
    // MARK: Readiness

    @Test func `health tells version and age and asks no provider`() throws {
        let upstream = try ScriptedUpstream { _ = $0.wire.timeUntilClosed(within: .seconds(5)) }
        try withGateway(before: upstream) { gateway throws in
            for answer in [try gateway.ask("GET", "/health"), try gateway.askMetricsPort("/health")] {
                #expect(answer.status == 200)
                #expect(answer.json["status"].string == "ok")
                #expect(answer.json["version"].string?.isEmpty == false)
                #expect((answer.json["uptime_seconds"].double ?? -1) >= 0)
                #expect(answer.json["timestamp"].string?.contains("T") == true)
            }
            #expect(upstream.calls.isEmpty)
        }
    }

    /// What `/ready` says once it says `status`.
    private func ready(_ gateway: GatewayProcess, _ status: String, within limit: Duration = .seconds(10)) throws
        -> HTTPMessage
    {
        try eventually("readiness '\(status)'", within: limit) {
            let answer = try gateway.ask("GET", "/ready")
            return answer.json["status"].string == status ? answer : nil
        }
    }

    @Test func `the simulated provider alone makes it ready`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            let answer = try ready(gateway, "ready")
            #expect(answer.status == 200)
            #expect(answer.json["providers"]["simulated"]["status"].string == "up")
            #expect(answer.json["providers"]["simulated"]["breaker"].string == "closed")
            #expect(try gateway.askMetricsPort("/ready").status == 200)
        }
    }

    @Test func `a provider that is up makes it ready, one of two that is down degrades it`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        defer { upstream.stop() }
        let nobody = try FreePorts.take()
        let configuration = """
            providers:
              up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1" }
              down: { type: openai-compatible, base_url: "http://127.0.0.1:\(nobody)/v1" }
            """
        try withGateway(configuration) { gateway throws in
            let answer = try ready(gateway, "degraded")
            #expect(answer.status == 200)
            let providers = answer.json["providers"]
            #expect(providers["up"]["status"].string == "up")
            #expect((providers["up"]["latency_ms"].double ?? -1) >= 0)
            #expect(providers["up"]["last_checked"].string?.contains("T") == true)
            #expect(providers["down"]["status"].string == "down")
            #expect(providers["down"]["error"].string?.isEmpty == false)
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_provider_up", ["provider": "up"]) == 1)
            #expect(samples.sum("llm_gateway_provider_up", ["provider": "down"]) == 0)
        }
    }

    @Test func `no provider that is up, or a required one that is down, makes it unready`() throws {
        let nobody = try FreePorts.take()
        let down = "{ type: openai-compatible, base_url: 'http://127.0.0.1:\(nobody)/v1' }"
        try withGateway("providers: { down: \(down), simulated: {} }") { gateway throws in
            #expect(try ready(gateway, "unready").status == 503, "simulated counts only when it is alone")
        }
        let upstream = try ScriptedUpstream(answering: "{}")
        defer { upstream.stop() }
        let configuration = """
            providers:
              up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1" }
              down: { type: openai-compatible, base_url: "http://127.0.0.1:\(nobody)/v1", probe: { required: true } }
            """
        try withGateway(configuration) { gateway throws in
            #expect(try ready(gateway, "unready").status == 503)
        }
    }

    @Test func `a provider that comes back is found by its probe`() throws {
        let port = try FreePorts.take()
        let configuration = """
            providers:
              up: { type: openai-compatible, base_url: "http://127.0.0.1:\(port)/v1", probe: { interval: 200ms } }
            """
        try withGateway(configuration) { gateway throws in
            _ = try ready(gateway, "unready")
            let server = try Program("/usr/bin/python3", ["-m", "http.server", "\(port)", "--bind", "127.0.0.1"])
            defer { server.stop() }
            // It answers 404, which is an answer.
            #expect(try ready(gateway, "ready", within: .seconds(15)).status == 200)
        }
    }

    // MARK: The way down

    private func stream(_ words: Int, _ perSecond: Int) -> (model: String, more: String) {
        ("simulated/lorem?tokens_per_second=\(perSecond)", #", "max_tokens": \#(words)"#)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `it ends with 0 when asked to`(signal: Int32) throws {
        let gateway = try GatewayProcess("providers: { simulated: {} }")
        defer { gateway.program.signal(SIGKILL) }
        _ = try gateway.ask("GET", "/health")
        gateway.program.signal(signal)
        #expect(try gateway.program.waitForExit(within: .seconds(5)) == 0)
    }

    @Test func `while it drains it is unready, closes each connection, and still serves`() throws {
        let gateway = try GatewayProcess("providers: { simulated: {} }\nserver: { drain_delay: 1500ms }")
        defer { gateway.program.signal(SIGKILL) }
        _ = try ready(gateway, "ready")
        let kept = try gateway.connect()
        try kept.send(request("GET", "/health"))
        #expect(try !kept.takeAnswer().closes)

        gateway.program.signal(SIGTERM)
        try eventually("unreadiness") { try gateway.ask("GET", "/ready").status == 503 }
        // Its loops are told a moment later.
        try eventually("an answer that closes its connection", within: .seconds(1)) {
            let answer = try gateway.chat(model: "simulated/echo")
            #expect(answer.status == 200)
            return answer.closes
        }
        try kept.send(request("GET", "/health"))
        #expect(try kept.takeAnswer().closes)
        #expect(try gateway.program.waitForExit(within: .seconds(8)) == 0)
    }

    @Test func `a stream in flight is finished before it ends`() throws {
        let gateway = try GatewayProcess("providers: { simulated: {} }\nserver: { shutdown_grace: 10s }")
        defer { gateway.program.signal(SIGKILL) }
        let (model, more) = stream(20, 20)
        let (wire, _) = try gateway.startStream(model: model, more: more)
        gateway.program.signal(SIGTERM)
        var text = ""
        while let chunk = try wire.takeChunk() { text += String(decoding: chunk, as: UTF8.self) }
        #expect(text.hasSuffix("data: [DONE]\n\n"))
        #expect(!text.contains(#""error""#))
        #expect(try gateway.program.waitForExit(within: .seconds(5)) == 0)
    }

    @Test func `new connections are refused while streams are finished`() throws {
        let gateway = try GatewayProcess("providers: { simulated: {} }\nserver: { shutdown_grace: 10s }")
        defer { gateway.program.signal(SIGKILL) }
        let (model, more) = stream(60, 20)
        let (wire, _) = try gateway.startStream(model: model, more: more)
        gateway.program.signal(SIGTERM)
        try eventually("a refused connection") { (try? gateway.connect()) == nil }
        wire.close()
        #expect(try gateway.program.waitForExit(within: .seconds(5)) == 0)
    }

    @Test func `what outlives the grace is ended with an error event`() throws {
        let gateway = try GatewayProcess("providers: { simulated: {} }\nserver: { shutdown_grace: 700ms }")
        defer { gateway.program.signal(SIGKILL) }
        let (model, more) = stream(500, 20)
        let (streaming, _) = try gateway.startStream(model: model, more: more)
        let waiting = try gateway.connect()
        try waiting.send(request("POST", "/v1/chat/completions", chatBody(model: "simulated/error-timeout")))
        usleep(100_000)
        gateway.program.signal(SIGTERM)

        let text = String(decoding: try streaming.takeAll(), as: UTF8.self)
        #expect(text.contains(#""code":"shutting_down""#))
        #expect(!text.contains("[DONE]"))
        let refused = try waiting.takeAnswer()
        #expect(refused.status == 503)
        #expect(refused.closes)
        #expect(refused.json["error"]["code"].string == "shutting_down")
        #expect(try gateway.program.waitForExit(within: .seconds(5)) == 0)
    }

    @Test func `the last requests are still logged`() throws {
        let gateway = try GatewayProcess("providers: { simulated: {} }")
        defer { gateway.program.signal(SIGKILL) }
        for number in 0..<50 {
            _ = try gateway.chat(model: "simulated/echo", headers: ["x-request-id: last-\(number)"])
        }
        gateway.program.signal(SIGTERM)
        #expect(try gateway.program.waitForExit(within: .seconds(5)) == 0)
        try eventually("the output's end") { gateway.program.hasSaidEverything }
        #expect(gateway.logLines.filter { $0["request_id"].string?.hasPrefix("last-") == true }.count == 50)
    }

    @Test func `a provider that only clients have keys for is alive when it refuses a probe without one`() throws {
        let upstream = try ScriptedUpstream { call in
            guard call.request["authorization"] != nil else {
                return try call.answer(#"{"error":{"message":"no key"}}"#, status: "401 Unauthorized")
            }
            try call.answer(Wording.completion())
        }
        let provider = "forward_client_key: true, probe: { path: /alive }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            try eventually("it is ready") { try gateway.askMetricsPort("/ready").status == 200 }
            #expect(try gateway.chat(headers: ["authorization: Bearer mine"]).status == 200)
        }
    }
}
