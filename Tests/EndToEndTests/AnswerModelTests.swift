import Testing

/// What answers call the model, with `routing.answer_model: requested`: in every format, passed through and translated.
@Suite(.ownThread) struct AnswerModelTests {
    /// A gateway before one server that speaks `format`; its models have other names there.
    private func withGateway(
        before upstream: ScriptedUpstream, _ provider: String, path: String, model: String = "vendor/asked:1",
        answerModel: String = "requested", _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        try EndToEndTests.withGateway(
            """
            providers:
              up: { \(provider), base_url: "http://127.0.0.1:\(upstream.port)\(path)", model_map: { "\(model)": up-name } }
            routing: { answer_model: \(answerModel) }
            """, body)
    }

    /// A stream whose events are cut where the model's name is.
    private func streaming(_ events: String...) throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            try call.startStream()
            for event in events {
                let middle = event.index(event.startIndex, offsetBy: event.count / 2)
                try call.chunk(String(event[..<middle]))
                try call.chunk(String(event[middle...]))
            }
            try call.endStream()
        }
    }

    private let asked = "vendor/asked:1"

    @Test func `a whole answer that passes through is otherwise the provider's, byte for byte`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream, "type: openai-compatible", path: "/v1") { gateway throws in
            let answer = try gateway.chat(model: asked)
            #expect(answer.text == Wording.completion(model: asked))
            #expect(answer["x-llm-gateway-model"] == "up-name")
            #expect(try upstream.call(1).json["model"].string == "up-name")
        }
    }

    @Test func `usually the provider's own name is told`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream, "type: openai-compatible", path: "/v1", answerModel: "upstream") {
            gateway throws in
            #expect(try gateway.chat(model: asked).text == Wording.completion())
        }
    }

    @Test func `every event of a stream that passes through has it, and usage is still seen and hidden`() throws {
        let events = [Wording.delta("a"), Wording.delta("b"), Wording.finish, Wording.usage].map { "data: \($0)\n\n" }
        let upstream = try streaming(events[0], events[1], events[2], events[3], "data: [DONE]\n\n")
        try withGateway(before: upstream, "type: openai-compatible", path: "/v1") { gateway throws in
            let answer = try gateway.chat(model: asked, more: #", "stream": true"#)
            let expected = events[..<3].joined().replacing("up-model", with: asked) + "data: [DONE]\n\n"
            #expect(answer.text == expected)
            let line = try gateway.logLine(of: #require(answer["x-request-id"]))
            #expect(line["output_tokens"].int == 2 && line["model"].string == asked)
        }
    }

    @Test func `Anthropic's, Gemini's and Ollama's streams have it where they name a model`() throws {
        let start = #"data: {"type":"message_start","message":{"id":"m","model":"up-claude","content":[],"usage":{}}}"#
        let messages = try streaming(
            "event: message_start\n\(start)\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
        try withGateway(before: messages, "type: anthropic, api_key: k", path: "/v1") { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/messages",
                #"{"model":"\#(asked)","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}"#)
            #expect(answer.text.contains(start.replacing("up-claude", with: asked)))
        }
        let chunk = #"data: {"candidates":[{"finishReason":"STOP"}],"modelVersion":"up-gemini"}"# + "\r\n\r\n"
        let gemini = try streaming(chunk)
        try withGateway(before: gemini, "type: gemini, api_key: k", path: "/v1beta") { gateway throws in
            let body = #"{"contents":"x"}"#
            let path = "/v1beta/models/vendor/asked%3A1:streamGenerateContent"
            let events = try gateway.ask("POST", path + "?alt=sse", body)
            #expect(events.text == chunk.replacing("up-gemini", with: asked))
            let array = try gateway.ask("POST", path, body)
            #expect(array.json[0]["modelVersion"].string == asked)
        }
        let line = #"{"model":"up-llama","message":{"role":"assistant","content":"a"},"done":"#
        let ollama = try ScriptedUpstream { call in
            try call.wire.send(
                "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n")
            for end in ["false}\n", "true,\"done_reason\":\"stop\"}\n"] { try call.chunk(line + end) }
            try call.endStream()
        }
        try withGateway(before: ollama, "type: ollama", path: "") { gateway throws in
            let answer = try gateway.ask(
                "POST", "/api/chat", #"{"model":"\#(asked)","messages":[{"role":"user","content":"x"}]}"#)
            let named = line.replacing("up-llama", with: asked)
            #expect(answer.text == named + "false}\n" + named + "true,\"done_reason\":\"stop\"}\n")
        }
    }

    @Test func `translated answers have it, whole and streamed, in every client's format`() throws {
        let upstream = try ScriptedUpstream { call in
            guard call.request.json["stream"].bool == true else { return try call.answer(Wording.completion()) }
            try call.startStream()
            for event in [Wording.delta("a"), Wording.finish, "[DONE]"] { try call.event(event) }
            try call.endStream()
        }
        try withGateway(before: upstream, "type: openai-compatible, api_formats: [openai-chat]", path: "/v1") {
            gateway throws in
            for stream in [false, true] {
                let messages = #""messages":[{"role":"user","content":"x"}],"stream":\#(stream)"#
                let gemini = "/v1beta/models/\(asked):" + (stream ? "streamGenerateContent?alt=sse" : "generateContent")
                for (path, body) in [
                    ("/v1/messages", #"{"model":"\#(asked)","max_tokens":9,\#(messages)}"#),
                    ("/v1/responses", #"{"model":"\#(asked)","input":"x","stream":\#(stream)}"#),
                    ("/v1/completions", #"{"model":"\#(asked)","prompt":"x","stream":\#(stream)}"#),
                    ("/api/chat", #"{"model":"\#(asked)",\#(messages)}"#), (gemini, #"{"contents":"x"}"#),
                ] {
                    let text = try gateway.ask("POST", path, body).text
                    let key = path.hasPrefix("/v1beta") ? "modelVersion" : "model"
                    #expect(text.contains("\"\(key)\":\"\(asked)\""), "\(path): \(text)")
                    #expect(!text.contains("up-"), "\(path): \(text)")
                }
            }
        }
    }

    @Test func `the simulated model's answers and vectors have it`() throws {
        try EndToEndTests.withGateway("providers: { simulated: {} }\nrouting: { answer_model: requested }") {
            gateway throws in
            let chat = try gateway.chat(model: "simulated/echo?tokens_per_second=0")
            #expect(chat.json["model"].string == "simulated/echo?tokens_per_second=0")
            let vectors = try gateway.ask("POST", "/v1/embeddings", #"{"model":"simulated/echo","input":"a"}"#)
            #expect(vectors.json["model"].string == "simulated/echo")
        }
    }
}
