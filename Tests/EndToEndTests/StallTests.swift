import Foundation
import Testing

/// Upstreams that stop in the middle of something, and clients that leave meanwhile: each phase has its limit, and what
/// nobody waits for any more ends at once and is never tried again.
@Suite(.ownThread) struct StallTests {
    /// Where an upstream stops.
    enum Phase: String, CaseIterable {
        case beforeHead, inHead, beforeBody, inBody, beforeFirstEvent, inStream
    }

    /// Goes as far as the phase, then waits until the gateway lets go, and notes how long that took.
    private func upstream(_ phase: Phase, _ released: Notes<Duration>) throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            switch phase {
            case .beforeHead: break
            case .inHead: try call.wire.send("HTTP/1.1 200 OK\r\ncontent-type: appli")
            case .beforeBody, .inBody:
                try call.wire.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n")
                if phase == .inBody { try call.wire.send(#"{"id":"#) }
            case .beforeFirstEvent, .inStream:
                try call.startStream()
                if phase == .inStream { try call.event(Wording.delta("Hel")) }
            }
            if let time = call.wire.timeUntilClosed(within: .seconds(8)) { released.add(time) }
            call.close()
        }
    }

    private func more(_ phase: Phase) -> String {
        phase == .beforeFirstEvent || phase == .inStream ? #", "stream": true"# : ""
    }

    @Test(arguments: Phase.allCases)
    func `an upstream that stops is given up within the phase's limit`(phase: Phase) throws {
        let released = Notes<Duration>()
        let upstream = try upstream(phase, released)
        let provider = "timeouts: { first_byte: 400ms, idle: 400ms }, retry: { max_attempts: 1 }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(request("POST", "/v1/chat/completions", chatBody(more: more(phase))))
            if phase == .inStream {
                let text = String(decoding: try wire.takeAll(within: .seconds(6)), as: UTF8.self)
                #expect(text.contains("Hel") && text.contains("provider_timeout") && !text.contains("[DONE]"))
            } else {
                let answer = try wire.takeAnswer(within: .seconds(6))
                #expect(answer.status == 504 && answer.json["error"]["code"].string == "provider_timeout")
            }
            #expect(try released.first("the upstream's release") < .seconds(4))
            #expect(upstream.calls.count == 1)
            #expect(try gateway.metrics().sum("llm_gateway_requests_in_flight") == 0)
        }
    }

    @Test(arguments: Phase.allCases)
    func `a client that leaves ends what is under way for it, and nothing is tried again`(phase: Phase) throws {
        let released = Notes<Duration>()
        let upstream = try upstream(phase, released)
        try withGateway(before: upstream, provider: "retry: { base_delay: 1ms }") { gateway throws in
            let wire = try gateway.connect()
            try wire.send(
                request(
                    "POST", "/v1/chat/completions", chatBody(more: more(phase)), headers: ["x-request-id: gone"]))
            _ = try upstream.call(1)
            if phase == .inStream { _ = try wire.take(through: "Hel") }
            usleep(100_000)  // into the phase
            let left = ContinuousClock.now
            wire.close()
            _ = try released.first("the upstream's release")
            // The promise is 100 ms; the rest is for a machine that has other things to do.
            #expect(ContinuousClock.now - left < .milliseconds(400))
            #expect(try gateway.logLine(of: "gone")["outcome"].string == "client_cancelled")
            usleep(200_000)  // in which another try would have come
            #expect(upstream.calls.count == 1)
            let samples = try gateway.metrics()
            #expect(samples.sum("llm_gateway_requests_in_flight") == 0 && samples.sum("llm_gateway_retries_total") == 0)
        }
    }

    @Test func `a client that leaves while the gateway connects is gone at once`() throws {
        // Nobody answers at an address that is reserved for documentation, or says at once that it can't be reached.
        let configuration = """
            providers:
              far: { type: openai-compatible, base_url: "http://192.0.2.1:9/v1", probe: { interval: 1h } }
            resilience: { retry: { max_attempts: 5, base_delay: 5s, max_delay: 5s } }
            """
        try withGateway(configuration) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(
                request("POST", "/v1/chat/completions", chatBody(model: "far/m"), headers: ["x-request-id: gone"]))
            usleep(200_000)  // into the attempt to connect
            let left = ContinuousClock.now
            wire.close()
            #expect(try gateway.logLine(of: "gone")["outcome"].string == "client_cancelled")
            #expect(ContinuousClock.now - left < .milliseconds(400))
        }
    }
}
