import Foundation
import Testing

/// Targets that are silent for too long: a second one is asked, and the quicker of the two answers.
@Suite(.ownThread) struct HedgeTests {
    /// Answers when it has waited; notes when its client lets go of it before.
    private func upstream(_ text: String, after wait: Duration, _ cancelled: Notes<Duration>) throws -> ScriptedUpstream
    {
        try ScriptedUpstream { call in
            if let time = call.wire.timeUntilClosed(within: wait) {
                cancelled.add(time)
                return call.close()
            }
            try call.answer(Wording.completion(text))
        }
    }

    private func withTwo(
        _ first: ScriptedUpstream, _ second: ScriptedUpstream, hedgeAfter: String = "200ms",
        _ body: (GatewayProcess) throws -> Void
    ) throws {
        try withGateway(
            before: first, and: second, provider: "retry: { base_delay: 1ms, max_attempts: 9 }",
            model: "hedge_after: \(hedgeAfter)",
            also: "model_info: { m: { usd_per_million: { input: 1000, output: 1000 } } }", body)
    }

    @Test func `a target that answers in time is the only one that is asked`() throws {
        let quick = try ScriptedUpstream(answering: Wording.completion("first"))
        let spare = try ScriptedUpstream(answering: Wording.completion("second"))
        try withTwo(quick, spare, hedgeAfter: "2s") { gateway throws in
            for _ in 0..<5 { #expect(try gateway.chat(model: "m").text.contains("first")) }
            #expect(spare.calls.isEmpty)
            #expect(try gateway.metrics().sum("llm_gateway_hedges_total") == 0)
        }
    }

    @Test(.undisturbed) func `a second target takes over from one that is silent, which is cancelled`() throws {
        let cancelled = Notes<Duration>()
        let slow = try upstream("first", after: .seconds(8), cancelled)
        let quick = try upstream("second", after: .milliseconds(20), Notes())
        try withTwo(slow, quick) { gateway throws in
            let start = ContinuousClock.now
            let answer = try gateway.chat(
                String(repeating: "word ", count: 50), model: "m", headers: ["x-request-id: h"])
            #expect(answer.status == 200 && answer.text.contains("second"))
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(answer["x-llm-gateway-provider"] == "second" && answer["x-llm-gateway-attempts"] == "2")
            #expect(try cancelled.first("the cancelled call") < .seconds(3))
            let line = try gateway.logLine(of: "h")
            #expect(line["outcome"].string == "ok" && line["provider"].string == "second")
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_hedges_total", ["provider": "second", "reason": "slow"]) == 1)
            #expect(samples.sum("llm_gateway_retries_total") == 0)
            #expect(samples.sum("llm_gateway_upstream_attempts_total") == 2)
            #expect(samples.sum("llm_gateway_wasted_cost_usd_total", ["provider": "first"]) > 0)
            #expect(samples.sum("llm_gateway_requests_in_flight") == 0)
            #expect(samples.sum("llm_gateway_circuit_breaker_state") == 0)
        }
    }

    @Test func `code in this process is raced like a server, on both sides`() throws {
        let file = """
            providers: { simulated: {} }
            models:
              slow: { hedge_after: 100ms, targets: [{ provider: simulated, model: "lorem?first_token=8s" }, { provider: simulated, model: echo }] }
              quick: { hedge_after: 100ms, targets: [{ provider: simulated, model: "echo?first_token=400ms" }, { provider: simulated, model: "lorem?first_token=8s" }] }
            """
        try withGateway(file) { gateway throws in
            for (model, attempts) in [("slow", "2"), ("quick", "2")] {
                for more in ["", #", "stream": true"#] {
                    let start = ContinuousClock.now
                    let answer = try gateway.chat("Parrot", model: model, more: more)
                    #expect(answer.status == 200 && answer.text.contains("Parrot"), "\(answer.text)")
                    #expect(answer["x-llm-gateway-attempts"] == attempts && .now - start < .seconds(5))
                }
            }
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_hedges_total", ["provider": "simulated"]) == 4)
            #expect(samples.sum("llm_gateway_requests_in_flight") == 0)
        }
    }

    @Test func `the first target may still win, and then the second is cancelled`() throws {
        let cancelled = Notes<Duration>()
        let late = try upstream("first", after: .milliseconds(700), Notes())
        let later = try upstream("second", after: .seconds(8), cancelled)
        try withTwo(late, later) { gateway throws in
            let answer = try gateway.chat(model: "m")
            #expect(answer.text.contains("first") && answer["x-llm-gateway-provider"] == "first")
            _ = try cancelled.first("the cancelled call")
            #expect(try gateway.chat(model: "m").status == 200)
        }
    }

    @Test func `a stream is raced to its head, and told by the winner alone`() throws {
        let slow = try upstream("first", after: .seconds(8), Notes())
        let quick = try ScriptedUpstream { call in
            try call.startStream()
            for event in [Wording.delta("Hi"), Wording.finish, Wording.usage, "[DONE]"] { try call.event(event) }
            try call.endStream()
        }
        try withTwo(slow, quick) { gateway throws in
            let answer = try gateway.ask("POST", "/v1/chat/completions", chatBody(model: "m", more: #","stream":true"#))
            #expect(answer.status == 200 && answer.text.contains("Hi") && answer.text.contains("[DONE]"))
        }
    }

    @Test(.undisturbed) func `when both fail the call is tried again as usual`() throws {
        let broken = try ScriptedUpstream { call in
            // Twice: a connection that was kept and turns out to be dead is replaced within the same attempt.
            if call.number <= 2 {
                usleep(500_000)  // silent until the other one is asked too
                call.reset()
            } else {
                try call.answer(Wording.completion("in the end"))
            }
        }
        let failing = try ScriptedUpstream { call in
            usleep(100_000)  // fails while the first is still silent
            try call.answer(#"{"error":{"message":"no"}}"#, status: "503 Sorry")
        }
        try withTwo(broken, failing) { gateway throws in
            let answer = try gateway.chat(model: "m")
            #expect(answer.status == 200 && answer.text.contains("in the end"))
            #expect((answer["x-llm-gateway-attempts"].flatMap { Int($0) } ?? 0) >= 3)
            #expect(try gateway.metrics().sum("llm_gateway_requests_in_flight") == 0)
        }
    }

    @Test(.undisturbed) func `a client that leaves ends both`() throws {
        let (one, other) = (Notes<Duration>(), Notes<Duration>())
        let (first, second) = (
            try upstream("first", after: .seconds(8), one), try upstream("second", after: .seconds(8), other)
        )
        try withTwo(first, second) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(
                request("POST", "/v1/chat/completions", chatBody(model: "m"), headers: ["x-request-id: gone"]))
            _ = try first.call(1)
            _ = try second.call(1)
            wire.close()
            #expect(try one.first("the first call's end") < .seconds(4))
            #expect(try other.first("the second call's end") < .seconds(4))
            #expect(try gateway.logLine(of: "gone")["outcome"].string == "client_cancelled")
            #expect(first.calls.count == 1 && second.calls.count == 1)
        }
    }
}
