import Testing

/// What the official Ollama client sees of the simulated models, and of a server that speaks OpenAI's format.
@Suite(.ownThread) struct OllamaClientTests {
    private func sdk(_ name: String, _ gateway: GatewayProcess, model: String = "simulated/echo") throws -> JSON {
        try PythonScript.run("ollama_client.py", ["http://127.0.0.1:\(gateway.port)", name, model])
    }

    private func simulated(_ name: String, model: String = "simulated/echo") throws -> JSON {
        var result = JSON("null")
        try withGateway("providers: { simulated: {} }") { gateway throws in
            result = try sdk(name, gateway, model: model)
        }
        return result
    }

    @Test func `a chat is answered, and streamed line by line`() throws {
        let answer = try simulated("chat")
        #expect(answer["text"].string == "one two three" && answer["role"].string == "assistant")
        #expect(answer["done"].bool == true && answer["done_reason"].string == "stop")
        #expect(answer["input"].int == 5 && answer["output"].int == 3)
        let stream = try simulated("stream")
        #expect(stream["text"].string == "one two three" && (stream["pieces"].int ?? 0) >= 3)
        #expect(stream["done"].bool == true && stream["output"].int == 3)
    }

    @Test func `a prompt is completed, whole and streamed`() throws {
        let answer = try simulated("generate")
        #expect(answer["text"].string == "one two three" && answer["streamed"].string == "one two three")
    }

    @Test func `texts are embedded at both paths`() throws {
        let answer = try simulated("embed")
        #expect(answer["vectors"].int == 2 && answer["length"].int == 64 && answer["old"].int == 64)
    }

    @Test func `models are listed and shown`() throws {
        let answer = try simulated("models")
        #expect(answer["names"].list?.compactMap(\.string) == ["echo", "lorem"])
        #expect(answer["capabilities"].list?.isEmpty == false)
    }

    @Test func `an error has the client's shape, in the middle of a stream too`() throws {
        try withGateway("providers: { simulated: {}, openai: { api_key: sk-1 } }") { gateway throws in
            let answer = try sdk("failure", gateway, model: "nobody-has-this")
            #expect(answer["status"].int == 404 && answer["error"].string?.contains("nobody-has-this") == true)
            #expect(try gateway.ask("GET", "/").text == "Ollama is running")
        }
        let broken = try simulated("stream_failure", model: "simulated/error-midstream")
        #expect(broken["failed"].bool == true && broken["text"].string?.isEmpty == false)
    }

    @Test func `a server that speaks OpenAI's format answers with a call of a tool`() throws {
        let upstream = try ScriptedUpstream(
            answering: """
                {"id":"c","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant",\
                "content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather",\
                "arguments":"{\\"city\\":\\"Oslo\\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}
                """)
        try withGateway(before: upstream) { gateway throws in
            let answer = try sdk("tools", gateway, model: "m")
            #expect(answer["calls"][0][0].string == "get_weather" && answer["calls"][0][1]["city"].string == "Oslo")
            #expect(answer["input"].int == 3 && answer["output"].int == 4)
        }
    }
}
