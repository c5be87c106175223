import Testing

/// An OpenAI client before servers that speak Gemini's and Ollama's formats: where the call goes, what it says, and what
/// comes back.
@Suite(.ownThread) struct ProviderDialectTests {
    private func withGateway(
        before upstream: ScriptedUpstream, provider: String, _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        try EndToEndTests.withGateway("providers: { up: { \(provider) } }", body)
    }

    private let weather = """
        , "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": \
        {"a": {"type": "string"}}}}}]
        """

    @Test func `Gemini is asked at the model's own path, and its calls of functions come back as calls of tools`()
        throws
    {
        let answer = """
            {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":"b"}},\
            "thoughtSignature":"c2lnbmF0dXJl"}]},"finishReason":"STOP","index":0}],"modelVersion":"gemini-x-001",\
            "usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3,"thoughtsTokenCount":2,"totalTokenCount":12}}
            """
        let upstream = try ScriptedUpstream(answering: answer)
        let provider =
            #"type: gemini, base_url: "http://127.0.0.1:\#(upstream.port)/v1beta", api_key: AIza-upstream-key"#
        try withGateway(before: upstream, provider: provider) { gateway throws in
            let answer = try gateway.chat(model: "gemini-2.5-flash", more: weather)
            #expect(answer.status == 200)
            let sent = try upstream.call(1)
            #expect(sent.path == "/v1beta/models/gemini-2.5-flash:generateContent")
            #expect(sent["x-goog-api-key"] == "AIza-upstream-key" && sent["authorization"] == nil)
            #expect(sent.json["contents"][0]["parts"][0]["text"].string == "Hello there")
            #expect(sent.json["tools"][0]["functionDeclarations"][0]["name"].string == "f")
            let choice = answer.json["choices"][0]
            let call = choice["message"]["tool_calls"][0]
            #expect(choice["finish_reason"].string == "tool_calls" && call["function"]["name"].string == "f")
            #expect(call["extra_content"]["google"]["thought_signature"].string == "c2lnbmF0dXJl")
            #expect(answer.json["usage"]["completion_tokens"].int == 5)
            #expect(answer.json["model"].string == "gemini-x-001")
        }
    }

    @Test func `a stream of Gemini's is asked for as events, and translated`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for (text, more) in [("Hé", ""), ("llo", #","finishReason":"STOP""#)] {
                try call.chunk(
                    #"data: {"candidates":[{"content":{"role":"model","parts":[{"text":"\#(text)"}]}\#(more)}],"modelVersion":"g"}"#
                        + "\r\n\r\n")
            }
            try call.endStream()
        }
        let provider =
            #"type: gemini, base_url: "http://127.0.0.1:\#(upstream.port)/v1beta", api_key: AIza-upstream-key"#
        try withGateway(before: upstream, provider: provider) { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions", chatBody(model: "gemini-2.5-flash", more: #", "stream": true"#))
            #expect(try upstream.call(1).path == "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse")
            #expect(answer.text.contains("Hé") && answer.text.contains("llo"))
            #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        }
    }

    @Test func `Ollama is asked in its own API, with room for the dialogue, and its lines are translated`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.wire.send(
                "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n")
            for text in ["Hé", "llo"] {
                let line =
                    #"{"model":"llama3","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"\#(text)"},"done":false}"#
                try call.chunk(line + "\n")
            }
            try call.chunk(
                #"{"model":"llama3","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":4,"eval_count":2}"#
                    + "\n")
            try call.endStream()
        }
        try withGateway(before: upstream, provider: #"type: ollama, base_url: "http://127.0.0.1:\#(upstream.port)""#) {
            gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions",
                chatBody(model: "llama3", more: #", "stream": true, "stream_options": {"include_usage": true}"#))
            let sent = try upstream.call(1)
            #expect(sent.path == "/api/chat" && sent.json["stream"].bool == true)
            #expect((sent.json["options"]["num_ctx"].int ?? 0) >= 4096)
            #expect(answer.text.contains("Hé") && answer.text.hasSuffix("data: [DONE]\n\n"))
            #expect(answer.text.contains(#""prompt_tokens":4"#))

            let own = try gateway.ask(
                "POST", "/api/chat", #"{"model":"llama3","messages":[{"role":"user","content":"x"}]}"#)
            #expect(own["content-type"]?.hasPrefix("application/x-ndjson") == true)
            #expect(own.text.split(separator: "\n").count == 3 && own.text.contains("done_reason"))
        }
    }
}
