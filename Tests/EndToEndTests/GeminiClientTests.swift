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

    @Test func `models with slashes and colons are listed, told of and called, at one provider too`() throws {
        try withGateway("providers: { simulated: { models: ['vendor/m:8b'] } }") { gateway throws in
            for base in ["http://127.0.0.1:\(gateway.port)", "http://127.0.0.1:\(gateway.port)/simulated"] {
                let told = try PythonScript.run("gemini_client.py", [base, "model_info", "vendor/m:8b"])
                #expect(told["name"].string == "models/vendor/m:8b" && told["text"].string == "Hi")
                #expect(told["names"].list?.compactMap(\.string) == ["models/vendor/m:8b"])
            }
            for id in ["vendor/m:8b", "vendor%2Fm%3A8b", "vendor%2fm:8b"] {
                for pin in ["", "/simulated"] {
                    let openAI = try gateway.ask("GET", "\(pin)/v1/models/\(id)")
                    #expect(openAI.json["id"].string == "vendor/m:8b", "\(pin) \(id)")
                    let gemini = try gateway.ask("GET", "\(pin)/v1beta/models/\(id)")
                    #expect(gemini.json["name"].string == "models/vendor/m:8b", "\(pin) \(id)")
                }
            }
            let unknown = try gateway.ask("GET", "/v1beta/models/vendor/other:8b")
            #expect(unknown.status == 404 && unknown.json["error"]["status"].string == "NOT_FOUND")
            #expect(try gateway.ask("GET", "/nobody/v1/models/vendor/m:8b").status == 404)
        }
    }
}
