import Foundation
import Synchronization
import Testing

/// Two gateways behind a load balancer that knows no more than what connections tell it; one after the other is
/// stopped, and started anew on its port.
@Suite(.ownThread, .undisturbed, .enabled(if: NginxProcess.isInstalled)) struct RollingRestartTests {
    private static let events = 12
    /// At any time.
    private static let streams = 200

    /// Streams take six seconds; everything else is answered at once.
    private func upstream() throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            guard call.request.json["stream"].bool == true else { return try call.answer(Wording.completion()) }
            try call.startStream()
            for number in 0..<Self.events {
                try call.event(Wording.delta("\(number) "))
                usleep(500_000)
            }
            try call.event(Wording.finish)
            try call.event("[DONE]")
            try call.endStream()
        }
    }

    /// Takes one stream to its end.
    ///
    /// - Returns: `whole` when nothing of it was missing, else what was.
    private func follow(_ port: Int) throws -> String {
        let wire = try Wire(to: port)
        defer { wire.close() }
        try wire.send(request("POST", "/v1/chat/completions", chatBody(more: #", "stream": true"#)))
        let head = try wire.takeHead(within: .seconds(30))
        guard head.status == 200 else {
            return try "\(head.status): \(String(decoding: wire.takeSome() ?? [], as: UTF8.self))"
        }
        var (rest, next) = ([UInt8](), 0)
        while let event = try wire.takeEvent(&rest, within: .seconds(30)) {
            if event == "data: [DONE]" { return next == Self.events ? "whole" : "\(next) events" }
            if event.contains(#""content":"\#(next) ""#) {
                next += 1
            } else if !event.contains(#""finish_reason":"stop""#) {
                return "after \(next): \(event)"
            }
        }
        return "ended after \(next)"
    }

    private func streamsInFlight(_ gateway: GatewayProcess) throws -> Double {
        try gateway.metrics().sum("llm_gateway_streams_in_flight")
    }

    @Test func `gateways restarted one after the other cut no stream and lose no request`() throws {
        let upstream = try upstream()
        defer { upstream.stop() }
        let configuration = """
            providers:
              up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1" }
            server: { drain_delay: 1500ms, shutdown_grace: 60s }
            """
        var gateways = try (0..<2).map { _ in try GatewayProcess(configuration) }
        defer { for gateway in gateways { gateway.program.signal(SIGKILL) } }
        // One with a new connection for every call, one that keeps them.
        let nginxes = try [false, true].map { try NginxProcess(before: gateways.map(\.port), keepAlive: $0) }

        let calls = nginxes.map { nginx in
            Repeated(threads: 2, expecting: "200") { [port = nginx.port] in
                let wire = try Wire(to: port)
                defer { wire.close() }
                try wire.send(request("POST", "/v1/chat/completions", chatBody()))
                let answer = try wire.takeAnswer(within: .seconds(30))
                usleep(10_000)
                return answer.status == 200 ? "200" : "\(answer.status): \(answer.text)"
            }
        }
        let streams = nginxes.map { nginx in
            Repeated(threads: Self.streams / 2, expecting: "whole") { [port = nginx.port] in try follow(port) }
        }
        defer { for load in calls + streams { load.stop() } }
        try eventually("all streams are under way", within: .seconds(60)) {
            try gateways.reduce(0) { try $0 + streamsInFlight($1) } >= Double(Self.streams - 10)
        }

        for index in gateways.indices {
            let old = gateways[index]
            #expect(try streamsInFlight(old) >= 20)
            old.program.signal(SIGTERM)
            #expect(try old.program.waitForExit(within: .seconds(70)) == 0)
            gateways[index] = try GatewayProcess(configuration, ports: (old.port, old.metricsPort))
            // nginx tries again after a second what had refused it.
            try eventually("streams come to the new one", within: .seconds(30)) {
                try streamsInFlight(gateways[index]) >= 20
            }
        }

        for load in calls + streams { load.stop() }
        let complaints = nginxes.flatMap(\.complaints)
        for load in calls + streams {
            #expect(load.others == [], "beside \(load.answers); nginx says \(complaints)")
            #expect(load.answers > Self.streams / 2)
        }
    }
}

/// Does the same over and over on threads of its own, until it is stopped.
private final class Repeated: Sendable {
    private let state = Mutex((answers: 0, others: [String](), isStopped: false))
    private let group = DispatchGroup()

    /// - Parameter expected: What `call` returns when all is well.
    init(threads: Int, expecting expected: String, _ call: @escaping @Sendable () throws -> String) {
        for _ in 0..<threads {
            group.enter()
            Thread { [self] in
                while !state.withLock({ $0.isStopped }) {
                    let outcome: String
                    do { outcome = try call() } catch { outcome = "\(error)" }
                    state.withLock { if outcome == expected { $0.answers += 1 } else { $0.others.append(outcome) } }
                }
                group.leave()
            }.start()
        }
    }

    /// How often all was well so far.
    var answers: Int { state.withLock { $0.answers } }
    /// What came instead.
    var others: [String] { state.withLock { $0.others } }

    /// Returns when the last one has ended.
    func stop() {
        state.withLock { $0.isStopped = true }
        group.wait()
    }
}
