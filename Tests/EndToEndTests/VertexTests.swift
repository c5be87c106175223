import Foundation
import Testing

/// Models on Google's cloud: how tokens are come by and kept, and what their servers are asked.
@Suite(.ownThread) struct VertexTests {
    private static let gemini = """
        {"candidates":[{"content":{"role":"model","parts":[{"text":"Hi!"}]},"finishReason":"STOP"}],\
        "usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2,"totalTokenCount":9},"modelVersion":"gemini-x"}
        """
    private static let claude = """
        {"id":"msg_vrtx_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"Hi!"}],\
        "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":2}}
        """

    /// Gives out `token-1`, `token-2` and so on, and answers calls that bring one of them.
    private static func cloud(
        _ lifetimes: Int..., token: @escaping @Sendable (Call) throws -> Bool = { _ in false }
    ) throws -> (upstream: ScriptedUpstream, tokens: Notes<HTTPMessage>) {
        let tokens = Notes<HTTPMessage>()
        let upstream = try ScriptedUpstream { call in
            switch call.request.path {
            case "/token", "/computeMetadata/v1/instance/service-accounts/default/token":
                tokens.add(call.request)
                if try token(call) { return }
                let number = tokens.all.count
                let lifetime = lifetimes[min(number, lifetimes.count) - 1]
                try call.answer(
                    #"{"access_token":"token-\#(number)","expires_in":\#(lifetime),"token_type":"Bearer"}"#)
            case let path where call.request["authorization"]?.hasPrefix("Bearer token-") != true:
                try call.answer(
                    #"{"error":{"code":401,"message":"no token at \#(path)","status":"UNAUTHENTICATED"}}"#,
                    status: "401 Unauthorized")
            case let path where path.contains("/publishers/anthropic/"): try call.answer(claude)
            case let path where path.hasSuffix(":predict"):
                try call.answer(
                    #"{"predictions":[{"embeddings":{"values":[0.5,-1],"statistics":{"token_count":3}}}]}"#)
            case let path where path.hasSuffix(":countTokens"): try call.answer(#"{"totalTokens":12}"#)
            default: try call.answer(gemini)
            }
        }
        return (upstream, tokens)
    }

    private func entry(_ type: String, _ port: Int, _ more: String) -> String {
        """
        type: \(type), project: proj, location: us-central1, base_url: "http://127.0.0.1:\(port)/v1", \
        probe: { interval: 1h }, \(more)
        """
    }

    private func withGateway(
        before upstream: ScriptedUpstream, _ type: String, _ more: String, environment: [String: String] = [:],
        _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        try EndToEndTests.withGateway(
            "providers: { up: { \(entry(type, upstream.port, more)) } }",
            environment: environment.merging(["HOME": "/nonexistent"]) { own, _ in own }, body)
    }

    /// The calls of models, without probes and requests for tokens.
    private func calls(_ upstream: ScriptedUpstream) -> [HTTPMessage] {
        upstream.calls.filter { $0.path.contains("/publishers/") }
    }

    private func mustAnswer(_ gateway: GatewayProcess) throws {
        let answer = try gateway.chat(model: "up/g")
        guard answer.status == 200 else { throw Unfulfilled("answered \(answer.status): \(answer.text)") }
    }

    // MARK: Tokens

    @Test func `a service account signs an assertion for its token, and the token signs the calls`() throws {
        let (upstream, tokens) = try Self.cloud(3600)
        let account = try GoogleAccount(tokenPort: upstream.port)
        try withGateway(before: upstream, "vertex-gemini", "credentials_file: \(account.file)") { gateway throws in
            for _ in 0..<3 { #expect(try gateway.chat(model: "up/gemini-2.5-pro").status == 200) }
            let request = try tokens.first("a request for a token")
            #expect(request.method == "POST" && request["content-type"] == "application/x-www-form-urlencoded")
            #expect(request.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
            let claims = try account.claims(ofAssertion: try #require(request.form["assertion"]))
            #expect(claims["iss"].string == account.email)
            #expect(claims["scope"].string == "https://www.googleapis.com/auth/cloud-platform")
            #expect(claims["aud"].string == "http://127.0.0.1:\(upstream.port)/token")
            let issued = try #require(claims["iat"].int)
            #expect(claims["exp"].int == issued + 3600)
            #expect(abs(Double(issued) - Date().timeIntervalSince1970) < 60)
            // One token for all of them, the probe included.
            #expect(tokens.all.count == 1)
            let sent = calls(upstream)
            #expect(sent.allSatisfy { $0["authorization"] == "Bearer token-1" } && sent.count == 3)
            #expect(
                sent[0].path
                    == "/v1/projects/proj/locations/us-central1/publishers/google/models/gemini-2.5-pro:generateContent"
            )
            #expect(!gateway.program.standardOutput.contains("token-1"))
        }
    }

    @Test func `a token is renewed ahead of its expiry, while calls go on`() throws {
        let (upstream, tokens) = try Self.cloud(4, 3600)
        let account = try GoogleAccount(tokenPort: upstream.port)
        try withGateway(before: upstream, "vertex-gemini", "credentials_file: \(account.file)") { gateway throws in
            try eventually("a call with the second token", within: .seconds(10)) {
                try mustAnswer(gateway)
                return calls(upstream).last?["authorization"] == "Bearer token-2"
            }
            #expect(tokens.all.count == 2)
        }
    }

    @Test func `a token of the operator's that the provider refuses is the operator's affair`() throws {
        let (upstream, tokens) = try Self.cloud(3600)
        try withGateway(before: upstream, "vertex-gemini", "access_token: stale") { gateway throws in
            let answer = try gateway.chat(model: "up/g")
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_auth_failed")
            #expect(calls(upstream).count == 1 && tokens.all.isEmpty)
        }
    }

    @Test func `a token that is refused is the operator's affair, and the gateway doesn't ask for it all the time`()
        throws
    {
        let (upstream, tokens) = try Self.cloud(3600) { call in
            try call.answer(
                #"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#, status: "400 Bad Request")
            return true
        }
        let account = try GoogleAccount(tokenPort: upstream.port)
        try withGateway(before: upstream, "vertex-gemini", "credentials_file: \(account.file)") { gateway throws in
            for _ in 0..<5 {
                let answer = try gateway.chat(model: "up/g", headers: ["x-request-id: refused-1"])
                #expect(answer.status == 502)
                #expect(answer.json["error"]["code"].string == "provider_auth_failed")
                #expect(answer.json["error"]["message"].string?.contains("invalid_grant") == false)
            }
            #expect(tokens.all.count < 4 && calls(upstream).isEmpty)
            let state = try eventually("the provider is down") {
                let state = try gateway.ask("GET", "/ready").json["providers"]["up"]
                return state["status"].string == "down" ? state : nil
            }
            // Why is the operator's to read: anyone may ask how providers are.
            #expect(state["error"].string == "no credential")
            let line = try gateway.logLine(of: "refused-1")
            #expect(line["error_detail"].string?.contains("invalid_grant: Invalid JWT Signature.") == true)
        }
    }

    @Test func `where nobody gives tokens out, the provider can't be reached`() throws {
        let upstream = try Self.cloud(3600).upstream
        let account = try GoogleAccount(tokenPort: try FreePorts.take())
        try withGateway(before: upstream, "vertex-gemini", "credentials_file: \(account.file)") { gateway throws in
            let answer = try gateway.chat(model: "up/g")
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_unreachable")
        }
    }

    @Test func `calls that come before the first token wait for it, but not for ever`() throws {
        let (upstream, tokens) = try Self.cloud(3600) { call in
            // Slow enough that calls come before there is a token.
            if call.request.form["assertion"] != nil { usleep(300_000) }
            return false
        }
        let account = try GoogleAccount(tokenPort: upstream.port)
        try withGateway(before: upstream, "vertex-gemini", "credentials_file: \(account.file)") { gateway throws in
            #expect(try gateway.chat(model: "up/g").status == 200)
            #expect(tokens.all.count == 1)
        }
        let silent = try Self.cloud(3600) { call in
            _ = call.wire.timeUntilClosed(within: .seconds(20))
            return true
        }.upstream
        let other = try GoogleAccount(tokenPort: silent.port)
        let more = "credentials_file: \(other.file), timeouts: { connect: 300ms }"
        try withGateway(before: silent, "vertex-gemini", more) { gateway throws in
            let start = ContinuousClock.now
            let answer = try gateway.chat(model: "up/g")
            #expect(answer.json["error"]["code"].string == "provider_unreachable")
            #expect(ContinuousClock.now - start < .seconds(4))
        }
    }

    @Test func `a caller in a hurry takes nobody else's token away`() throws {
        let (upstream, tokens) = try Self.cloud(3600) { call in
            if call.request.form["assertion"] != nil { usleep(400_000) }  // longer than the first caller has time
            return false
        }
        let account = try GoogleAccount(tokenPort: upstream.port)
        try withGateway(before: upstream, "vertex-gemini", "credentials_file: \(account.file)") { gateway throws in
            for _ in 0..<5 {
                #expect(try gateway.chat(model: "up/g", headers: ["x-llm-gateway-timeout: 0.01"]).status >= 500)
            }
            #expect(try gateway.chat(model: "up/g").status == 200)
            #expect(tokens.all.count == 1)
        }
    }

    @Test func `a credentials file that changes is read again`() throws {
        let (first, _) = try Self.cloud(3600)
        defer { first.stop() }
        let (second, tokens) = try Self.cloud(3600)
        let account = try GoogleAccount(tokenPort: first.port)
        try withGateway(before: second, "vertex-gemini", "credentials_file: \(account.file)") { gateway throws in
            #expect(try gateway.chat(model: "up/g").status == 200)
            #expect(tokens.all.isEmpty)
            try account.writeFile(tokenPort: second.port)
            try eventually("a token of the second endpoint", within: .seconds(15)) {
                try mustAnswer(gateway)
                return !tokens.all.isEmpty
            }
        }
    }

    @Test func `two providers have a token each, and one of them failing leaves the other alone`() throws {
        let (upstream, tokens) = try Self.cloud(3600)
        defer { upstream.stop() }
        let account = try GoogleAccount(tokenPort: upstream.port)
        let broken = try GoogleAccount(tokenPort: try FreePorts.take())
        let configuration = """
            providers:
              good: { \(entry("vertex-gemini", upstream.port, "credentials_file: \(account.file)")) }
              same: { \(entry("vertex-anthropic", upstream.port, "credentials_file: \(account.file)")) }
              bad: { \(entry("vertex-gemini", upstream.port, "credentials_file: \(broken.file)")) }
            models:
              any: { targets: [{ provider: bad, model: g }, { provider: good, model: g }] }
            """
        try EndToEndTests.withGateway(configuration) { gateway throws in
            #expect(try gateway.chat(model: "good/g").status == 200)
            #expect(try gateway.chat(model: "same/c").status == 200)
            #expect(try gateway.chat(model: "bad/g").json["error"]["code"].string == "provider_unreachable")
            let answer = try gateway.chat(model: "any")
            #expect(answer.status == 200 && answer["x-llm-gateway-provider"] == "good")
            #expect(tokens.all.count == 1, "providers of one account share its token")
        }
    }

    @Test func `a user's refresh token, and the machine's own account, give tokens too`() throws {
        let (upstream, tokens) = try Self.cloud(3600)
        let folder = try ScratchFolder()
        let user = """
            {"type":"authorized_user","client_id":"id/1","client_secret":"s+1","refresh_token":"1//r",\
            "token_uri":"http://127.0.0.1:\(upstream.port)/token"}
            """
        let path = try folder.write(user, to: "adc.json")
        try withGateway(
            before: upstream, "vertex-gemini", "enabled: auto", environment: ["GOOGLE_APPLICATION_CREDENTIALS": path]
        ) { gateway throws in
            #expect(try gateway.chat(model: "up/g").status == 200)
            #expect(
                try tokens.first("a request for a token").form == [
                    "grant_type": "refresh_token", "client_id": "id/1", "client_secret": "s+1", "refresh_token": "1//r",
                ])
        }
        let (machine, more) = try Self.cloud(3600)
        try withGateway(
            before: machine, "vertex-gemini", "enabled: auto",
            environment: ["GCE_METADATA_HOST": "127.0.0.1:\(machine.port)"]
        ) { gateway throws in
            #expect(try gateway.chat(model: "up/g").status == 200)
            let request = try more.first("a request for a token")
            #expect(request.method == "GET" && request["metadata-flavor"] == "Google")
        }
    }

    @Test func `what lacks is said by name`() throws {
        let upstream = try Self.cloud(3600).upstream
        defer { upstream.stop() }
        try EndToEndTests.withGateway(
            "providers: { up: { type: vertex-gemini, project: p } }", environment: ["HOME": "/nonexistent"]
        ) { gateway throws in
            let answer = try gateway.chat(model: "up/g")
            #expect(answer.status == 500 && answer.json["error"]["code"].string == "provider_not_configured")
            let message = answer.json["error"]["message"].string ?? ""
            #expect(message.contains("providers.up.location and providers.up.credentials_file"))
            #expect(!message.contains("providers.up.project"))
        }
    }

    // MARK: Calls

    @Test func `Messages pass through to raw predictions: the path has the model, the body the version`() throws {
        let upstream = try Self.cloud(3600).upstream
        try withGateway(before: upstream, "vertex-anthropic", "access_token: token-0") { gateway throws in
            let body =
                #"{"model": "up/claude@1", "max_tokens": 10, "x_own": [1.50], "messages": [{"role": "user", "content": "Hi"}]}"#
            let answer = try gateway.ask(
                "POST", "/v1/messages", body,
                headers: ["anthropic-version: 2023-06-01", "anthropic-beta: web-search-2025-03-05"])
            #expect(answer.status == 200 && answer.text == Self.claude)
            let sent = try #require(calls(upstream).first)
            #expect(
                sent.path == "/v1/projects/proj/locations/us-central1/publishers/anthropic/models/claude@1:rawPredict")
            #expect(
                sent.text
                    == #"{"anthropic_version":"vertex-2023-10-16", "max_tokens": 10, "x_own": [1.50], "messages": [{"role": "user", "content": "Hi"}]}"#
            )
            #expect(sent["anthropic-beta"] == "web-search-2025-03-05")
            #expect(answer["x-llm-gateway-dropped-params"] == nil)
        }
    }

    @Test func `betas that Vertex would refuse the call for stay behind, and that is said`() throws {
        let upstream = try Self.cloud(3600).upstream
        try withGateway(before: upstream, "vertex-anthropic", "access_token: token-0") { gateway throws in
            func ask(_ betas: String) throws -> HTTPMessage {
                let body = #"{"model": "up/claude", "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}]}"#
                return try gateway.ask("POST", "/v1/messages", body, headers: ["Anthropic-Beta: \(betas)"])
            }
            let some = try ask("claude-code-20250219, interleaved-thinking-2025-05-14,advanced-tool-use-2025-11-20")
            #expect(some.status == 200 && some["x-llm-gateway-dropped-params"] == "anthropic_beta")
            #expect(try ask("files-api-2025-04-14").status == 200)
            let sent = calls(upstream).map { $0["anthropic-beta"] }
            #expect(sent == ["interleaved-thinking-2025-05-14,tool-search-tool-2025-10-19", nil])
        }
    }

    @Test func `other clients' calls are said as Vertex wants them as well`() throws {
        let upstream = try Self.cloud(3600).upstream
        try withGateway(before: upstream, "vertex-anthropic", "access_token: token-0") { gateway throws in
            let answer = try gateway.chat(model: "up/claude")
            #expect(answer.json["choices"][0]["message"]["content"].string == "Hi!")
            let sent = try #require(calls(upstream).first).json
            #expect(sent["anthropic_version"].string == "vertex-2023-10-16" && sent["model"].isNull)
            #expect(sent["messages"][0]["content"].isNull == false)
        }
    }

    @Test func `a stream of raw predictions is Anthropic's own`() throws {
        let upstream = try ScriptedUpstream { call in
            guard call.request.path.hasSuffix(":streamRawPredict") else { return try call.answer("{}") }
            try call.startStream()
            try call.chunk("event: message_start\n")
            try call.chunk(
                #"data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"c","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}"#
                    + "\n\n")
            try call.chunk(
                "event: content_block_start\n"
                    + #"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#
                    + "\n\nevent: content_block_delta\n"
                    + #"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé"}}"#
                    + "\n\n")
            try call.chunk(
                "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\n"
                    + #"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#
                    + "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
            try call.endStream()
        }
        try withGateway(before: upstream, "vertex-anthropic", "access_token: token-0") { gateway throws in
            let answer = try gateway.chat(model: "up/claude", more: #", "stream": true"#)
            #expect(answer.status == 200 && answer.text.contains("Hé") && answer.text.hasSuffix("data: [DONE]\n\n"))
            #expect(try #require(calls(upstream).first).json["stream"].bool == true)
        }
    }

    @Test func `tokens are counted where Vertex counts them`() throws {
        let counter = try ScriptedUpstream { call in
            try call.answer(call.request.path.contains("anthropic") ? #"{"input_tokens":5}"# : #"{"totalTokens":12}"#)
        }
        defer { counter.stop() }
        let configuration = """
            providers:
              claude: { \(entry("vertex-anthropic", counter.port, "access_token: token-0")) }
              gemini: { \(entry("vertex-gemini", counter.port, "access_token: token-0")) }
            """
        try EndToEndTests.withGateway(configuration) { gateway throws in
            let messages = #"{"model": "claude/c", "messages": [{"role": "user", "content": "Hi"}]}"#
            let counted = try gateway.ask("POST", "/v1/messages/count_tokens", messages)
            #expect(counted.json["input_tokens"].int == 5)
            let contents =
                #"{"generateContentRequest":{"model":"models/gemini/g","contents":[{"parts":[{"text":"Hi"}]}]}}"#
            let total = try gateway.ask("POST", "/v1beta/models/gemini/g:countTokens", contents)
            #expect(total.json["totalTokens"].int == 12)
            let sent = calls(counter)
            #expect(sent[0].path.hasSuffix("/publishers/anthropic/models/count-tokens:rawPredict"))
            #expect(sent[0].json["model"].string == "c" && sent[0].json["anthropic_version"].string != nil)
            #expect(sent[1].path.hasSuffix("/publishers/google/models/g:countTokens"))
            #expect(sent[1].text == #"{"contents":[{"parts":[{"text":"Hi"}]}]}"#)
        }
    }

    @Test func `vectors are predicted, for clients of every format`() throws {
        let upstream = try Self.cloud(3600).upstream
        try withGateway(before: upstream, "vertex-gemini", "access_token: token-0") { gateway throws in
            let openAI = try gateway.ask(
                "POST", "/v1/embeddings", #"{"model":"up/text-embedding-004","input":"Hi","dimensions":2}"#)
            #expect(openAI.json["data"][0]["embedding"][1].double == -1)
            #expect(openAI.json["usage"]["prompt_tokens"].int == 3)
            let google = try gateway.ask(
                "POST", "/v1beta/models/up/text-embedding-004:embedContent", #"{"content":{"parts":[{"text":"Hi"}]}}"#)
            #expect(google.json["embedding"]["values"][0].double == 0.5)
            let sent = calls(upstream)
            #expect(sent.allSatisfy { $0.path.hasSuffix("/google/models/text-embedding-004:predict") })
            #expect(sent[0].text == #"{"instances":[{"content":"Hi"}],"parameters":{"outputDimensionality":2}}"#)
            #expect(sent[1].text == #"{"instances":[{"content":"Hi"}]}"#)
        }
    }
}
