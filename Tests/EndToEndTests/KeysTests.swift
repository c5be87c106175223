import Foundation
import Testing

/// Who may call, and what of a key goes where.
@Suite(.ownThread) struct KeysTests {
    private static let keys = """
        keys:
          - { name: team-a, key: sk-gw-team-a-0123456789 }
          - { name: team-b, key: sk-gw-team-b-0123456789 }
        """
    private static let a = "sk-gw-team-a-0123456789"
    private static let b = "sk-gw-team-b-0123456789"

    private func simulated(_ more: String = keys, _ body: (GatewayProcess) throws -> Void) throws {
        try withGateway("providers: { simulated: {} }\n\(more)", body)
    }

    // MARK: Where keys are found

    @Test(arguments: [
        ["authorization: Bearer \(a)"], ["authorization: bearer  \(a)"], ["x-api-key: \(a)"], ["api-key: \(a)"],
        ["x-goog-api-key: \(a)"],
        // The first that is known counts, in this order.
        ["authorization: Bearer sk-unknown", "x-api-key: \(a)"], ["x-api-key: \(b)", "authorization: Bearer \(a)"],
        ["api-key: \(a)", "x-goog-api-key: \(b)"], ["x-api-key: nobody", "x-api-key: \(a)", "api-key: \(b)"],
    ])
    func `a key is found wherever clients put it, and its name is logged`(headers: [String]) throws {
        try simulated { gateway throws in
            let answer = try gateway.chat(headers: headers)
            #expect(answer.status == 200)
            #expect(try gateway.logLine(of: answer["x-request-id"] ?? "")["key"].string == "team-a")
        }
    }

    @Test func `a key in the query is found, and appears in no log`() throws {
        try simulated { gateway throws in
            let body = #"{"contents":[{"parts":[{"text":"Hi"}]}]}"#
            let path = "/v1beta/models/echo:generateContent?alt=json&key="
            let answer = try gateway.ask("POST", path + "sk%2Dgw-team-b-0123456789", body)
            #expect(answer.status == 200)
            let line = try gateway.logLine(of: answer["x-request-id"] ?? "")
            #expect(line["key"].string == "team-b")
            #expect(line["path"].string == "/v1beta/models/echo:generateContent")
            #expect(try gateway.ask("POST", path + "sk-gw-unknown-0123", body).status == 401)
            #expect(try gateway.chat(headers: ["authorization: Bearer \(Self.a)"]).status == 200)
            for secret in [Self.a, "sk%2Dgw-team-b", Self.b, "sk-gw-unknown-0123"] {
                #expect(!gateway.program.standardOutput.contains(secret))
                #expect(!(try gateway.askMetricsPort("/metrics").text.contains(secret)))
            }
        }
    }

    @Test(arguments: [
        [], ["authorization: Bearer sk-nobody"], ["authorization: Basic \(a)"], ["authorization: \(a)"],
        ["x-api-key: "],
        ["x-api-key: \(a)x"], ["cookie: key=\(a)"],
    ])
    func `without a key that is known nobody is let in, in every format and before the body is read`(
        headers: [String]
    ) throws {
        try simulated { gateway throws in
            let places: [(path: String, type: (JSON) -> String?, expected: String)] = [
                ("/v1/chat/completions", { $0["error"]["code"].string }, "invalid_api_key"),
                ("/v1/responses", { $0["error"]["type"].string }, "authentication_error"),
                ("/simulated/v1/embeddings", { $0["error"]["code"].string }, "invalid_api_key"),
                ("/v1/messages", { $0["error"]["type"].string }, "authentication_error"),
                ("/v1beta/models/echo:generateContent", { $0["error"]["status"].string }, "UNAUTHENTICATED"),
                ("/api/chat", { $0["error"].string?.prefix(11).description }, "The API key"),
            ]
            for place in places {
                let answer = try gateway.ask("POST", place.path, "not even JSON", headers: headers)
                #expect(answer.status == 401, "\(place.path)")
                #expect(place.type(answer.json) == place.expected, "\(place.path): \(answer.text)")
            }
            // The body may never come: nobody waits for it.
            let wire = try gateway.connect()
            defer { wire.close() }
            try wire.send("POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: 1000000\r\n\r\n")
            #expect(try wire.takeAnswer().status == 401)
            try eventually("all seven to be counted") {
                try gateway.metrics().sum(
                    "llm_gateway_key_requests_total", ["key": "none", "outcome": "client_error"]) == 7
            }
        }
    }

    @Test func `lists need a key and the rest doesn't`() throws {
        try simulated(Self.keys + "\nmetrics: { on_proxy_port: true }") { gateway throws in
            for path in ["/v1/models", "/v1/models/echo", "/api/tags", "/api/ps", "/v1beta/models", "/metrics"] {
                #expect(try gateway.ask("GET", path).status == 401, "\(path)")
                #expect(try gateway.ask("GET", path, headers: ["x-api-key: \(Self.b)"]).status == 200, "\(path)")
            }
            #expect(try gateway.ask("POST", "/api/show", #"{"model":"echo"}"#).status == 401)
            #expect(try gateway.ask("GET", "/v1/responses/resp_x").status == 401)
            #expect(try gateway.ask("GET", "/v1/responses/resp_x", headers: ["api-key: \(Self.a)"]).status == 404)
            let models = try gateway.ask("GET", "/v1/models", headers: ["anthropic-version: 2023-06-01"])
            #expect(models.json["type"].string == "error")
            for path in ["/health", "/ready", "/", "/api/version"] {
                #expect(try gateway.ask("GET", path).status == 200, "\(path)")
            }
            #expect(try gateway.ask("HEAD", "/").status == 200)
            #expect(try gateway.ask("GET", "/nothing/here").status == 404)
            #expect(try gateway.askMetricsPort("/metrics").status == 200)
        }
    }

    // MARK: Where keys don't go

    @Test func `a key goes no further, unless the provider is to have it`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream, also: Self.keys) { gateway throws in
            let headers = ["x-api-key: \(Self.a)", "api-key: \(Self.a)", "x-goog-api-key: \(Self.a)"]
            let path = "/v1/chat/completions?key=\(Self.b)"
            #expect(try gateway.ask("POST", path, chatBody(), headers: headers).status == 200)
            let call = try upstream.call(1)
            #expect(!call.path.contains("key"))
            #expect(!call.fields.contains { $0.value.contains("sk-gw-") })
            #expect(call["authorization"] == "Bearer sk-upstream-0123456789abcdef")
        }
        let trusted = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: trusted, provider: "forward_client_key: true", also: Self.keys) { gateway throws in
            #expect(try gateway.chat(headers: ["authorization: Bearer \(Self.a)"]).status == 200)
            #expect(try trusted.call(1)["authorization"] == "Bearer \(Self.a)")
        }
    }

    @Test func `a key in a body is not logged either`() throws {
        try simulated(Self.keys + "\nlog: { bodies: true }") { gateway throws in
            let answer = try gateway.chat("my key is \(Self.b), keep it", headers: ["x-api-key: \(Self.a)"])
            #expect(answer.text.contains(Self.b))
            let line = try gateway.logLine(of: answer["x-request-id"] ?? "")
            #expect(line["request_body"].string?.contains("my key is") == true)
            #expect(!gateway.program.standardOutput.contains(Self.b))
        }
    }

    // MARK: What a key may use

    @Test func `a key calls the models that it may, and sees no others`() throws {
        let keys = """
            keys: [{ name: limited, key: sk-limited, models: ["ec*", claude-x] }, { name: free, key: sk-free }]
            """
        try simulated(keys) { gateway throws in
            let headers = ["authorization: Bearer sk-limited"]
            for model in ["echo", "simulated/echo"] {
                #expect(try gateway.chat(model: model, headers: headers).status == 200, "\(model)")
            }
            for model in ["lorem", "simulated/lorem", "echo/lorem"] {
                #expect(try gateway.chat(model: model, headers: headers).status == (model == "echo/lorem" ? 200 : 403))
                #expect(try gateway.chat(model: model, headers: ["api-key: sk-free"]).status == 200, "\(model)")
            }
            let refused = try gateway.chat(model: "lorem", headers: headers)
            #expect(refused.json["error"]["code"].string == "model_not_allowed")
            #expect(refused.json["error"]["type"].string == "permission_error")
            let body = #"{"model":"lorem","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
            let anthropic = try gateway.ask("POST", "/simulated/v1/messages", body, headers: headers)
            #expect(anthropic.status == 403 && anthropic.json["error"]["type"].string == "permission_error")
            let gemini = try gateway.ask(
                "POST", "/v1beta/models/lorem:generateContent", #"{"contents":[{"parts":[{"text":"Hi"}]}]}"#,
                headers: headers)
            #expect(gemini.status == 403 && gemini.json["error"]["status"].string == "PERMISSION_DENIED")

            func names(_ key: String, _ path: String = "/v1/models") throws -> [String?]? {
                try gateway.ask("GET", path, headers: ["x-api-key: \(key)"]).json["data"].list?.map { $0["id"].string }
            }
            #expect(try names("sk-limited") == ["echo"] && names("sk-limited", "/simulated/v1/models") == ["echo"])
            #expect(try names("sk-free")?.contains("lorem") == true)
            #expect(try gateway.ask("GET", "/v1/models/lorem", headers: headers).status == 404)
            #expect(try gateway.ask("GET", "/v1/models/echo", headers: headers).status == 200)
            let tags = try gateway.ask("GET", "/api/tags", headers: headers).json["models"].list
            #expect(tags?.compactMap { $0["name"].string?.split(separator: ":").first } == ["echo"])
            #expect(try gateway.ask("POST", "/api/show", #"{"model":"lorem"}"#, headers: headers).status == 404)
        }
    }

    @Test func `another key's stored answer is nobody's`() throws {
        try simulated { gateway throws in
            func headers(_ key: String) -> [String] { ["authorization: Bearer \(key)"] }
            let kept = try gateway.ask(
                "POST", "/v1/responses", #"{"model":"echo","input":"Remember"}"#, headers: headers(Self.a))
            let id = try #require(kept.json["id"].string)
            #expect(try gateway.ask("GET", "/v1/responses/\(id)", headers: headers(Self.a)).status == 200)
            for method in ["GET", "DELETE"] {
                let other = try gateway.ask(method, "/v1/responses/\(id)", headers: headers(Self.b))
                #expect(other.status == 404, "\(method)")
            }
            let next = #"{"model":"echo","input":"What?","previous_response_id":"\#(id)"}"#
            #expect(try gateway.ask("POST", "/v1/responses", next, headers: headers(Self.b)).status == 400 + 4)
            #expect(try gateway.ask("POST", "/v1/responses", next, headers: headers(Self.a)).status == 200)
        }
    }

    // MARK: Starting and reloading

    @Test func `an open gateway says so at start, and one with keys doesn't`() throws {
        func isOpen(_ gateway: GatewayProcess) -> Bool {
            gateway.logLines.contains { $0["msg"].string?.hasPrefix("the gateway is open") == true }
        }
        try withGateway("providers: { simulated: {} }") { gateway throws in
            try eventually("the word that it is open") { isOpen(gateway) }
        }
        try simulated { gateway throws in
            _ = try gateway.chat(headers: ["x-api-key: \(Self.a)"])
            _ = try gateway.logLine { $0["key"].string == "team-a" }
            #expect(!isOpen(gateway))
            #expect(try gateway.metrics().sum("llm_gateway_request_phase_seconds_count", ["phase": "auth"]) == 1)
            // Without a key in the file it is open from then on, and says that too.
            try gateway.folder.write("providers: { simulated: {} }", to: "config.yaml")
            gateway.program.signal(SIGHUP)
            try eventually("the word that it is open now") { isOpen(gateway) }
            #expect(try gateway.chat().status == 200)
        }
        let everywhere = ["LLM_GATEWAY_SERVER_HOST": "0.0.0.0"]
        func warns(_ gateway: GatewayProcess) -> Bool {
            gateway.logLines.contains { $0["level"].string == "warning" && $0["host"].string == "0.0.0.0" }
        }
        try withGateway("providers: { simulated: {} }", environment: everywhere) { gateway throws in
            try eventually("a warning") { warns(gateway) }
        }
        try withGateway("providers: { simulated: {} }\n\(Self.keys)", environment: everywhere) { gateway throws in
            _ = try gateway.chat(headers: ["x-api-key: \(Self.a)"])
            _ = try gateway.logLine { $0["key"].string == "team-a" }
            #expect(!warns(gateway))
        }
    }

    @Test func `a key that is only an unset variable is no way to start`() throws {
        let folder = try ScratchFolder()
        let file = try folder.write("keys: [{ name: a, key: \"${GATEWAY_KEY}\" }]", to: "config.yaml")
        let result = try Program.run(GatewayProcess.binary, ["serve", "--config", file, "--port", "0"])
        #expect(result.code == 78)
        #expect(result.errors.contains("keys[0].key: is empty"))
    }

    @Test func `a key in a file is known as soon as the file has it`() throws {
        let folder = try ScratchFolder()
        let file = try folder.write("sk-first-0123456789\n", to: "key")
        try simulated("keys: [{ name: a, key_file: \"\(file)\" }]") { gateway throws in
            func status(_ key: String) throws -> Int { try gateway.chat(headers: ["x-api-key: \(key)"]).status }
            #expect(try status("sk-first-0123456789") == 200)
            try folder.write("sk-second-0123456789\n", to: "key")
            try eventually("the new key", within: .seconds(10)) { try status("sk-second-0123456789") == 200 }
            #expect(try status("sk-first-0123456789") == 401)
            // An emptied file must not open the gateway.
            try folder.write("", to: "key")
            try eventually("the refusal", within: .seconds(10)) {
                try gateway.metrics().sum("llm_gateway_config_reloads_total", ["result": "failure"]) >= 1
            }
            #expect(try status("sk-second-0123456789") == 200 && status("anything") == 401)
        }
    }
}
