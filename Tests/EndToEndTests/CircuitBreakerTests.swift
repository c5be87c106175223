import Foundation
import Synchronization
import Testing

/// Providers that keep failing: they are left alone for a while, and looked at again.
@Suite(.ownThread) struct CircuitBreakerTests {
    private static let rules =
        "circuit_breaker: { min_requests: 4, failure_rate: 0.5, open_for: 3s, half_open_probes: 1 }"
    private static let once = "retry: { max_attempts: 1 }"

    /// Fails while `isDown`.
    private func upstream(_ isDown: Flag, text: String = "Hi!") throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            if isDown.isOn {
                try call.answer(#"{"error":{"message":"down"}}"#, status: "500 Internal Server Error")
            } else {
                try call.answer(Wording.completion(text))
            }
        }
    }

    private final class Flag: Sendable {
        private let value: Atomic<Bool>
        init(_ value: Bool) { self.value = Atomic(value) }
        var isOn: Bool {
            get { value.load(ordering: .relaxed) }
            set { value.store(newValue, ordering: .relaxed) }
        }
    }

    @Test(.undisturbed) func `an open target is skipped while another is left, and asked again when it is well`() throws
    {
        let isDown = Flag(true)
        let (flaky, steady) = (try upstream(isDown, text: "flaky"), try upstream(Flag(false), text: "steady"))
        defer {
            flaky.stop()
            steady.stop()
        }
        func entry(_ upstream: ScriptedUpstream) -> String {
            #"{ type: openai-compatible, base_url: "http://127.0.0.1:\#(upstream.port)/v1", \#(Self.rules) }"#
        }
        let configuration = """
            providers: { flaky: \(entry(flaky)), steady: \(entry(steady)) }
            models:
              m: { targets: [{ provider: flaky, model: a }, { provider: steady, model: b }] }
            """
        try withGateway(configuration) { gateway throws in
            for _ in 0..<20 { #expect(try gateway.chat(model: "m").text.contains("steady")) }
            #expect(flaky.calls.count == 4)
            var samples = try gateway.metrics()
            let labels = ["provider": "flaky", "model": "a"]
            #expect(samples.sum("llm_gateway_circuit_breaker_state", labels) == 2)
            #expect(samples.sum("llm_gateway_circuit_breaker_state", ["provider": "steady"]) == 0)
            let ready = try gateway.askMetricsPort("/ready").json
            #expect(ready["providers"]["flaky"]["breaker"].string == "open")
            #expect(ready["providers"]["steady"]["breaker"].string == "closed")

            isDown.isOn = false
            try eventually("the target that is well again", within: .seconds(10)) {
                try gateway.chat(model: "m").text.contains("flaky")
            }
            samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_circuit_breaker_state", labels) == 0)
            for to in ["open", "half_open", "closed"] {
                #expect(
                    samples.sum("llm_gateway_circuit_breaker_transitions_total", labels.merging(["to": to]) { $1 }) == 1
                )
            }
        }
    }

    @Test func `a single target that is called by one client after another never sees a refusal of the gateway's own`()
        throws
    {
        let upstream = try upstream(Flag(true))
        try withGateway(before: upstream, provider: Self.rules + ", " + Self.once) { gateway throws in
            for number in 1...30 {
                let answer = try gateway.chat()
                #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_error")
                #expect(upstream.calls.count == number)
            }
            #expect(try gateway.metrics().sum("llm_gateway_circuit_breaker_state", ["provider": "up"]) == 2)
        }
    }

    @Test(.undisturbed)
    func `while one call finds out how an open target is the others are refused with a time to come back`() throws {
        let isHanging = Flag(false)
        let upstream = try ScriptedUpstream { call in
            if isHanging.isOn { _ = call.wire.timeUntilClosed(within: .milliseconds(1500)) }
            try call.answer(#"{"error":{"message":"down"}}"#, status: "500 Internal Server Error")
        }
        let rules = "circuit_breaker: { min_requests: 2, open_for: 60s }, " + Self.once
        try withGateway(before: upstream, provider: rules) { gateway throws in
            for _ in 0..<2 { _ = try gateway.chat() }
            isHanging.isOn = true
            let trial = try gateway.connect()
            try trial.send(request("POST", "/v1/chat/completions", chatBody()))
            _ = try upstream.call(3)
            let refused = try gateway.chat(headers: ["x-request-id: refused"])
            #expect(refused.status == 503 && refused.json["error"]["code"].string == "provider_unavailable")
            #expect(refused.json["error"]["type"].string == "api_error")
            #expect((refused["retry-after"].flatMap { Int($0) } ?? 0) > 30)
            #expect(refused["x-llm-gateway-attempts"] == "0")
            #expect(upstream.calls.count == 3)
            let anthropic = try gateway.ask(
                "POST", "/v1/messages", #"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"x"}]}"#)
            #expect(anthropic.status == 503 && anthropic.json["error"]["type"].string == "overloaded_error")
            #expect(try trial.takeAnswer(within: .seconds(5)).status == 502)
            #expect(try gateway.logLine(of: "refused")["outcome"].string == "provider_error")
        }
    }

    @Test func `errors about requests, and clients that leave, are no failures of the target`() throws {
        let upstream = try ScriptedUpstream { call in
            if call.request.text.contains("leave") { _ = call.wire.timeUntilClosed(within: .seconds(5)) }
            try call.answer(#"{"error":{"message":"no"}}"#, status: "400 Bad Request")
        }
        try withGateway(before: upstream, provider: Self.rules) { gateway throws in
            for _ in 0..<10 { #expect(try gateway.chat().status == 400) }
            for number in 11...20 {
                let wire = try gateway.connect()
                try wire.send(request("POST", "/v1/chat/completions", chatBody("leave")))
                _ = try upstream.call(number)
                wire.close()
            }
            #expect(try gateway.metrics().sum("llm_gateway_circuit_breaker_state") == 0)
            #expect(try gateway.chat().status == 400)
        }
    }

    @Test func `streams that break off open the breaker`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hel"))
            usleep(20_000)  // so that the event is there before the reset
            call.reset()
        }
        try withGateway(before: upstream, provider: Self.rules) { gateway throws in
            for _ in 0..<4 { _ = try gateway.startStream().wire.takeAll() }
            try eventually("the breaker to open") {
                try gateway.metrics().sum("llm_gateway_circuit_breaker_state", ["provider": "up"]) == 2
            }
        }
    }

    @Test func `a long stream that has begun well closes the breaker before it is over`() throws {
        let isDown = Flag(true)
        let upstream = try ScriptedUpstream { call in
            guard !isDown.isOn else {
                return try call.answer(#"{"error":{"message":"down"}}"#, status: "500 Internal Server Error")
            }
            try call.startStream()
            try call.event(Wording.delta("Hel"))
            _ = call.wire.timeUntilClosed(within: .seconds(10))
        }
        let rules = "circuit_breaker: { min_requests: 2, open_for: 100ms, half_open_probes: 1 }, " + Self.once
        try withGateway(before: upstream, provider: rules) { gateway throws in
            for _ in 0..<2 { _ = try gateway.chat() }
            isDown.isOn = false
            let stream = try gateway.startStream()
            #expect(stream.head.status == 200)
            try eventually("the breaker to close while the stream goes on") {
                try gateway.metrics().sum("llm_gateway_circuit_breaker_state", ["provider": "up"]) == 0
            }
            stream.wire.close()
        }
    }

    @Test func `what a breaker knows survives a reload`() throws {
        let upstream = try upstream(Flag(true))
        try withGateway(before: upstream, provider: Self.rules + ", " + Self.once) { gateway throws in
            for _ in 0..<4 { _ = try gateway.chat() }
            #expect(try gateway.metrics().sum("llm_gateway_circuit_breaker_state") == 2)
            gateway.program.signal(SIGHUP)
            try eventually("the reload") {
                try gateway.metrics().sum("llm_gateway_config_generation") == 2
            }
            #expect(try gateway.metrics().sum("llm_gateway_circuit_breaker_state") == 2)
        }
    }
}
