import Testing

@testable import WireFormats

/// What an upstream of Chat answers, whole.
@Suite struct OpenAIUpstreamAnswerTests {
    private func read(_ message: String, finish: String = #""stop""#, model: String = "gpt") throws -> ChatResponse {
        try OpenAIExchange.read(
            answer:
                #"{"id":"c","created":7,"model":"\#(model)","choices":[{"index":0,"message":{"role":"assistant",\#(message)},"finish_reason":\#(finish)}]}"#
        )
    }

    @Test func `an answer is read field by field`() throws {
        let answer = try OpenAIExchange.read(
            answer: #"""
                {"id":"c","object":"chat.completion","created":7,"model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"Hé\n",
                "refusal":null,"annotations":[],"tool_calls":[{"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
                {"id":"call_b","function":{"name":"g","arguments":""}}]},"logprobs":null,"finish_reason":"tool_calls"}],
                "usage":{"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":3}}}
                """#)
        #expect((answer.id, answer.created, answer.model) == ("c", 7, "gpt"))
        #expect(
            answer.parts == [
                .text("Hé\n"), .toolCall(ToolCall(id: "call_a", name: "f", arguments: #"{"a":1}"#)),
                .toolCall(ToolCall(id: "call_b", name: "g", arguments: "")),
            ])
        #expect(answer.stopReason == .toolCall)
        #expect(answer.usage == TokenUsage(inputUncached: 4, cacheRead: 6, output: 4, reasoning: 3))
    }

    @Test func `an answer without usage, reason, message or anything is no error`() throws {
        for body in [
            #"{"choices":[]}"#, #"{"choices":[{"index":0}]}"#, #"{"choices":[{"message":null,"finish_reason":null}]}"#,
            #"{"choices":[{"message":{"content":null,"tool_calls":null},"finish_reason":""}],"usage":null,"error":null}"#,
        ] {
            let answer = try OpenAIExchange.read(answer: body)
            #expect(answer.parts.isEmpty && answer.stopReason == nil && answer.usage == nil && answer.model.isEmpty)
        }
        let filtered = try OpenAIExchange.read(
            answer: #"{"choices":[{"finish_reason":"content_filter","content_filter_results":{}}]}"#)
        #expect(filtered.parts.isEmpty && filtered.stopReason == .contentFiltered)
    }

    @Test(arguments: [
        "[]", "{}", #"{"choices":{}}"#, #"{"choices":[],"error":{"message":"no","code":400}}"#,
        #"{"choices":[{"message":{"content":"x"},"finish_reason":"error","error":{"message":"no"}}]}"#,
    ])
    func `what is no answer is refused`(body: String) {
        #expect(throws: MalformedBody.self) { try OpenAIExchange.read(answer: body) }
    }

    @Test(
        arguments: [
            (#""stop""#, .endTurn), (#""stop","stop_reason":"END""#, .stopSequence("END")),
            (#""stop","stop_reason":null"#, .endTurn), (#""length""#, .maxTokens), (#""eos_token""#, .endTurn),
            (#""content_filter""#, .contentFiltered), (#""stop_sequence""#, .stopSequence(nil)),
            (#""tool_calls""#, .endTurn),
            (#""model_length""#, .contextFull), (#""odd""#, .other("odd")), ("null", nil), (#""""#, nil),
        ] as [(String, StopReason?)])
    func `every reason to stop is known`(word: String, reason: StopReason?) throws {
        #expect(try read(#""content":"x""#, finish: word).stopReason == reason)
    }

    @Test(
        arguments: [
            (#""stop""#, .toolCall), (#""tool_calls""#, .toolCall), (#""function_call""#, .toolCall),
            (#""length""#, .maxTokens), (#""content_filter""#, .contentFiltered),
        ] as [(String, StopReason)])
    func `who called a tool waits for it, unless the answer was cut`(word: String, reason: StopReason) throws {
        let calls = #""content":null,"tool_calls":[{"id":"call","function":{"name":"f","arguments":"{}"}}]"#
        #expect(try read(calls, finish: word).stopReason == reason)
    }

    @Test func `a refusal in words is a refusal`() throws {
        let answer = try read(#""content":null,"refusal":"no""#)
        #expect(answer.parts == [ChatPart(.refusal("no"))] && answer.stopReason == .refusal)
    }

    @Test(arguments: [
        #""reasoning_content":"hm","content":"a""#, #""reasoning":"hm","content":"a""#,
        #""reasoning":"hm","reasoning_content":"hm","content":"a""#,
        #""reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0,"format":null}],"content":"a""#,
        #""content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},{"type":"text","text":"m"}]},{"type":"text","text":"a"}]"#,
    ])
    func `reasoning is read in every dialect`(message: String) throws {
        #expect(try read(message).parts == [ChatPart(.reasoning("hm")), .text("a")])
    }

    @Test func `signatures and sealed reasoning are kept byte for byte`() throws {
        let answer = try read(
            #""content":"a","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"Eq+/==","format":"anthropic-claude-v1","index":0},"#
                + #"{"type":"reasoning.encrypted","data":"B7o\/","id":"rs_1","format":"xai-responses-v1","index":1}]"#)
        #expect(
            answer.parts == [
                ChatPart(.reasoning("hm"), state: OpaqueState(origin: OpaqueState.anthropic, value: "Eq+/==")),
                ChatPart(.hiddenReasoning, state: OpaqueState(origin: "xai-responses-v1", value: "B7o/", id: "rs_1")),
                .text("a"),
            ])
    }

    @Test func `Gemini's signature belongs to its call, else to the text`() throws {
        let state = OpaqueState(origin: OpaqueState.google, value: "sig")
        let extra = #""extra_content":{"google":{"thought_signature":"sig"}}"#
        let call = #""tool_calls":[{"id":"call","function":{"name":"f","arguments":"{}"}"#
        let expected = [ChatPart(.toolCall(ToolCall(id: "call", name: "f", arguments: "{}")), state: state)]
        #expect(try read(call + "," + extra + "}]", model: "gemini-3").parts == expected)
        for model in ["gemini-2.5", "alias"] {
            #expect(try read(call + "}]," + extra, model: model).parts == expected)
        }
        let both = try read(#""content":"a","# + call + "}]," + extra)
        #expect(both.parts.map(\.state) == [state, nil])
        #expect(try read(#""content":"a","# + extra).parts == [ChatPart(.text("a"), state: state)])
    }

    @Test func `calls without an id of use get one, always the same for the same call`() throws {
        func ids(_ ids: String..., answer: String = "c") throws -> [String] {
            let calls = ids.map { #"{\#($0)"function":{"name":"f","arguments":"{}"}}"# }.joined(separator: ",")
            return try OpenAIExchange.read(
                answer: #"{"id":"\#(answer)","choices":[{"message":{"tool_calls":[\#(calls)]}}]}"#
            ).toolCalls.map(\.id)
        }
        let made = try ids(#""id":"","#, #""id":"0","#, "", #""id":null,"#)
        #expect(Set(made).count == 4 && made.allSatisfy { $0.hasPrefix("call_") && $0.count <= 40 })
        #expect(try ids(#""id":"","#, #""id":"0","#, "", #""id":null,"#) == made)
        #expect(try ids("", answer: "d")[0] != made[0])
    }

    @Test func `other spellings of a call are understood`() throws {
        #expect(
            try read(#""tool_calls":[{"id":"call","function":{"name":"f","arguments":{"a" : 1}}}]"#).toolCalls
                == [ToolCall(id: "call", name: "f", arguments: #"{"a" : 1}"#)])
        let older = try read(
            #""content":null,"function_call":{"name":"f","arguments":"{}"}"#, finish: #""function_call""#)
        #expect(older.toolCalls.map(\.name) == ["f"] && older.stopReason == .toolCall)
        #expect(
            try OpenAIExchange.read(answer: #"{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}"#).text
                == "x")
    }
}
