import Testing

/// What the official OpenAI SDK sees of the simulated models.
@Suite(.ownThread) struct OpenAIClientTests {
    /// Runs one case of the script against a gateway with `configuration`.
    private func sdk(
        _ name: String, model: String = "simulated/echo", configuration: String = "providers: { simulated: {} }"
    ) throws -> JSON {
        var result = JSON("null")
        try withGateway(configuration) { gateway throws in
            result = try PythonScript.run("openai_client.py", ["http://127.0.0.1:\(gateway.port)/v1", name, model])
        }
        return result
    }

    @Test func `a chat is answered`() throws {
        let answer = try sdk("chat")
        #expect(answer["object"].string == "chat.completion")
        #expect(answer["role"].string == "assistant")
        #expect(answer["text"].string == "one two three")
        #expect(answer["finish"].string == "stop")
        #expect(answer["usage"]["output"].int == 3)
        #expect(answer["usage"]["total"].int == (answer["usage"]["input"].int ?? 0) + 3)
        #expect(answer["request_id"].string?.isEmpty == false)
    }

    @Test func `without any configuration any model's name is answered`() throws {
        let answer = try sdk("chat", model: "gpt-4o", configuration: "")
        #expect(answer["text"].string == "one two three")
    }

    @Test func `a stream comes in pieces and ends with its finish reason`() throws {
        let answer = try sdk("stream")
        #expect(answer["text"].string == "one two three")
        #expect(answer["role"].string == "assistant")
        #expect((answer["pieces"].int ?? 0) >= 2)
        #expect(answer["finishes"].list?.compactMap(\.string) == ["stop"])
        #expect(answer["ids"].int == 1)
    }

    @Test func `a stream shows usage only to who asks`() throws {
        let silent = try sdk("stream")
        #expect(silent["usages"].list?.isEmpty == true)
        #expect(silent["without_choices"].int == 0)

        let asked = try sdk("stream_with_usage")
        #expect(asked["usages"].list?.count == 1)
        #expect(asked["usages"][0]["output"].int == 3)
        #expect(asked["without_choices"].int == 1)
    }

    @Test func `a stream keeps the pace that the model's name asks for`() throws {
        let answer = try sdk("stream", model: "simulated/lorem?first_token=300ms&tokens_per_second=40")
        #expect((answer["first_after"].double ?? 0) >= 0.25)
        #expect((answer["all_after"].double ?? 0) >= 0.7)
        #expect((answer["all_after"].double ?? 9) < 5)
        #expect(answer["text"].string?.split(separator: " ").count == 24)
    }

    @Test func `a required tool is called with arguments that fit its schema`() throws {
        let answer = try sdk("tools")
        #expect(answer["finish"].string == "tool_calls")
        #expect(answer["name"].string == "get_weather")
        #expect(answer["id"].string?.isEmpty == false)
        #expect(answer["arguments"]["city"].string != nil)
        #expect(["celsius", "fahrenheit"].contains(answer["arguments"]["unit"].string))
        #expect((1...7).contains(answer["arguments"]["days"].int ?? 0))
        #expect(answer["after"].string == "thank you")
    }

    @Test func `a tool call is streamed`() throws {
        let answer = try sdk("tools_streamed")
        #expect(answer["finish"].string == "tool_calls")
        #expect(answer["name"].string == "get_weather")
        #expect(answer["arguments"].keys == ["city", "unit", "days"])
    }

    @Test func `an answer follows the schema that was asked for`() throws {
        let answer = try sdk("structured")
        #expect(answer.keys == ["name", "age", "tags", "address"])
        #expect(answer["name"].string != nil)
        #expect(answer["age"].int != nil)
        #expect(answer["tags"].list != nil)
        #expect(answer["address"]["street"].string != nil)
    }

    @Test func `embeddings are repeatable unit vectors of the length asked for`() throws {
        let answer = try sdk("embeddings", model: "simulated/embed")
        #expect(answer["length"].int == 64)
        #expect(abs((answer["norm"].double ?? 0) - 1) < 1e-5)
        #expect(answer["repeatable"].bool == true)
        #expect(answer["distinct"].bool == true)
        #expect((answer["as_floats_differ_by"].double ?? 1) < 1e-6)
        #expect(answer["shortened"].int == 16)
        #expect(answer["many"].list?.compactMap(\.int) == [0, 1])
        #expect(answer["many_agree"].bool == true)
        #expect(answer["usage"].int == 2)
    }

    @Test func `models are listed and found one by one`() throws {
        let answer = try sdk("models")
        let names = answer["ids"].list?.compactMap(\.string) ?? []
        #expect(names.contains("echo") && names.contains("lorem"))
        #expect(Set(names).count == names.count)
        #expect(answer["owners"].list?.compactMap(\.string) == ["simulated"])
        #expect(answer["same"].bool == true)
        #expect(answer["missing"]["class"].string == "NotFoundError")
        #expect(answer["missing"]["code"].string == "model_not_found")
    }

    @Test func `legacy completions are answered and streamed`() throws {
        let answer = try sdk("completions")
        #expect(answer["object"].string == "text_completion")
        #expect(answer["text"].string == "one two three")
        #expect(answer["streamed"].string == "one two three")
        #expect(answer["streamed_finish"].list?.compactMap(\.string) == ["stop"])
        #expect(answer["usage"]["output"].int == 3)
    }

    @Test func `the client's request id is kept when it may be one`() throws {
        let answer = try sdk("request_id")
        #expect(answer["kept"].string == "mine-1.2_3")
        #expect(answer["replaced"].string != "not allowed!")
        #expect(answer["replaced"].string?.isEmpty == false)
    }

    // MARK: Failures, as the SDK names them

    @Test func `an unknown model is not found, and the message names it`() throws {
        let two = "providers: { simulated: {}, other: { type: openai-compatible, base_url: 'http://127.0.0.1:9/v1' } }"
        let error = try sdk("error", model: "no-such-model", configuration: two)
        #expect(error["class"].string == "NotFoundError")
        #expect(error["type"].string == "invalid_request_error")
        #expect(error["code"].string == "model_not_found")
        #expect(error["message"].string?.contains("no-such-model") == true)
    }

    @Test func `a field of the wrong type is named`() throws {
        let error = try sdk("invalid")
        #expect(error["class"].string == "BadRequestError")
        #expect(error["code"].string == "invalid_value")
        #expect(error["param"].string == "messages")
    }

    @Test func `an upstream's rate limit stays one, with its wait`() throws {
        let error = try sdk("error", model: "simulated/error-429")
        #expect(error["class"].string == "RateLimitError")
        #expect(error["code"].string == "provider_rate_limited")
        #expect(error["retry_after"].string == "1")
    }

    @Test func `an upstream's failure is a bad gateway`() throws {
        let error = try sdk("error", model: "simulated/error-500")
        #expect(error["status"].int == 502)
        #expect(error["type"].string == "api_error")
        #expect(error["code"].string == "provider_error")
    }

    @Test func `an upstream that breaks off is unreachable`() throws {
        let error = try sdk("error", model: "simulated/error-reset")
        #expect(error["status"].int == 502)
        #expect(error["code"].string == "provider_unreachable")
    }

    @Test func `an upstream that never answers times out`() throws {
        let error = try sdk(
            "error", model: "simulated/error-timeout",
            configuration: "providers: { simulated: {} }\nresilience: { timeouts: { first_byte: 500ms, total: 2s } }")
        #expect(error["status"].int == 504)
        #expect(error["type"].string == "timeout_error")
        #expect(error["code"].string == "provider_timeout")
    }

    @Test func `a stream that breaks off raises an error and never ends well`() throws {
        let error = try sdk("midstream", model: "simulated/error-midstream")
        #expect(error["class"].string == "APIError")
        #expect((error["pieces"].int ?? 0) >= 1)
    }
}
