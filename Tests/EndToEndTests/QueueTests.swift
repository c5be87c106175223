import Foundation
import Testing

/// Providers that may have so many calls in flight: the others wait, for a while, and leave when their client does.
@Suite(.ownThread) struct QueueTests {
    /// Holds a call that says "stay" until the gateway lets go of it, or for 2 s.
    private func upstream() throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            if call.request.text.contains("stay") { _ = call.wire.timeUntilClosed(within: .seconds(2)) }
            try call.answer(Wording.completion())
        }
    }

    private func send(_ gateway: GatewayProcess, _ text: String = "Hello there", id: String) throws -> Wire {
        let wire = try gateway.connect()
        try wire.send(request("POST", "/v1/chat/completions", chatBody(text), headers: ["x-request-id: \(id)"]))
        return wire
    }

    private func depth(_ gateway: GatewayProcess) throws -> Double {
        try gateway.metrics().sum("llm_gateway_queue_depth", ["provider": "up"])
    }

    @Test(.undisturbed) func `beyond the limit calls wait for their turn, over all threads`() throws {
        let upstream = try upstream()
        try withGateway(
            before: upstream, provider: "concurrency: { max_in_flight: 1 }", also: "server: { threads: 2 }"
        ) { gateway throws in
            let first = try send(gateway, "stay", id: "first")
            _ = try upstream.call(1)
            let others = try (0..<6).map { try send(gateway, id: "other-\($0)") }
            try eventually("six that wait") { try depth(gateway) == 6 }
            #expect(upstream.calls.count == 1)
            #expect(try first.takeAnswer(within: .seconds(10)).status == 200)
            for other in others { #expect(try other.takeAnswer(within: .seconds(10)).status == 200) }
            try eventually("nobody who waits") { try depth(gateway) == 0 }
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_queue_wait_seconds_count", ["provider": "up"]) == 6)
            #expect(samples.sum("llm_gateway_request_phase_seconds_count", ["phase": "queue"]) >= 6)
        }
    }

    @Test(.undisturbed) func `who finds the queue full, or waits too long, is refused with a time to come back`() throws
    {
        let upstream = try upstream()
        let provider = "concurrency: { max_in_flight: 1, queue: 1, queue_wait: 500ms }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            let first = try send(gateway, "stay", id: "first")
            _ = try upstream.call(1)
            let waiting = try send(gateway, id: "waiting")
            try eventually("one that waits") { try depth(gateway) == 1 }
            let refused = try gateway.chat(headers: ["x-request-id: refused"])
            #expect(refused.status == 503 && refused.json["error"]["code"].string == "gateway_overloaded")
            #expect(refused["retry-after"] != nil)
            #expect(try gateway.logLine(of: "refused")["outcome"].string == "rejected")
            #expect(try waiting.takeAnswer(within: .seconds(5)).status == 503)
            #expect(try first.takeAnswer(within: .seconds(10)).status == 200)
            #expect(upstream.calls.count == 1)
        }
    }

    @Test(.undisturbed) func `a client that leaves the queue is gone at once, and its call is never sent`() throws {
        let upstream = try upstream()
        try withGateway(before: upstream, provider: "concurrency: { max_in_flight: 1 }") { gateway throws in
            let first = try send(gateway, "stay", id: "first")
            _ = try upstream.call(1)
            let waiting = try send(gateway, id: "gone")
            try eventually("one that waits") { try depth(gateway) == 1 }
            let left = ContinuousClock.now
            waiting.close()
            let line = try gateway.logLine(of: "gone")
            #expect(ContinuousClock.now - left < .milliseconds(400))
            #expect(line["outcome"].string == "client_cancelled" && line["attempts"].int == 0)
            #expect(try depth(gateway) == 0)
            #expect(try first.takeAnswer(within: .seconds(10)).status == 200)
            #expect(try gateway.chat().status == 200)
            #expect(upstream.calls.count == 2)
        }
    }

    @Test func `a provider whose queue is full gives way to the model's next target`() throws {
        let upstream = try upstream()
        let models = """
            models:
              m: { targets: [{ provider: up, model: m }, { provider: simulated, model: echo }] }
            """
        let provider = "concurrency: { max_in_flight: 1, queue: 0 }"
        try withGateway(before: upstream, provider: provider, also: models) { gateway throws in
            let first = try send(gateway, "stay", id: "first")
            _ = try upstream.call(1)
            let answer = try gateway.chat("Elsewhere", model: "m")
            #expect(answer.status == 200 && answer["x-llm-gateway-provider"] == "simulated")
            #expect(answer["x-llm-gateway-attempts"] == "1")
            #expect(try first.takeAnswer(within: .seconds(10)).status == 200)
        }
    }

    @Test func `a slot is free again however its call ends`() throws {
        let upstream = try ScriptedUpstream { call in
            switch call.request.json["messages"][0]["content"].string {
            case "reset": call.reset()
            case "refuse": try call.answer(#"{"error":{"message":"no"}}"#, status: "400 Bad Request")
            case "hang":
                _ = call.wire.timeUntilClosed(within: .seconds(10))
                call.close()
            default: try call.answer(Wording.completion())
            }
        }
        let provider = "concurrency: { max_in_flight: 1, queue: 0 }, retry: { max_attempts: 1 }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            #expect(try gateway.chat("reset").status == 502)
            #expect(try gateway.chat("refuse").status == 400)
            let hanging = try send(gateway, "hang", id: "hanging")
            try eventually("the call that hangs") {
                upstream.calls.contains { $0.text.contains("hang") }
            }
            hanging.close()
            _ = try gateway.logLine(of: "hanging")
            #expect(try gateway.chat().status == 200)
        }
    }
}
