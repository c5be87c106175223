import CoreMetrics
import LLMGateway
import Testing
import WireFormats

/// A program that embeds the gateway, and what it may add: nothing here sees more than is public.
@Suite struct EmbeddingTests {
    /// Sends a chat to a gateway and returns the whole answer, head and body.
    private func chat(_ port: Int, _ body: String, path: String = "/v1/chat/completions") async throws -> String {
        let socket = try RawSocket(to: port)
        defer { socket.close() }
        try await socket.send(
            "POST \(path) HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.utf8.count)\r\n\r\n\(body)")
        return try await socket.readToEnd()
    }

    /// A server that answers every POST with `body`, everything else with 404, and returns the requests that it got.
    private func serve(
        _ server: RawServer, _ body: String, while work: @escaping @Sendable () async throws -> Void
    ) async throws -> [String] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let requests = Requests()
            group.addTask {
                while !Task.isCancelled {
                    let peer = try await server.accept()
                    let head = try await peer.read(through: "\r\n\r\n")
                    let length = head.firstMatch(of: /content-length: (\d+)/).flatMap { Int($0.1) } ?? 0
                    await requests.add(head + (try await peer.read(count: length)))
                    let answer = head.hasPrefix("POST") ? "200 OK" : "404 Not Found"
                    try await peer.send(
                        "HTTP/1.1 \(answer)\r\ncontent-type: application/json\r\nconnection: close\r\n"
                            + "content-length: \(body.utf8.count)\r\n\r\n\(body)")
                    peer.close()
                }
            }
            try await work()
            group.cancelAll()
            return await requests.all.filter { $0.hasPrefix("POST") }
        }
    }

    private actor Requests {
        var all: [String] = []
        func add(_ request: String) { all.append(request) }
    }

    @Test func `a model of the program's own answers clients of every format, whole and streamed`() async throws {
        let yaml = #"providers: { mirror: { type: backwards, options: { separator: "-" } } }"#
        try await EmbeddedGateway.run(yaml, providers: .builtIn + [BackwardsProvider.self]) { port in
            let call = #"{"model":"mirror-1","messages":[{"role":"user","content":"one two three"}]"#
            let whole = try await chat(port, call + "}")
            #expect(whole.contains(#""content":"three-two-one""#) && whole.contains(#""completion_tokens":3"#))
            let streamed = try await chat(port, call + #","stream":true}"#)
            #expect(streamed.contains("data: [DONE]") && streamed.contains(#""content":"-two""#))
            let message = try await chat(port, call + #","max_tokens":9}"#, path: "/v1/messages")
            #expect(message.contains(#""text":"three-two-one""#) && message.contains(#""stop_reason":"end_turn""#))
        }
    }

    @Test func `what such a model refuses is told in the client's format`() async throws {
        let yaml = "providers: { mirror: { type: backwards } }"
        try await EmbeddedGateway.run(yaml, providers: .builtIn + [BackwardsProvider.self]) { port in
            let call = #"{"model":"mirror/x","max_tokens":9,"messages":[{"role":"user","content":""}]}"#
            let answer = try await chat(port, call, path: "/v1/messages")
            #expect(answer.hasPrefix("HTTP/1.1 400") && answer.contains("Say something."))
            let vectors = try await chat(port, #"{"model":"mirror/x","input":"a"}"#, path: "/v1/embeddings")
            #expect(vectors.hasPrefix("HTTP/1.1 400") && vectors.contains("makes no embeddings"))
        }
    }

    @Test func `a server of the program's own is asked at its paths, each request signed`() async throws {
        let server = try RawServer()
        let answer = #"{"object":"chat.completion","choices":[{"message":{"role":"assistant","content":"Hi"}}]}"#
        let yaml = """
            providers:
              inhouse: { type: checksummed, base_url: "http://127.0.0.1:\(server.port)/v9", api_key: abc }
            """
        let requests = try await serve(server, answer) {
            try await EmbeddedGateway.run(yaml, providers: .builtIn + [ChecksummedProvider.self]) { port in
                let call = #"{"model":"inhouse/big one","messages":[{"role":"user","content":"a"}]}"#
                let answer = try await chat(port, call)
                #expect(answer.contains(#""content":"Hi""#))
            }
        }
        let request = try #require(requests.first)
        #expect(request.hasPrefix("POST /v9/run/big%20one HTTP/1.1\r\n"))
        let body = try #require(request.split(separator: "\r\n\r\n").last)
        let sum = body.utf8.reduce(into: UInt32(0)) { $0 = $0 &* 31 &+ UInt32($1) }
        #expect(request.contains("x-signature: POST /v9/run/big%20one \(sum) 3\r\n"))
        #expect(!request.contains("abc"))
    }

    @Test func `a format of the program's own is translated into, and what it can't say is reported`() async throws {
        let server = try RawServer()
        let yaml = """
            providers:
              l: { type: lines-server, base_url: "http://127.0.0.1:\(server.port)" }
            """
        let requests = try await serve(server, #"{"answer":"Fine."}"#) {
            let formats: [any WireFormat] = .builtIn + [LinesFormat()]
            try await EmbeddedGateway.run(yaml, providers: .builtIn + [LinesProvider.self], formats: formats) { port in
                let call =
                    #"{"model":"l/m","max_tokens":9,"temperature":0.5,"messages":[{"role":"user","content":"How?"}]}"#
                let answer = try await chat(port, call, path: "/v1/messages")
                #expect(answer.contains(#""text":"Fine.""#), "\(answer)")
                #expect(answer.contains("x-llm-gateway-dropped-params: temperature"))
            }
        }
        #expect(requests.first?.hasSuffix(#"{"prompt":"How?"}"#) == true)
    }

    @Test func `an option that its type doesn't have is refused, with the nearest one`() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try GatewayConfiguration.load(
                yaml: "providers: { mirror: { type: backwards, options: { seperator: x } } }",
                types: .builtIn + [BackwardsProvider.kind])
        }
        #expect(error?.problems.first?.path == "providers.mirror.options.seperator")
        #expect(error?.problems.first?.nearest == "separator")
    }

    @Test func `a program's own metrics system is left alone`() async throws {
        try await EmbeddedGateway.run("providers: { simulated: {} }") { port in
            let answer = try await chat(port, #"{"model":"m","messages":[{"role":"user","content":"x"}]}"#)
            #expect(answer.contains("200 OK"))
        }
        #expect(MetricsSystem.factory is NOOPMetricsHandler)
    }
}
