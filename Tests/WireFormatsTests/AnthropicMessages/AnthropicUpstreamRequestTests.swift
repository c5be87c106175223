import Testing

@testable import WireFormats

@Suite struct AnthropicUpstreamRequestTests {
    private typealias Exchange = AnthropicExchange

    private func messages(_ request: ChatRequest) throws -> Any? { try Exchange.write(request).body["messages"] }

    private func losses(
        for target: TargetTraits = TargetTraits(), _ change: (inout ChatRequest) -> Void
    ) throws -> [String] {
        try Exchange.write(Exchange.greeting(change), for: target).losses.map(\.field)
    }

    @Test func `every field that Anthropic has is written`() throws {
        var request = ChatRequest(
            model: "claude-x", instructions: [ChatPart(.text("Be brief."), cacheHint: CacheHint()), .text("Be kind.")],
            turns: [ChatTurn(.user, "Hi")])
        request.maxOutputTokens = 300
        request.sampling.temperature = 0.5
        request.sampling.topK = 40
        request.stop = ["END"]
        request.streams = true
        request.endUser = "u-1"
        request.cacheHint = CacheHint(lifetime: "5m")
        request.tools = [
            ChatTool(name: "f", description: "d", schema: Array(#"{"type":"object","x":1}"#.utf8), isStrict: true),
            ChatTool(name: "g"),
        ]
        request.toolChoice = .named("f")
        request.allowsParallelCalls = false
        let (body, losses) = try Exchange.write(request)
        #expect(losses.isEmpty)
        #expect(
            Exchange.same(
                body,
                try Exchange.json(
                    #"""
                    {"model":"claude-x","max_tokens":300,"temperature":0.5,"top_k":40,"stop_sequences":["END"],"stream":true,
                     "metadata":{"user_id":"u-1"},"cache_control":{"type":"ephemeral","ttl":"5m"},
                     "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Be kind."}],
                     "messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],
                     "tools":[{"name":"f","description":"d","input_schema":{"type":"object","x":1},"strict":true},
                              {"name":"g","input_schema":{"type":"object","properties":{}}}],
                     "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}}
                    """#)))
    }

    @Test func `the longest answer is the client's, the model's, or 4096`() throws {
        #expect(try Exchange.write(Exchange.greeting()).body["max_tokens"] as? Int == 4096)
        let target = TargetTraits(longestAnswer: 64_000)
        #expect(try Exchange.write(Exchange.greeting(), for: target).body["max_tokens"] as? Int == 64_000)
        let long = Exchange.greeting { $0.maxOutputTokens = 100_000 }
        let (body, losses) = try Exchange.write(long, for: target)
        #expect(body["max_tokens"] as? Int == 64_000)
        #expect(losses.map(\.field) == ["max_tokens"])
    }

    // MARK: What can't be said

    @Test func `what would change the answer is refused`() {
        let refused: [(String, (inout ChatRequest) -> Void)] = [
            ("n", { $0.choices = 2 }), ("logprobs", { $0.logProbabilities = 0 }),
            (
                "messages",
                { $0.turns[0].parts.append(ChatPart(.audio(Media(.base64("AAAA"), mediaType: "audio/wav")))) }
            ),
            ("messages", { $0.turns[0].parts.append(.image(Media(.base64("AAAA"), mediaType: "image/tiff"))) }),
            ("messages", { $0.turns[0].parts.append(.image(Media(.url("gs://bucket/x.png")))) }),
            ("messages", { $0.turns[0].parts.append(ChatPart(.document(Media(.base64("AAAA"), mediaType: "a/b")))) }),
            ("messages", { $0.instructions = [.image(Media(.url("https://x")))] }),
            ("tools", { $0.tools = [ChatTool(custom: "shell")] }),
        ]
        for (field, change) in refused {
            #expect {
                try Exchange.write(Exchange.greeting(change))
            } throws: { error in
                (error as? Untranslatable)?.field == field
            }
        }
    }

    @Test func `what Anthropic has not is dropped and told, and what says nothing is not`() throws {
        let dropped = try losses { request in
            request.sampling.minP = 0.1
            request.sampling.frequencyPenalty = 1
            request.sampling.presencePenalty = -1
            request.sampling.seed = 7
            request.sampling.logitBias = Array(#"{"5":1}"#.utf8)
            request.verbosity = "low"
            request.stop = [" \n", "x"]
            request.toolChoice = .required
            request.turns[0].parts.append(.image(Media(.url("https://x"), detail: "low")))
        }
        #expect(
            Set(dropped) == [
                "min_p", "frequency_penalty", "presence_penalty", "seed", "logit_bias", "verbosity", "stop",
                "tool_choice", "image_detail",
            ])
        #expect(
            try losses { request in
                request.sampling.frequencyPenalty = 0
                request.sampling.logitBias = Array("{}".utf8)
                request.turns[0].parts.append(.image(Media(.url("https://x"), detail: "auto")))
            }.isEmpty)
    }

    @Test func `the temperature is lowered to 1, and goes before top_p`() throws {
        let request = Exchange.greeting { request in
            request.sampling.temperature = 1.7
            request.sampling.topP = 0.9
        }
        let (body, losses) = try Exchange.write(request)
        #expect(body["temperature"] as? Double == 1)
        #expect(body["top_p"] == nil)
        #expect(losses.map(\.field) == ["temperature", "top_p"])
        let share = try Exchange.write(Exchange.greeting { $0.sampling.topP = 0.9 })
        #expect(share.body["top_p"] as? Double == 0.9)
        #expect(share.losses.isEmpty)
    }

    @Test func `a model that takes no sampling is told none`() throws {
        let request = Exchange.greeting { request in
            request.sampling.temperature = 0.3
            request.sampling.topK = 5
        }
        let (body, losses) = try Exchange.write(request, for: TargetTraits(takesSampling: false))
        #expect(body["temperature"] == nil && body["top_k"] == nil)
        #expect(losses.map(\.field) == ["temperature", "top_k"])
    }

    // MARK: The answer's form

    @Test func `a schema goes into output_config, its objects closed, its limits in words`() throws {
        let schema = #"""
            {"$schema":"s","type":"object","description":"A dog.","properties":{"age":{"type":"integer","minimum":0},
             "name":{"oneOf":[{"type":"string"},{"type":"null"}]},"minimum":{"$ref":"#/$defs/p"},
             "tags":{"type":"array","items":{"type":"object","properties":{}, "additionalProperties":false},"minItems":1}},
             "$defs":{"p":{"type":["object","null"],"properties":{"x":{"const":1}},"maxProperties":3,"description":"P."}}}
            """#
        let request = Exchange.greeting {
            $0.answerForm = .schema(AnswerSchema(name: "Dog", schema: Array(schema.utf8)))
        }
        let (body, losses) = try Exchange.write(request)
        #expect(losses.map(\.field) == ["response_format"])
        #expect(
            Exchange.same(
                body["output_config"],
                try Exchange.json(
                    #"""
                    {"format":{"type":"json_schema","schema":{"type":"object","description":"A dog.","additionalProperties":false,
                     "properties":{"age":{"type":"integer","description":"(minimum: 0)"},
                      "name":{"anyOf":[{"type":"string"},{"type":"null"}]},"minimum":{"$ref":"#/$defs/p"},
                      "tags":{"type":"array","minItems":1,"items":{"type":"object","properties":{},"additionalProperties":false}}},
                     "$defs":{"p":{"type":["object","null"],"properties":{"x":{"const":1}},"description":"P. (maxProperties: 3)",
                                   "additionalProperties":false}}}}}
                    """#)))
    }

    @Test func `a closed schema is carried as it was written`() throws {
        let schema =
            #"{"type":"object","properties":{"b":{"type":"string"},"a":{}},"required":["b"],"additionalProperties":false}"#
        var bytes: [UInt8] = []
        let losses = try AnthropicUpstreamCodec().encode(
            Exchange.greeting { $0.answerForm = .schema(AnswerSchema(schema: Array(schema.utf8))) },
            for: TargetTraits(), into: &bytes)
        #expect(losses.isEmpty)
        #expect(bytes.text.contains(schema))
    }

    @Test(arguments: [
        #"{"type":"object","properties":{"m":{"type":"object"}}}"#,
        #"{"type":"object","additionalProperties":{"type":"string"}}"#,
        #"{"allOf":[{"type":"object","properties":{"a":{}}},{"type":"object","properties":{"b":{}}}]}"#,
    ])
    func `a schema with keys that nobody names is refused`(schema: String) {
        #expect {
            try Exchange.write(Exchange.greeting { $0.answerForm = .schema(AnswerSchema(schema: Array(schema.utf8))) })
        } throws: { error in
            (error as? Untranslatable)?.field == "response_format"
        }
    }

    @Test(arguments: [AnswerForm.jsonObject, .schema(AnswerSchema(schema: Array(#"{"type":"object"}"#.utf8)))])
    func `some JSON object is an instruction`(form: AnswerForm) throws {
        let request = Exchange.greeting { request in
            request.instructions = [.text("Be brief.")]
            request.answerForm = form
        }
        let (body, losses) = try Exchange.write(request)
        let system = try #require(body["system"] as? [[String: Any]])
        #expect(system.count == 2)
        #expect((system[1]["text"] as? String)?.contains("JSON object") == true)
        #expect(body["output_config"] == nil)
        #expect(losses.isEmpty)
    }

    // MARK: Tools

    @Test func `only the allowed tools are offered`() throws {
        let request = Exchange.greeting { request in
            request.tools = ["a", "b", "c"].map { ChatTool(name: $0) }
            request.toolChoice = .allowed(["c", "a"], isRequired: true)
        }
        let body = try Exchange.write(request).body
        #expect((body["tools"] as? [[String: Any]])?.map { $0["name"] as? String } == ["a", "c"])
        #expect(Exchange.same(body["tool_choice"], ["type": "any"]))
    }

    @Test func `a dialogue that speaks of tools gets them back, not to be called`() throws {
        let request = ChatRequest(
            model: "m",
            turns: [
                ChatTurn(.user, "Go"), ChatTurn(.assistant, [.toolCall(ToolCall(id: "1", name: "f", arguments: ""))]),
                ChatTurn(.user, [.toolResult(ToolResult(callID: "1", text: "ok"))]),
            ])
        let (body, losses) = try Exchange.write(request)
        #expect(
            Exchange.same(
                body["tools"], try Exchange.json(#"[{"name":"f","input_schema":{"type":"object","properties":{}}}]"#)))
        #expect(Exchange.same(body["tool_choice"], ["type": "none"]))
        #expect(losses.isEmpty)
    }

    @Test func `a tool's schema gets the type that is missing`() throws {
        let tool = ChatTool(name: "f", schema: Array(#"{"properties":{"a":{}}}"#.utf8))
        let body = try Exchange.write(Exchange.greeting { $0.tools = [tool] }).body
        #expect(
            Exchange.same(
                body["tools"],
                try Exchange.json(#"[{"name":"f","input_schema":{"type":"object","properties":{"a":{}}}}]"#)))
    }

    @Test func `bad ids become good ones, in calls and results alike, and no id comes twice`() throws {
        let turns = (0..<2).flatMap { _ in
            [
                ChatTurn(.user, "Go"),
                ChatTurn(
                    .assistant,
                    ["0", "a:b", ""].map { .toolCall(ToolCall(id: $0, name: "f", arguments: "{}")) }),
                ChatTurn(.user, ["", "a:b", "0"].map { .toolResult(ToolResult(callID: $0, text: $0)) }),
            ]
        }
        let messages = try #require(try self.messages(ChatRequest(model: "m", turns: turns)) as? [[String: Any]])
        let blocks = messages.flatMap { $0["content"] as? [[String: Any]] ?? [] }
        let calls = blocks.compactMap { $0["id"] as? String }
        let results = blocks.compactMap { $0["tool_use_id"] as? String }
        #expect(Set(calls).count == 6)
        #expect(calls[0] == "0")
        #expect(calls.allSatisfy(AnthropicToolIDs.isValid))
        #expect(results == [calls[2], calls[1], calls[0], calls[5], calls[4], calls[3]])
    }

    @Test func `arguments that are no object are kept under a name`() throws {
        let turns = ["", #"{"a": 1.0}"#, "[1", "7"].map { arguments in
            ChatTurn(.assistant, [.toolCall(ToolCall(id: arguments, name: "f", arguments: arguments))])
        }
        var bytes: [UInt8] = []
        _ = try AnthropicUpstreamCodec().encode(
            ChatRequest(model: "m", turns: turns), for: TargetTraits(), into: &bytes)
        for input in ["{}", #"{"a": 1.0}"#, #"{"_raw":"[1"}"#, #"{"_raw":"7"}"#] {
            #expect(bytes.text.contains(#""input":\#(input)"#))
        }
    }

    // MARK: Marks for the cache

    @Test func `the last four marks are kept, and an hour is not kept behind five minutes`() throws {
        var request = ChatRequest(
            model: "m", instructions: [ChatPart(.text("s"), cacheHint: CacheHint(lifetime: "1h"))],
            turns: (0..<3).map { ChatTurn(.user, [ChatPart(.text("\($0)"), cacheHint: CacheHint(lifetime: "1h"))]) })
        var tool = ChatTool(name: "f")
        tool.cacheHint = CacheHint()
        request.tools = [tool]
        request.turns[1].parts[0].cacheHint = CacheHint()
        let (body, losses) = try Exchange.write(request)
        #expect(losses.map(\.field) == ["cache_control"])
        #expect((body["tools"] as? [[String: Any]])?[0]["cache_control"] == nil)
        #expect(
            Exchange.same(
                body["messages"],
                try Exchange.json(
                    #"""
                    [{"role":"user","content":[{"type":"text","text":"0","cache_control":{"type":"ephemeral","ttl":"1h"}},
                     {"type":"text","text":"1","cache_control":{"type":"ephemeral"}},
                     {"type":"text","text":"2","cache_control":{"type":"ephemeral","ttl":"5m"}}]}]
                    """#)))
    }

    @Test func `a mark within a result stands behind it`() throws {
        let result = ToolResult(callID: "1", parts: [ChatPart(.text("ok"), cacheHint: CacheHint())])
        let request = ChatRequest(
            model: "m",
            turns: [
                ChatTurn(.user, "Go"), ChatTurn(.assistant, [.toolCall(ToolCall(id: "1", name: "f", arguments: ""))]),
                ChatTurn(.user, [.toolResult(result)]),
            ])
        let messages = try #require(try self.messages(request) as? [[String: Any]])
        #expect(
            Exchange.same(
                messages[2]["content"],
                try Exchange.json(
                    #"""
                    [{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"ok"}],
                      "cache_control":{"type":"ephemeral"}}]
                    """#)))
    }
}
