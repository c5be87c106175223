import Foundation
import Testing

/// Providers that fail now and then: the client hears of it only when there is nothing else to do.
@Suite(.ownThread) struct RetryTests {
    private static let quick = "retry: { base_delay: 20ms, max_delay: 2s }"

    private static func failure(_ status: String) -> String {
        #"{"error":{"message":"no: \#(status)","type":"server_error","param":null,"code":null}}"#
    }

    private func flapping(_ statuses: [String], headers: [String] = []) throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            guard call.number <= statuses.count else { return try call.answer(Wording.completion()) }
            let status = statuses[call.number - 1]
            try call.answer(Self.failure(status), status: status, headers: headers)
        }
    }

    @Test(arguments: [
        "408 Request Timeout", "409 Conflict", "425 Too Early", "429 Too Many Requests", "500 Internal Server Error",
        "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout", "529 Overloaded",
    ])
    func `a provider that flaps is asked again, and the client gets its answer`(status: String) throws {
        let upstream = try flapping([status, status])
        try withGateway(before: upstream, provider: Self.quick) { gateway throws in
            let answer = try gateway.chat()
            #expect(answer.status == 200 && answer["x-llm-gateway-attempts"] == "3")
            let samples = try gateway.metrics()
            let reason = String(status.prefix(3))
            #expect(samples.sum("llm_gateway_retries_total", ["provider": "up", "reason": reason]) == 2)
            #expect(samples.sum("llm_gateway_upstream_attempts_total", ["provider": "up", "result": reason]) == 2)
        }
    }

    @Test func `an error about the request is nobody's turn again`() throws {
        let upstream = try flapping(["400 Bad Request"])
        try withGateway(before: upstream, provider: Self.quick) { gateway throws in
            #expect(try gateway.chat().status == 400)
            #expect(upstream.calls.count == 1)
        }
    }

    @Test func `attempts end at max_attempts, and the last failure is the answer`() throws {
        let upstream = try flapping(Array(repeating: "503 Service Unavailable", count: 20))
        let provider = "retry: { max_attempts: 4, base_delay: 10ms }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            let answer = try gateway.chat()
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_error")
            #expect(answer["x-llm-gateway-attempts"] == "4")
            #expect(upstream.calls.count == 4)
        }
    }

    @Test(.undisturbed) func `the pause is no time of the gateway's own`() throws {
        let upstream = try flapping(["500 Internal Server Error"], headers: ["retry-after-ms: 300"])
        try withGateway(before: upstream, provider: Self.quick) { gateway throws in
            let start = ContinuousClock.now
            let answer = try gateway.chat(headers: ["x-request-id: paused"])
            #expect(answer.status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(300))
            let line = try gateway.logLine(of: "paused")
            #expect((line["gateway_ms"].double ?? .infinity) < 150)
            #expect(line["attempts"].int == 2 && line["outcome"].string == "ok")
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_request_phase_seconds_count", ["phase": "backoff"]) == 1)
            #expect(samples.sum("llm_gateway_request_phase_seconds_sum", ["phase": "backoff"]) >= 0.3)
        }
    }

    @Test(.undisturbed) func `a retry-after that is longer than the longest pause is the client's to wait for`() throws
    {
        let upstream = try flapping(["429 Too Many Requests"], headers: ["retry-after: 30"])
        try withGateway(before: upstream, provider: Self.quick) { gateway throws in
            let start = ContinuousClock.now
            let answer = try gateway.chat()
            #expect(answer.status == 429 && answer["retry-after"] == "30")
            #expect(ContinuousClock.now - start < .seconds(2))
            #expect(upstream.calls.count == 1)
        }
    }

    @Test(.undisturbed) func `a retry-after that is longer than the longest pause has the next target asked at once`()
        throws
    {
        let busy = try flapping(["429 Too Many Requests"], headers: ["retry-after: 30"])
        let idle = try ScriptedUpstream(answering: Wording.completion("from the other"))
        try withGateway(before: busy, and: idle) { gateway throws in
            let start = ContinuousClock.now
            let answer = try gateway.chat(model: "m")
            #expect(answer.status == 200 && answer.text.contains("from the other"))
            #expect(answer["x-llm-gateway-provider"] == "second")
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }

    @Test func `a target that says it should not be asked again is not`() throws {
        let upstream = try flapping(["500 Internal Server Error"], headers: ["x-should-retry: false"])
        try withGateway(before: upstream, provider: Self.quick) { gateway throws in
            #expect(try gateway.chat().status == 502)
            #expect(upstream.calls.count == 1)
        }
    }

    @Test func `a target that says it should be asked again is, whatever the status`() throws {
        let upstream = try flapping(["418 I'm a teapot"], headers: ["x-should-retry: true"])
        try withGateway(before: upstream, provider: Self.quick) { gateway throws in
            #expect(try gateway.chat().status == 200)
            #expect(upstream.calls.count == 2)
        }
    }

    @Test func `a brown-out is not multiplied once the budget is spent`() throws {
        let upstream = try flapping(Array(repeating: "503 Service Unavailable", count: 10_000))
        // The breaker is kept out of it.
        let provider = "retry: { base_delay: 1ms }, circuit_breaker: { min_requests: 1000000 }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            for _ in 0..<10 { _ = try gateway.chat() }
            let before = upstream.calls.count
            #expect(before <= 10 + 12)
            for _ in 0..<60 { #expect(try gateway.chat().status == 502) }
            #expect(upstream.calls.count - before <= 72, "at most 1.2 attempts a request")
        }
    }

    @Test(.undisturbed) func `all attempts together have one deadline`() throws {
        let upstream = try flapping(Array(repeating: "503 Service Unavailable", count: 100))
        let provider = "retry: { max_attempts: 20, base_delay: 2s }, timeouts: { total: 1s }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            let start = ContinuousClock.now
            let status = try gateway.chat().status
            #expect(status == 502 || status == 504)
            #expect(ContinuousClock.now - start < .milliseconds(1500))
        }
    }

    @Test(arguments: ["", #","stream":true"#])
    func `a target that never sends its first byte gives way to the next`(more: String) throws {
        let silent = try ScriptedUpstream { call in
            _ = call.wire.timeUntilClosed(within: .seconds(10))
            call.close()
        }
        let quick = try streamer()
        try withGateway(before: silent, and: quick, provider: "timeouts: { first_byte: 200ms }") { gateway throws in
            let answer = try gateway.ask("POST", "/v1/chat/completions", chatBody(model: "m", more: more))
            #expect(answer.status == 200 && answer["x-llm-gateway-provider"] == "second")
            #expect(silent.calls.count == 1)
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_retries_total", ["provider": "second", "reason": "timeout"]) == 1)
        }
    }

    /// Answers calls and streams.
    private func streamer() throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            guard call.request.text.contains(#""stream":true"#) else { return try call.answer(Wording.completion()) }
            try call.startStream()
            for event in [Wording.delta("Hi"), Wording.finish, Wording.usage, "[DONE]"] { try call.event(event) }
            try call.endStream()
        }
    }

    @Test func `a stream whose first event is an error that passes is tried elsewhere`() throws {
        let overloaded = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(#"{"error":{"message":"Slow down","type":"rate_limit_error","param":null,"code":"429"}}"#)
            try call.endStream()
        }
        try withGateway(before: overloaded, and: try streamer()) { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions", chatBody(model: "m", more: #","stream":true"#))
            #expect(answer.status == 200 && answer.text.contains("[DONE]") && !answer.text.contains("Slow down"))
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_retries_total", ["provider": "second", "reason": "429"]) == 1)
        }
    }

    @Test func `a stream that breaks after its first event is an error, and never tried again`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hel"))
            usleep(50_000)  // so that the event is there before the reset
            call.reset()
        }
        try withGateway(before: upstream, provider: Self.quick) { gateway throws in
            let (wire, head) = try gateway.startStream()
            #expect(head.status == 200)
            let text = String(decoding: try wire.takeAll(), as: UTF8.self)
            #expect(text.contains("Hel") && text.contains("provider_unreachable") && !text.contains("[DONE]"))
            usleep(200_000)  // in which another try would have come
            #expect(upstream.calls.count == 1)
        }
    }

    @Test(.undisturbed) func `a client that leaves during the pause is never answered, and nothing more is sent`()
        throws
    {
        let upstream = try flapping(
            Array(repeating: "500 Internal Server Error", count: 9), headers: ["retry-after: 1"])
        try withGateway(before: upstream, provider: "retry: { max_delay: 5s }") { gateway throws in
            let wire = try gateway.connect()
            try wire.send(request("POST", "/v1/chat/completions", chatBody(), headers: ["x-request-id: gone"]))
            _ = try upstream.call(1)
            usleep(100_000)  // into the pause
            let left = ContinuousClock.now
            wire.close()
            let line = try gateway.logLine(of: "gone")
            #expect(ContinuousClock.now - left < .milliseconds(400))
            #expect(line["outcome"].string == "client_cancelled" && line["status"].int == 499)
            usleep(1_200_000)  // longer than the pause would have been
            #expect(upstream.calls.count == 1)
        }
    }

    @Test func `simulated models are tried again like all others`() throws {
        let configuration = """
            resilience: { retry: { base_delay: 1ms, max_attempts: 3 } }
            models:
              m: { targets: [{ provider: simulated, model: error-500 }, { provider: simulated, model: echo }] }
            """
        try withGateway(configuration) { gateway throws in
            let answer = try gateway.chat("Say this", model: "m")
            #expect(answer.status == 200 && answer.text.contains("Say this"))
            #expect(answer["x-llm-gateway-attempts"] == "2")
            #expect(try gateway.chat(model: "simulated/error-500")["x-llm-gateway-attempts"] == "3")
        }
    }
}
