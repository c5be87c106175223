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

    @Test(.undisturbed, arguments: Phase.allCases)
    func `an upstream that stops is given up within the phase's limit`(phase: Phase) throws {
        let released = Notes<Duration>()
        let upstream = try upstream(phase, released)
        let provider = "timeouts: { first_byte: 400ms, idle: 400ms }, retry: { max_attempts: 1 }"
        try withGateway(before: upstream, provider: provider) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(
                request("POST", "/v1/chat/completions", chatBody(more: more(phase)), headers: ["connection: close"]))
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

    @Test(.undisturbed, arguments: Phase.allCases)
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

    @Test(.undisturbed) func `a client that leaves while the gateway connects is gone at once`() throws {
        let listener = try FullListener()
        let configuration = """
            providers:
              full: { type: openai-compatible, base_url: "http://127.0.0.1:\(listener.port)/v1", probe: { interval: 1h } }
            """
        try withGateway(configuration) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(
                request("POST", "/v1/chat/completions", chatBody(model: "full/m"), headers: ["x-request-id: gone"]))
            usleep(200_000)  // into the attempt to connect
            let left = ContinuousClock.now
            wire.close()
            let line = try gateway.logLine(of: "gone")
            #expect(ContinuousClock.now - left < .milliseconds(400))
            #expect(line["outcome"].string == "client_cancelled" && line["attempts"].int == 1)
        }
    }
}

/// A port where connections are neither taken nor refused: as many wait already as may.
private final class FullListener {
    let port: Int
    private let listener: Int32
    private var waiting: [Int32] = []

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        port = try FreePorts.take()
        var address = loopback(port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        guard isListening == 0, listen(listener, 0) == 0 else { throw Wire.Failure.system(errno) }
        // The kernel lets one in, and leaves the next ones without an answer.
        for _ in 0..<3 {
            let client = socket(
                AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, size) }
            }
            waiting.append(client)
        }
    }

    deinit { for descriptor in waiting + [listener] { close(descriptor) } }
}
