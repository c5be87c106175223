import Testing

/// Clients before a server that speaks only Text Generation Inference's own API.
@Suite(.ownThread) struct TextGenerationServerTests {
    private func withServer(
        _ script: @escaping @Sendable (Call) throws -> Void, _ body: (GatewayProcess, ScriptedUpstream) throws -> Void
    ) throws {
        let upstream = try ScriptedUpstream { call in
            if call.request.path == "/health" { try call.answer("") } else { try script(call) }
        }
        defer { upstream.stop() }
        let configuration = """
            providers:
              tgi: { type: huggingface, base_url: "http://127.0.0.1:\(upstream.port)", api_formats: [huggingface-tgi] }
            """
        try withGateway(configuration) { try body($0, upstream) }
    }

    private func generation(_ upstream: ScriptedUpstream) throws -> HTTPMessage {
        try #require(upstream.calls.first { $0.path.hasPrefix("/generate") })
    }

    private static let details = #""details":{"finish_reason":"eos_token","generated_tokens":3,"seed":null"#

    @Test func `a chat is one text to go on with`() throws {
        try withServer({ try $0.answer(#"{"generated_text":" Hi there",\#(Self.details),"prefill":[],"tokens":[]}}"#) })
        {
            gateway, upstream throws in
            let answer = try gateway.chat(model: "zephyr", more: #", "max_tokens": 20, "stop": ["User:"]"#)
            #expect(answer.json["choices"][0]["message"]["content"].string == "Hi there")
            #expect(answer.json["choices"][0]["finish_reason"].string == "stop")
            #expect(answer.json["usage"]["completion_tokens"].int == 3)
            let sent = try generation(upstream)
            #expect(sent.path == "/generate" && sent.json["inputs"].string == "User: Hello there\nAssistant:")
            #expect(sent.json["parameters"]["max_new_tokens"].int == 20)
            #expect(sent.json["parameters"]["stop"][0].string == "User:")
        }
    }

    @Test func `a stream of tokens is a stream for every client`() throws {
        try withServer({ call in
            try call.startStream()
            for (text, end) in [("Hé", ""), ("llo", #","generated_text":"Héllo",\#(Self.details),"input_length":6}"#)] {
                let token = #"{"index":1,"token":{"id":1,"text":"\#(text)","logprob":-0.1,"special":false}\#(end)}"#
                try call.chunk("data:\(token)\n\n")
            }
            try call.endStream()
        }) { gateway, upstream throws in
            let chat = try gateway.chat(model: "zephyr", more: #", "stream": true"#)
            let deltas = chat.text.split(separator: "\n").compactMap {
                JSON(String($0.dropFirst(6)))["choices"][0]["delta"]["content"].string
            }
            #expect(deltas.joined() == "Héllo" && chat.text.hasSuffix("data: [DONE]\n\n"))
            #expect(try generation(upstream).path == "/generate_stream")
            let body = #"{"model":"zephyr","messages":[{"role":"user","content":"Hi"}]}"#
            let ollama = try gateway.ask("POST", "/api/chat", body)
            let last = try #require(ollama.text.split(separator: "\n").last)
            #expect(JSON(String(last))["done"].bool == true && JSON(String(last))["prompt_eval_count"].int == 6)
        }
    }

    @Test func `a server that is busy says so, and one that breaks off is no clean end`() throws {
        try withServer({ call in
            if call.request.path == "/generate" {
                return try call.answer(
                    #"{"error":"Model is overloaded","error_type":"overloaded"}"#, status: "429 Too Many Requests")
            }
            try call.startStream()
            try call.chunk(#"data:{"index":1,"token":{"id":1,"text":"He","logprob":-0.1,"special":false}}"# + "\n\n")
            try call.chunk(#"data:{"error":"Request failed during generation","error_type":"generation"}"# + "\n\n")
            try call.endStream()
        }) { gateway, _ throws in
            let busy = try gateway.chat(model: "zephyr")
            #expect(busy.status == 429 && busy.json["error"]["message"].string == "Model is overloaded")
            let broken = try gateway.chat(model: "zephyr", more: #", "stream": true"#)
            #expect(broken.text.contains("Request failed during generation") && !broken.text.contains("[DONE]"))
        }
    }

    @Test func `its health is its readiness`() throws {
        try withServer({ try $0.answer("{}") }) { gateway, _ throws in
            try eventually("the server is up") {
                try gateway.ask("GET", "/ready").json["providers"]["tgi"]["status"].string == "up"
            }
        }
    }
}
