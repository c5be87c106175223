import Testing

/// Same format on both sides: what goes up and what comes back is what was sent, but for what the gateway must change.
@Suite(.ownThread) struct PassThroughTests {
    private static let key = "sk-upstream-0123456789abcdef"

    // MARK: The request

    @Test func `the body arrives byte for byte, unknown fields included`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        let body =
            #"{ "x-new" : {"a":[1.50, 1e3 ,"\u00e9\/"],"model":"inner"} ,"model":"m", "messages":[{"role":"user","content":"h\u00e9 é 🙂"}] , "temperature":0.70, "z":null }"#
        try withGateway(before: upstream) { gateway throws in
            let answer = try gateway.ask("POST", "/v1/chat/completions", body)
            #expect(answer.status == 200)
            #expect(try upstream.call(1).text == body)
        }
    }

    @Test func `only the model's name is replaced by the one that the provider knows`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        let settings = "api_key: \(Self.key), model_map: { friendly: \"real/model-7\" }"
        try withGateway(before: upstream, provider: settings) { gateway throws in
            let body = #"{"messages": [{"role":"user","content":"friendly"}],  "model" :  "friendly", "n": 1}"#
            let answer = try gateway.ask("POST", "/v1/chat/completions", body)
            #expect(answer["x-llm-gateway-model"] == "real/model-7")
            #expect(
                try upstream.call(1).text
                    == #"{"messages": [{"role":"user","content":"friendly"}],  "model" :  "real/model-7", "n": 1}"#)
        }
    }

    @Test func `a provider pinned in the path or in the name is not part of the model's name`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream) { gateway throws in
            #expect(try gateway.ask("POST", "/up/v1/chat/completions", chatBody(model: "some/model")).status == 200)
            #expect(try upstream.call(1).path == "/v1/chat/completions")
            #expect(try upstream.call(1).json["model"].string == "some/model")
            #expect(try gateway.chat(model: "up/some/model").status == 200)
            #expect(try upstream.call(2).json["model"].string == "some/model")
        }
    }

    @Test func `usage is asked for on every stream that does not ask itself`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for data in [Wording.delta("Hi"), Wording.finish, Wording.usage, "[DONE]"] { try call.event(data) }
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let bodies = [
                "", #", "stream_options": {"include_usage": true, "x": 1}"#, #", "stream_options": {"x": 2}"#,
            ]
            for more in bodies {
                let body = chatBody(more: #", "stream": true"# + more)
                #expect(try gateway.ask("POST", "/v1/chat/completions", body).status == 200)
            }
            for number in 1...3 {
                #expect(try upstream.call(number).json["stream_options"]["include_usage"].bool == true)
            }
            #expect(try upstream.call(2).json["stream_options"]["x"].int == 1)
            #expect(try upstream.call(3).json["stream_options"]["x"].int == 2)
            #expect(try upstream.call(2).text == chatBody(more: #", "stream": true"# + bodies[1]))
        }
    }

    @Test func `an old server is not asked for usage when its provider says so`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for data in [Wording.delta("Hi"), Wording.finish, "[DONE]"] { try call.event(data) }
            try call.endStream()
        }
        try withGateway(before: upstream, provider: "stream_usage: false") { gateway throws in
            let body = chatBody(more: #", "stream": true"#)
            #expect(try gateway.ask("POST", "/v1/chat/completions", body).status == 200)
            #expect(try upstream.call(1).text == body)
        }
    }

    @Test func `a call that is no stream is not asked for stream usage`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream) { gateway throws in
            _ = try gateway.chat(more: #", "stream": false"#)
            #expect(try upstream.call(1).json["stream_options"].isNull)
        }
    }

    @Test func `several keys take turns`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream, provider: "api_keys: [key-aaaaaaaaaa, key-bbbbbbbbbb]") { gateway throws in
            for _ in 1...4 { #expect(try gateway.chat().status == 200) }
            let used = upstream.calls.map { $0["authorization"] ?? "" }
            #expect(used.filter { $0 == "Bearer key-aaaaaaaaaa" }.count == 2)
            #expect(used.filter { $0 == "Bearer key-bbbbbbbbbb" }.count == 2)
        }
    }

    @Test func `the upstream gets the gateway's credential and headers and none of the client's secrets`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        let settings = "api_key: \(Self.key), headers: { x-organization: acme }"
        try withGateway(before: upstream, provider: settings) { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions?key=client-secret-1", chatBody(),
                headers: [
                    "authorization: Bearer client-secret-2", "x-api-key: client-secret-3", "api-key: client-secret-4",
                    "x-goog-api-key: client-secret-5", "cookie: session=client-secret-6", "x-request-id: abc-1",
                    "connection: keep-alive, x-hop", "x-hop: 1", "te: trailers",
                ])
            #expect(answer.status == 200)
            let sent = try upstream.call(1)
            #expect(sent.all("authorization") == ["Bearer \(Self.key)"])
            #expect(sent["x-organization"] == "acme")
            #expect(sent["host"] == "127.0.0.1:\(upstream.port)")
            #expect(sent["content-type"] == "application/json")
            #expect(sent["x-request-id"] == "abc-1")
            #expect(sent["via"] != nil)
            #expect(sent["x-hop"] == nil && sent["te"] == nil)
            let everything = ([sent.startLine] + sent.fields.map { "\($0.name): \($0.value)" }).joined(separator: "\n")
            #expect(!everything.contains("client-secret"))
        }
    }

    @Test func `a provider may be given the client's own key`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream, provider: "forward_client_key: true") { gateway throws in
            _ = try gateway.chat(headers: ["authorization: Bearer the-clients-own"])
            #expect(try upstream.call(1)["authorization"] == "Bearer the-clients-own")
        }
    }

    @Test func `a call that has been here before is a loop`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream) { gateway throws in
            _ = try gateway.chat()
            let via = try #require(try upstream.call(1)["via"])
            let answer = try gateway.chat(headers: ["via: 1.0 other, \(via)"])
            #expect(answer.status == 508)
            #expect(answer.json["error"]["code"].string == "loop_detected")
            #expect(try gateway.chat(headers: ["via: 1.1 somebody-else"]).status == 200)
        }
    }

    // MARK: The answer

    @Test func `the answer's bytes are untouched and its headers say who answered`() throws {
        let body =
            #" { "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}, "odd":[1.0,"\/"],"choices":[{"message":{"content":"é"}}]}"#
            + "\n"
        let upstream = try ScriptedUpstream { call in
            try call.answer(
                body, headers: ["x-ratelimit-remaining-requests: 7", "set-cookie: a=b", "x-request-id: req_upstream_1"])
        }
        try withGateway(before: upstream) { gateway throws in
            let answer = try gateway.chat(headers: ["x-request-id: mine"])
            #expect(answer.status == 200)
            #expect(answer.text == body)
            #expect(answer["content-type"]?.hasPrefix("application/json") == true)
            #expect(answer["x-llm-gateway-provider"] == "up")
            #expect(answer["x-llm-gateway-model"] == "m")
            #expect(answer["x-llm-gateway-attempts"] == "1")
            #expect(answer.all("x-request-id") == ["mine"])
            #expect(answer["x-content-type-options"] == "nosniff")
            let timing = answer["server-timing"] ?? ""
            #expect(timing.contains("upstream") && timing.contains("gateway") && timing.contains("dur="))
            #expect(answer["x-ratelimit-remaining-requests"] == nil)
            #expect(answer["set-cookie"] == nil)
            #expect(try gateway.logLine(of: "mine")["upstream_request_id"].string == "req_upstream_1")
        }
    }

    @Test func `a streamed answer's bytes are untouched but for the usage nobody asked for`() throws {
        // Odd but legal framing: CRLF, a comment, no space after the colon, an event name, two data lines.
        let before =
            ": hello\r\n\r\ndata:" + Wording.delta("Hi") + "\r\n\r\nevent: x\ndata: " + Wording.delta("é") + "\n\n"
        let hidden = "data: " + Wording.usage + "\n\n"
        let after = "data: [DONE]\n\n"
        let finish = "data: " + Wording.finish + "\n\n"
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.chunk(before + finish + hidden + after)
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let silent = try gateway.ask("POST", "/v1/chat/completions", chatBody(more: #", "stream": true"#))
            #expect(silent.text == before + finish + after)
            #expect(silent["content-type"]?.hasPrefix("text/event-stream") == true)
            let more = #", "stream": true, "stream_options": {"include_usage": true}"#
            let asked = try gateway.ask("POST", "/v1/chat/completions", chatBody(more: more))
            #expect(asked.text == before + finish + hidden + after)
            try eventually("both usages counted") {
                try gateway.metrics().sum("llm_gateway_tokens_total", ["provider": "up", "kind": "output"]) == 4
            }
        }
    }

    @Test func `a request to another endpoint of the format goes to that endpoint`() throws {
        let upstream = try ScriptedUpstream(answering: #"{"object":"list","data":[],"choices":[],"usage":{}}"#)
        try withGateway(before: upstream) { gateway throws in
            _ = try gateway.ask("POST", "/v1/embeddings", #"{"model":"m","input":"x"}"#)
            _ = try gateway.ask("POST", "/v1/completions", #"{"model":"m","prompt":"x"}"#)
            #expect(try upstream.call(1).path == "/v1/embeddings")
            #expect(try upstream.call(2).path == "/v1/completions")
        }
    }

    @Test func `responses pass through to a provider that has them`() throws {
        let upstream = try ScriptedUpstream(answering: #"{"object":"response","id":"resp_1","output":[]}"#)
        try withGateway(before: upstream, provider: "api_formats: [openai-chat, openai-responses]") { gateway throws in
            let answer = try gateway.ask("POST", "/v1/responses", #"{"model":"m","input":"x"}"#)
            #expect(answer.status == 200)
            #expect(try upstream.call(1).path == "/v1/responses")
        }
    }

    // MARK: Upstream's errors

    /// What a client gets when the upstream answers every attempt like this.
    private func answer(
        to status: String, _ body: String, headers: [String] = [], settings: String = "api_key: \(key)"
    ) throws -> HTTPMessage {
        let upstream = try ScriptedUpstream { try $0.answer(body, status: status, headers: headers) }
        var answer = HTTPMessage(head: "")
        try withGateway(before: upstream, provider: settings) { answer = try $0.chat(within: .seconds(30)) }
        return answer
    }

    @Test func `an error about the request keeps its status, type, code, param and message`() throws {
        let body =
            #"{"error":{"message":"Too many tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#
        let answer = try answer(to: "400 Bad Request", body)
        #expect(answer.status == 400)
        #expect(answer.json["error"]["message"].string?.contains("Too many tokens.") == true)
        #expect(answer.json["error"]["type"].string == "invalid_request_error")
        #expect(answer.json["error"]["param"].string == "messages")
        #expect(answer.json["error"]["code"].string == "context_length_exceeded")
    }

    @Test func `an error never shows the provider's key or address`() throws {
        let body =
            #"{"error":{"message":"Key \#(Self.key) is bad for this, see http://10.1.2.3:8000/internal","type":"invalid_request_error","code":"x"}}"#
        let answer = try answer(to: "422 Unprocessable Entity", body)
        #expect(answer.status == 422)
        #expect(!answer.text.contains(Self.key))
        #expect(!answer.text.contains("10.1.2.3"))
    }

    @Test(arguments: ["401 Unauthorized", "403 Forbidden"])
    func `a refused credential is the gateway's fault, not the client's`(status: String) throws {
        let answer = try answer(
            to: status, #"{"error":{"message":"Incorrect API key","type":"invalid_request_error"}}"#)
        #expect(answer.status == 502)
        #expect(answer.json["error"]["type"].string == "api_error")
        #expect(answer.json["error"]["code"].string == "provider_auth_failed")
    }

    @Test func `a client's own key that is refused stays refused`() throws {
        let answer = try answer(
            to: "401 Unauthorized", #"{"error":{"message":"no","type":"x"}}"#, settings: "forward_client_key: true")
        #expect(answer.status == 401)
    }

    @Test func `a rate limit keeps its wait`() throws {
        let answer = try answer(
            to: "429 Too Many Requests", #"{"error":{"message":"Slow down","type":"tokens"}}"#,
            headers: ["retry-after: 17"])
        #expect(answer.status == 429)
        #expect(answer["retry-after"] == "17")
        #expect(answer.json["error"]["type"].string == "rate_limit_error")
        #expect(answer.json["error"]["code"].string == "provider_rate_limited")
    }

    @Test(arguments: [("500 Internal Server Error", 502), ("503 Service Unavailable", 502), ("529 Overloaded", 503)])
    func `a failing upstream is a bad gateway, an overloaded one is overloaded`(status: String, expected: Int) throws {
        let answer = try answer(to: status, "<html>secret stack trace</html>")
        #expect(answer.status == expected)
        #expect(answer.json["error"]["code"].string == "provider_error")
        #expect(!answer.text.contains("<html>"))
    }

    @Test func `the next target of a plan answers when the first one fails`() throws {
        let failing = try ScriptedUpstream { try $0.answer("{}", status: "500 Internal Server Error") }
        let working = try ScriptedUpstream(answering: Wording.completion("second"))
        defer {
            failing.stop()
            working.stop()
        }
        let configuration = """
            providers:
              a: { type: openai-compatible, base_url: "http://127.0.0.1:\(failing.port)/v1" }
              b: { type: openai-compatible, base_url: "http://127.0.0.1:\(working.port)/v1" }
            models:
              best:
                targets: [{ provider: a, model: a-model }, { provider: b, model: b-model }]
            """
        try withGateway(configuration) { gateway throws in
            let answer = try gateway.chat(model: "best")
            #expect(answer.status == 200)
            #expect(answer["x-llm-gateway-provider"] == "b")
            #expect(answer["x-llm-gateway-model"] == "b-model")
            #expect((answer["x-llm-gateway-attempts"].flatMap { Int($0) } ?? 0) >= 2)
            #expect(try failing.call(1).json["model"].string == "a-model")
            #expect(try working.call(1).json["model"].string == "b-model")
        }
    }
}
