import Testing

/// What the official Google GenAI SDK sees of the simulated models.
@Suite(.ownThread) struct GeminiClientTests {
    private func sdk(
        _ name: String, model: String = "simulated/echo", configuration: String = "providers: { simulated: {} }"
    ) throws -> JSON {
        var result = JSON("null")
        try withGateway(configuration) { gateway throws in
            result = try PythonScript.run("gemini_client.py", ["http://127.0.0.1:\(gateway.port)", name, model])
        }
        return result
    }

    @Test func `content is generated, whole and streamed`() throws {
        let answer = try sdk("chat")
        #expect(answer["text"].string == "one two three" && answer["finish"].string == "STOP")
        #expect(answer["input"].int == 5 && answer["output"].int == 3 && answer["total"].int == 8)
        let stream = try sdk("stream")
        #expect(stream["text"].string == "one two three" && stream["finish"].string == "STOP")
        #expect(stream["output"].int == 3)
    }

    @Test func `a function is called with arguments that fit its declaration`() throws {
        let answer = try sdk("tools")
        #expect(answer["name"].string == "get_weather" && answer["arguments"]["city"].string != nil)
    }

    @Test func `tokens are counted, texts embedded, models listed`() throws {
        #expect((try sdk("count_tokens")["total"].int ?? 0) >= 4)
        let embedded = try sdk("embed")
        #expect(embedded["vectors"].int == 2 && embedded["length"].int == 64)
        #expect(try sdk("models")["names"].list?.compactMap(\.string) == ["models/echo", "models/lorem"])
    }

    @Test func `an unknown model is Google's NOT_FOUND`() throws {
        let answer = try sdk(
            "failure", model: "nobody-has-this",
            configuration: "providers: { simulated: {}, openai: { api_key: sk-1 } }")
        #expect(answer["status"].int == 404 && answer["google"].string == "NOT_FOUND")
    }
}
