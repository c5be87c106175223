import Testing

/// OpenAI's models on Azure: deployments in the place of models, and Azure's own additions to answers.
@Suite(.ownThread) struct AzureOpenAITests {
    private func withGateway(
        before upstream: ScriptedUpstream, _ more: String, _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        try EndToEndTests.withGateway(
            """
            providers:
              azure: { type: azure-openai, base_url: "http://127.0.0.1:\(upstream.port)", api_key: azure-key, \(more) }
            """, body)
    }

    private let classic = "api_version: 2024-10-21, deployments: { gpt-4o: prod }"

    /// Azure's first chunk, in which nothing has been said yet.
    private static let filterResults =
        #"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}"#

    /// A chunk of the filter that runs beside the model: its choice has no delta.
    private static let filterOffsets =
        #"{"choices":[{"content_filter_offsets":{"check_offset":35,"start_offset":35,"end_offset":40},"content_filter_results":{"hate":{"filtered":false}},"finish_reason":null,"index":0}],"created":0,"id":"","model":"","object":""}"#

    private static func stream(_ call: Call) throws {
        try call.startStream()
        for event in [
            filterResults, Wording.delta("Hé"), filterOffsets, Wording.delta("llo"), Wording.finish, Wording.usage,
        ] {
            try call.event(event)
        }
        try call.event("[DONE]")
        try call.endStream()
    }

    @Test func `the deployment stands for the model, in the path and in the body`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion(model: "gpt-4o-2024-08-06"))
        try withGateway(before: upstream, classic) { gateway throws in
            // A deployment's model needs no provider's name.
            let answer = try gateway.chat(model: "gpt-4o", headers: ["api-key: a-client's"])
            #expect(answer.status == 200 && answer.json["model"].string == "gpt-4o-2024-08-06")
            #expect(answer["x-llm-gateway-model"] == "gpt-4o" && answer["x-llm-gateway-provider"] == "azure")
            let sent = try upstream.call(1)
            #expect(sent.path == "/openai/deployments/prod/chat/completions?api-version=2024-10-21")
            #expect(sent.all("api-key") == ["azure-key"] && sent["authorization"] == nil)
            #expect(sent.json["model"].string == "prod")
            let list = try gateway.ask("GET", "/v1/models").json["data"].list?.compactMap { $0["id"].string }
            #expect(list == ["gpt-4o"])
        }
    }

    @Test func `without a version the v1 API is spoken, and Messages are translated for it`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        try withGateway(before: upstream, "deployments: { gpt-4o: prod }") { gateway throws in
            let body = #"{"model":"gpt-4o","max_tokens":10,"messages":[{"role":"user","content":"Hi"}]}"#
            let answer = try gateway.ask("POST", "/v1/messages", body)
            #expect(answer.json["content"][0]["text"].string == "Hi!")
            let sent = try upstream.call(1)
            #expect(sent.path == "/openai/v1/chat/completions" && sent.json["model"].string == "prod")
        }
    }

    @Test func `a stream with Azure's additions passes as it is, less the usage that nobody asked for`() throws {
        let upstream = try ScriptedUpstream { try Self.stream($0) }
        try withGateway(before: upstream, classic) { gateway throws in
            let answer = try gateway.chat(model: "gpt-4o", more: #", "stream": true"#)
            #expect(answer.text.contains("data: \(Self.filterResults)\n\n"))
            #expect(answer.text.contains("data: \(Self.filterOffsets)\n\n"))
            #expect(!answer.text.contains(#""prompt_tokens""#) && answer.text.hasSuffix("data: [DONE]\n\n"))
            let line = try gateway.logLine { $0["stream"].bool == true }
            #expect(line["input_tokens"].int == 9 && line["outcome"].string == "ok")
        }
    }

    @Test func `and is translated for other clients`() throws {
        let upstream = try ScriptedUpstream { try Self.stream($0) }
        try withGateway(before: upstream, classic) { gateway throws in
            let body =
                #"{"model":"gpt-4o","max_tokens":10,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#
            let answer = try gateway.ask("POST", "/v1/messages", body)
            let texts = answer.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap {
                JSON(String($0.dropFirst(6)))["delta"]["text"].string
            }
            #expect(texts.joined() == "Héllo")
            #expect(answer.text.contains("event: message_stop") && !answer.text.contains("event: error"))
        }
    }

    @Test func `what the content filter stops is a 400 that says so, in every format`() throws {
        let refusal = """
            {"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management \
            policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":\
            "ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}}}
            """
        let upstream = try ScriptedUpstream { try $0.answer(refusal, status: "400 Bad Request") }
        try withGateway(before: upstream, classic) { gateway throws in
            let answer = try gateway.chat(model: "gpt-4o")
            #expect(answer.status == 400 && answer.json["error"]["code"].string == "content_filter")
            #expect(answer.json["error"]["param"].string == "prompt")
            #expect(answer.json["error"]["type"].string == "invalid_request_error")
            let body = #"{"model":"gpt-4o","max_tokens":10,"messages":[{"role":"user","content":"Hi"}]}"#
            let messages = try gateway.ask("POST", "/v1/messages", body)
            #expect(messages.status == 400 && messages.json["error"]["type"].string == "invalid_request_error")
            #expect(messages.json["error"]["message"].string?.contains("content management policy") == true)
        }
    }

    @Test func `an answer that the filter has emptied is an answer`() throws {
        let filtered = """
            {"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"finish_reason":\
            "content_filter","content_filter_results":{"hate":{"filtered":true}}}],"usage":{"prompt_tokens":9,\
            "completion_tokens":0,"total_tokens":9}}
            """
        let upstream = try ScriptedUpstream(answering: filtered)
        try withGateway(before: upstream, classic) { gateway throws in
            #expect(try gateway.chat(model: "gpt-4o").text == filtered)
            let body = #"{"model":"gpt-4o","max_tokens":10,"messages":[{"role":"user","content":"Hi"}]}"#
            let messages = try gateway.ask("POST", "/v1/messages", body)
            #expect(messages.status == 200 && messages.json["stop_reason"].string == "refusal")
        }
    }

    @Test func `a wrong key is the operator's affair`() throws {
        let refusal = #"{"error":{"code":"401","message":"Access denied due to invalid subscription key."}}"#
        let upstream = try ScriptedUpstream { try $0.answer(refusal, status: "401 Unauthorized") }
        try withGateway(before: upstream, classic) { gateway throws in
            let answer = try gateway.chat(model: "gpt-4o")
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_auth_failed")
        }
    }
}
