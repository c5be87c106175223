import Testing

/// What the official Anthropic SDK sees: of the simulated models, of a server that speaks OpenAI's format, of one that
/// speaks its own.
@Suite(.ownThread) struct AnthropicClientTests {
    private func sdk(_ name: String, _ gateway: GatewayProcess, model: String = "simulated/echo") throws -> JSON {
        try PythonScript.run("anthropic_client.py", ["http://127.0.0.1:\(gateway.port)", name, model])
    }

    private func simulated(_ name: String, model: String = "simulated/echo") throws -> JSON {
        var result = JSON("null")
        try withGateway("providers: { simulated: {} }") { gateway throws in
            result = try sdk(name, gateway, model: model)
        }
        return result
    }

    @Test func `a message is answered`() throws {
        let answer = try simulated("messages")
        #expect(answer["type"].string == "message" && answer["role"].string == "assistant")
        #expect(answer["text"].string == "one two three" && answer["stop_reason"].string == "end_turn")
        #expect(answer["id"].string?.hasPrefix("msg_") == true)
        #expect(answer["input"].int == 5 && answer["output"].int == 3)
        #expect(answer["request_id"].string?.hasPrefix("req_") == true)
    }

    @Test func `a stream has the events that the SDK's own helper needs, in their order`() throws {
        let answer = try simulated("stream")
        #expect(answer["text"].string == "one two three")
        #expect((answer["pieces"].list?.count ?? 0) >= 2)
        #expect(answer["stop_reason"].string == "end_turn" && answer["output"].int == 3)
        let raw = try simulated("raw_events")["events"].list?.compactMap(\.string) ?? []
        #expect(Array(raw.prefix(2)) == ["message_start", "content_block_start"])
        #expect(Array(raw.suffix(3)) == ["content_block_stop", "message_delta", "message_stop"])
    }

    @Test(arguments: ["tools", "tools_streamed"])
    func `a tool is called with arguments that fit its schema`(name: String) throws {
        let answer = try simulated(name)
        #expect(answer["stop_reason"].string == "tool_use" && answer["name"].string == "get_weather")
        #expect(answer["arguments"].keys == ["city", "days"])
        if name == "tools" { #expect(answer["after"].string == "thank you") }
    }

    @Test func `tokens are counted, and what is exact doesn't call itself an estimate`() throws {
        let answer = try simulated("count_tokens")
        #expect(answer["input"].int == 4 && answer["how"].isNull)
    }

    @Test func `models are listed in the SDK's own shape`() throws {
        let answer = try simulated("models")
        #expect(answer["ids"].list?.compactMap(\.string).contains("echo") == true)
        #expect(answer["type"].string == "model" && answer["name"].string?.isEmpty == false)
    }

    @Test func `an unknown model is the SDK's NotFoundError, with the request's id in head and body`() throws {
        try withGateway("providers: { simulated: {}, openai: { api_key: sk-1 } }") { gateway throws in
            let answer = try sdk("failure", gateway, model: "nobody-has-this")
            #expect(answer["class"].string == "NotFoundError" && answer["type"].string == "not_found_error")
            #expect(answer["request_id"].string?.hasPrefix("req_") == true)
            #expect(answer["body_request_id"].string == answer["request_id"].string)
        }
    }

    @Test func `a stream that breaks off raises, and never ends cleanly`() throws {
        let answer = try simulated("stream_failure", model: "simulated/error-midstream")
        #expect(answer["class"].string != nil && answer["type"].string == "api_error")
        #expect(answer["text"].string?.isEmpty == false)
    }

    @Test func `a server that speaks OpenAI's format answers the SDK, whole and streamed`() throws {
        let upstream = try ScriptedUpstream { call in
            guard call.request.json["stream"].bool == true else { return try call.answer(Wording.completion()) }
            try call.startStream()
            for data in [Wording.delta("Hi"), Wording.delta("!"), Wording.finish, Wording.usage, "[DONE]"] {
                try call.event(data)
            }
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let answer = try sdk("messages", gateway, model: "m")
            #expect(answer["text"].string == "Hi!" && answer["model"].string == "up-model")
            #expect(answer["input"].int == 9 && answer["output"].int == 2)
            let sent = try upstream.call(1)
            #expect(sent.path == "/v1/chat/completions" && sent["anthropic-version"] == nil)
            #expect(sent.json["messages"][0]["role"].string == "system")
            #expect(sent.json["messages"][0]["content"].string == "Be brief.")
            #expect(sent.json["messages"][1]["content"].string == "one two three")
            #expect(sent.json["max_tokens"].int == 64)

            let streamed = try sdk("stream", gateway, model: "m")
            #expect(streamed["text"].string == "Hi!" && streamed["stop_reason"].string == "end_turn")
            #expect(streamed["input"].int == 9 && streamed["output"].int == 2)
            #expect(try upstream.call(2).json["stream_options"]["include_usage"].bool == true)
        }
    }

    @Test func `what the other format can't say is left out and reported`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream) { gateway throws in
            let body = """
                {"model":"m","max_tokens":9,"top_k":5,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],\
                "messages":[{"role":"user","content":"Hi"}]}
                """
            let answer = try gateway.ask("POST", "/v1/messages", body, headers: ["anthropic-version: 2023-06-01"])
            #expect(answer.status == 200)
            let dropped = answer["x-llm-gateway-dropped-params"]?.split(separator: ",").map(String.init) ?? []
            #expect(Set(dropped) == ["top_k", "cache_control"])
            #expect(answer["request-id"] == answer["x-request-id"])
            try eventually("the losses in the metrics") {
                try gateway.metrics().sum(
                    "llm_gateway_translation_dropped_total",
                    ["from": "anthropic-messages", "to": "openai-chat", "param": "top_k"]) == 1
            }
        }
    }

    @Test func `a gateway that must drop nothing refuses instead, and names the field`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        defer { upstream.stop() }
        let configuration = """
            providers: { up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1" } }
            routing: { on_unsupported_param: reject }
            """
        try withGateway(configuration) { gateway throws in
            let body = #"{"model":"up/m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"Hi"}]}"#
            let answer = try gateway.ask("POST", "/v1/messages", body)
            #expect(answer.status == 400)
            #expect(answer.json["error"]["type"].string == "invalid_request_error")
            #expect(answer.json["error"]["message"].string?.contains("top_k") == true)
            #expect(upstream.calls.isEmpty)
        }
    }
}
