import Foundation
import Testing

/// Several gateways on one Redis, which hangs, dies and comes back.
@Suite(.ownThread, .enabled(if: RedisProcess.isInstalled)) struct ReplicasTests {
    private static let simulated = "providers: { simulated: {} }"
    /// With a key of its own: while nobody can read which others there are, only that one may call.
    private static let keyed = simulated + "\nkeys: [{ name: team, key: sk-team }]"
    private static let key = ["authorization: Bearer sk-team"]

    /// Two gateways of one configuration that share a Redis; both must have survived the test.
    private func withReplicas(
        _ configuration: String = simulated, environment: [String: String] = [:],
        _ body: (GatewayProcess, GatewayProcess, RedisProcess) throws -> Void
    ) throws {
        let redis = try RedisProcess()
        let variables = ["REDIS_URL": redis.url].merging(environment) { $1 }
        try withGateway(configuration, environment: variables) { one throws in
            try withGateway(configuration, environment: variables) { other throws in
                try eventually("they share it") { try !isDegraded(one) && !isDegraded(other) }
                try body(one, other, redis)
            }
        }
    }

    private func isDegraded(_ gateway: GatewayProcess) throws -> Bool {
        try gateway.metrics().sum("llm_gateway_store_degraded") == 1
    }

    private func lines(_ gateway: GatewayProcess, _ beginning: String) -> Int {
        gateway.logLines.count { $0["msg"].string?.hasPrefix(beginning) ?? false }
    }

    private func create(_ gateway: GatewayProcess, _ input: String, after id: String? = nil) throws -> HTTPMessage {
        let previous = id.map { #","previous_response_id":"\#($0)""# } ?? ""
        return try gateway.ask("POST", "/v1/responses", #"{"model":"echo","input":"\#(input)"\#(previous)}"#)
    }

    // MARK: What is shared

    @Test func `a stored response is gone on from, read and deleted by another replica`() throws {
        try withReplicas { one, other, _ in
            var id = try #require(create(one, "one two").json["id"].string)
            #expect(id.hasPrefix("resp_"))
            for turn in 1...6 {
                let gateway = turn % 2 == 1 ? other : one
                let next = try create(gateway, "turn", after: id)
                #expect(next.status == 200, "turn \(turn) finds the one before")
                // A word is a token, and every turn says and hears one.
                #expect(next.json["usage"]["input_tokens"].int == 4 + 2 * turn - 1)
                id = try #require(next.json["id"].string)
            }
            let kept = try other.ask("GET", "/v1/responses/\(id)")
            #expect(try kept.status == 200 && kept.body == one.ask("GET", "/v1/responses/\(id)").body)
            #expect(try one.ask("DELETE", "/v1/responses/\(id)").json["deleted"].bool == true)
            #expect(try other.ask("GET", "/v1/responses/\(id)").status == 404)
            #expect(try create(other, "on", after: id).status == 404)
        }
    }

    @Test func `a thought signature that the client has dropped is back, whichever replica gets the next turn`() throws
    {
        let upstream = try ScriptedUpstream(
            answering: """
                {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},\
                "thoughtSignature":"c2lnbmF0dXJl"}]},"finishReason":"STOP"}],"modelVersion":"g","responseId":"r"}
                """)
        defer { upstream.stop() }
        let configuration =
            #"providers: { up: { type: gemini, base_url: "http://127.0.0.1:\#(upstream.port)/v1beta", api_key: k } }"#
        try withReplicas(configuration) { one, other, redis in
            let tools = """
                , "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
                """
            let first = try one.ask("POST", "/v1/chat/completions", chatBody(model: "gemini-3-pro", more: tools))
            let id = try #require(first.json["choices"][0]["message"]["tool_calls"][0]["id"].string)
            let nextTurn = """
                {"model": "gemini-3-pro", "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", \
                "content": null, "tool_calls": [{"id": "\(id)", "type": "function", "function": {"name": "f", \
                "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "\(id)", "content": "done"}]\(tools)}
                """
            func signature(_ number: Int) throws -> String? {
                try upstream.call(number).json["contents"][1]["parts"][0]["thoughtSignature"].string
            }
            let next = try other.ask("POST", "/v1/chat/completions", nextTurn)
            #expect(next.status == 200 && next["x-llm-gateway-dropped-params"] == nil)
            #expect(try signature(2) == "c2lnbmF0dXJl")
            // What it has heard of once it knows by itself.
            redis.end()
            try eventually("the loss is noticed") { try isDegraded(other) }
            #expect(try other.ask("POST", "/v1/chat/completions", nextTurn)["x-llm-gateway-dropped-params"] == nil)
            #expect(try signature(3) == "c2lnbmF0dXJl")
        }
    }

    // MARK: Redis away

    @Test(.undisturbed)
    func `while Redis hangs no request waits for it, and it is told once that it is away and once that it is back`()
        throws
    {
        try withReplicas { one, other, redis in
            for _ in 0..<3 {
                redis.pause()
                try eventually("the loss is noticed") { try isDegraded(one) && isDegraded(other) }
                var slowest = Duration.zero
                for _ in 0..<50 {
                    let start = ContinuousClock.now
                    #expect(try one.chat(model: "echo").status == 200)
                    slowest = max(slowest, .now - start)
                }
                #expect(slowest < .milliseconds(500), "\(slowest)")
                let answer = try create(one, "kept by nobody")
                #expect(answer.status == 200 && answer.json["store"].bool == false)
                redis.resume()
                try eventually("it is back") { try !isDegraded(one) && !isDegraded(other) }
                #expect(try create(one, "kept").json["store"].bool == true)
            }
            // Three outages in half a minute are told as one.
            for gateway in [one, other] {
                #expect(lines(gateway, "Redis is out of reach") == 1 && lines(gateway, "Redis is back") == 1)
            }
        }
    }

    @Test func `a Redis that is killed under load costs no request its answer, and is used again when it is back`()
        throws
    {
        try withReplicas { one, other, redis in
            let load = SteadyLoad([one, other])
            Thread.sleep(forTimeInterval: 0.3)  // some load before
            redis.end()
            try eventually("the loss is noticed") { try isDegraded(one) && isDegraded(other) }
            Thread.sleep(forTimeInterval: 0.3)  // and some without it
            let again = try RedisProcess(port: redis.port)
            try eventually("it is back", within: .seconds(10)) { try !isDegraded(one) && !isDegraded(other) }
            let (answered, others) = load.stop()
            #expect(answered > 20 && others.isEmpty, "\(others)")
            let id = try #require(create(one, "after all").json["id"].string)
            #expect(try other.ask("GET", "/v1/responses/\(id)").status == 200)
            withExtendedLifetime(again) {}
        }
    }

    @Test(arguments: [keyed, simulated])
    func `a gateway starts without its Redis, says so, and finds it later`(file: String) throws {
        let port = try FreePorts.take()
        try withGateway(file, environment: ["REDIS_URL": "redis://127.0.0.1:\(port)"]) { gateway throws in
            #expect(try isDegraded(gateway) && gateway.chat(model: "echo", headers: Self.key).status == 200)
            #expect(lines(gateway, "Redis is out of reach") == 1)
            let redis = try RedisProcess(port: port)
            try eventually("it is found", within: .seconds(10)) { try !isDegraded(gateway) }
            try eventually("it is told") { lines(gateway, "Redis is back") == 1 }
            withExtendedLifetime(redis) {}
        }
    }

    @Test func `what answers there is not Redis, or lets nobody in: the gateway serves on`() throws {
        let other = try ScriptedUpstream(answering: "{}")
        defer { other.stop() }
        let redis = try RedisProcess(["--requirepass", "s3cret"])
        for url in ["redis://127.0.0.1:\(other.port)", "redis://:wr0ng@127.0.0.1:\(redis.port)", redis.url] {
            try withGateway(Self.keyed, environment: ["REDIS_URL": url]) { gateway throws in
                try eventually("it is told") { lines(gateway, "Redis is out of reach") == 1 }
                #expect(try isDegraded(gateway) && gateway.chat(model: "echo", headers: Self.key).status == 200)
                #expect(!gateway.program.standardOutput.contains("wr0ng"))
            }
        }
        try withGateway(Self.keyed, environment: ["REDIS_URL": "redis://:s3cret@127.0.0.1:\(redis.port)/5"]) {
            gateway throws in try eventually("it is let in") { try !isDegraded(gateway) }
        }
    }

    @Test func `Redis is spoken to over TLS, with authorities of the operator's own`() throws {
        let folder = try ScratchFolder()
        let (certificate, key) = ("\(folder.path)/cert.pem", "\(folder.path)/key.pem")
        let made = try Program.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                certificate,
            ])
        #expect(made.code == 0, "\(made.errors)")
        let redis = try RedisProcess([
            "--tls-port", "PORT", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no",
        ])
        let url = "rediss://localhost:\(redis.port)"
        for (query, isTrusted) in [("?ca_file=\(certificate)", true), ("?verify=false", true), ("", false)] {
            try withGateway(Self.simulated, environment: ["REDIS_URL": url + query]) { gateway throws in
                if isTrusted { return try eventually("\(query) is trusted") { try !isDegraded(gateway) } }
                try eventually("it is told") { lines(gateway, "Redis is out of reach") == 1 }
                #expect(try isDegraded(gateway))
            }
        }
    }

    @Test func `an address that is none keeps the gateway from starting`() throws {
        let folder = try ScratchFolder()
        let file = try folder.write("redis: { url: 'http://:s3cret@redis' }", to: "config.yaml")
        let checked = try Program.run(GatewayProcess.binary, ["check-config", "--config", file])
        #expect(checked.code == 78 && checked.errors.contains("redis.url") && !checked.errors.contains("s3cret"))
    }
}

/// Chats with gateways on threads of its own, until it is stopped. Sendable because all that changes is behind `lock`.
private final class SteadyLoad: @unchecked Sendable {
    // Behind the lock: written by the threads, read at the end.
    private let lock = NSLock()
    private var answered = 0
    private var others: [String] = []
    private var isStopped = false
    private let group = DispatchGroup()

    init(_ gateways: [GatewayProcess]) {
        for gateway in gateways {
            group.enter()
            Thread { [self] in
                while !lock.withLock({ isStopped }) {
                    let outcome = Result { try gateway.chat(model: "echo").status }
                    lock.withLock {
                        if case .success(200) = outcome { answered += 1 } else { others.append("\(outcome)") }
                    }
                }
                group.leave()
            }.start()
        }
    }

    func stop() -> (answered: Int, others: [String]) {
        lock.withLock { isStopped = true }
        group.wait()
        return lock.withLock { (answered, others) }
    }
}
