import Testing

@testable import WireFormats

/// What a Chat client gets.
@Suite struct OpenAIChatAnswerTests {
    private let google = OpaqueState(origin: OpaqueState.google, value: "sig")
    private let usage = TokenUsage(inputUncached: 1, output: 2)

    private func response(_ parts: [ChatPart], _ reason: StopReason? = .endTurn) -> ChatResponse {
        var response = ChatResponse(id: "up", model: "m")
        (response.parts, response.stopReason) = (parts, reason)
        return response
    }

    /// The answer's one choice.
    private func choice(_ parts: [ChatPart], _ reason: StopReason? = .endTurn) throws -> String {
        let body = try OpenAIExchange.answer(response(parts, reason))
        let head =
            #"{"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","#
        #expect(body.hasPrefix(head) && body.hasSuffix("}]}"))
        return String(body.dropFirst(head.count).dropLast(3))
    }

    @Test func `a text is the content`() throws {
        #expect(
            try choice([.text("Hé"), .text("llo")])
                == #""content":"Héllo","refusal":null},"logprobs":null,"finish_reason":"stop""#)
        #expect(try choice([], nil) == #""content":"","refusal":null},"logprobs":null,"finish_reason":"stop""#)
    }

    @Test func `an answer with a call has null for its content`() throws {
        let call = ToolCall(id: "c", name: "f", arguments: #"{"a":1}"#)
        #expect(
            try choice([ChatPart(.toolCall(call), state: google)], .toolCall)
                == #""content":null,"refusal":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","#
                + #""arguments":"{\"a\":1}"},"extra_content":{"google":{"thought_signature":"sig"}}}]},"logprobs":null,"finish_reason":"tool_calls""#
        )
        #expect(try choice([.toolCall(call)], nil).hasSuffix(#""finish_reason":"tool_calls""#))
    }

    @Test func `a refusal in words ends of its own accord, one without is filtered`() throws {
        #expect(
            try choice([ChatPart(.refusal("no"))], .refusal)
                == #""content":null,"refusal":"no"},"logprobs":null,"finish_reason":"stop""#)
        #expect(try choice([], .refusal).hasSuffix(#""finish_reason":"content_filter""#))
    }

    @Test func `reasoning is told as text, and with all that was signed`() throws {
        let anthropic = OpaqueState(origin: OpaqueState.anthropic, value: "s")
        let openAI = OpaqueState(origin: OpaqueState.openAI, value: "gAAA", id: "rs_1")
        #expect(
            try choice([
                ChatPart(.reasoning("a"), state: anthropic), ChatPart(.hiddenReasoning, state: anthropic),
                ChatPart(.reasoning("b"), state: openAI), ChatPart(.reasoning("c")), .text("t"),
            ])
                == #""content":"t","refusal":null,"reasoning_content":"abc","reasoning_details":["#
                + #"{"type":"reasoning.text","text":"a","signature":"s","format":"anthropic-claude-v1","index":0},"#
                + #"{"type":"reasoning.encrypted","data":"s","format":"anthropic-claude-v1","index":1},"#
                + #"{"type":"reasoning.summary","summary":"b","id":"rs_1","format":"openai-responses-v1","index":2},"#
                + #"{"type":"reasoning.encrypted","data":"gAAA","id":"rs_1","format":"openai-responses-v1","index":3}]"#
                + #"},"logprobs":null,"finish_reason":"stop""#)
        #expect(try !choice([ChatPart(.reasoning("c"))]).contains("details"))
    }

    @Test func `the request's model and the usage are told`() throws {
        var response = response([.text("x")])
        (response.model, response.usage) = ("", usage)
        let body = try OpenAIExchange.answer(response)
        #expect(body.contains(#""model":"asked""#))
        #expect(
            body.hasSuffix(
                #""usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#
            ))
    }

    @Test(
        arguments: [
            (.endTurn, "stop"), (.stopSequence("x"), "stop"), (.maxTokens, "length"), (.contextFull, "length"),
            (.toolCall, "tool_calls"), (.contentFiltered, "content_filter"), (.paused, "stop"),
            (.malformedCall, "stop"),
            (.other("x"), "stop"),
        ] as [(StopReason, String)])
    func `every reason to stop has a word`(reason: StopReason, word: String) throws {
        #expect(try choice([.text("x")], reason).hasSuffix(#""finish_reason":"\#(word)""#))
    }

    @Test func `a client of the older functions gets a function_call`() throws {
        var request = ChatRequest(model: "asked")
        request.manner = OpenAIChatRequestReader.olderManner
        let call = response([.toolCall(ToolCall(id: "c", name: "f", arguments: "{}"))], .toolCall)
        let body = try OpenAIExchange.answer(call, to: request)
        #expect(
            body.contains(
                #""function_call":{"name":"f","arguments":"{}"}},"logprobs":null,"finish_reason":"function_call""#))
        let chunks = try OpenAIExchange.chunks(call.events, to: request)
        #expect(chunks[1].contains(#""delta":{"function_call":{"name":"f","arguments":""}}"#))
        #expect(chunks[2].contains(#""delta":{"function_call":{"arguments":"{}"}}"#))
        #expect(chunks[3].contains(#""finish_reason":"function_call""#))
    }

    // MARK: Streams

    @Test func `a stream tells its role, its calls, its end and the usage that was asked for`() throws {
        var request = ChatRequest(model: "asked")
        request.asksForUsage = true
        let events: [ChatEvent] = [
            .start(id: "", model: "m"), .toolStart(index: 0, id: "c", name: "f", state: google),
            .toolStart(index: 1, id: "d", name: "g"), .toolArgumentsDelta(index: 1, "{}"),
            .toolArgumentsDelta(index: 0, "{}"), .toolEnd(index: 1), .toolEnd(index: 0), .usage(usage),
            .finish(.toolCall),
        ]
        let rest = #"},"logprobs":null,"finish_reason":null}],"usage":null}"#
        let head = #"{"model":"m","choices":[{"index":0,"delta":{"#
        #expect(
            try OpenAIExchange.chunks(events, to: request) == [
                head + #""role":"assistant","content":"""# + rest,
                head
                    + #""tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"sig"}}}]"#
                    + rest,
                head
                    + #""tool_calls":[{"index":1,"id":"d","type":"function","function":{"name":"g","arguments":""}}]"#
                    + rest,
                head + #""tool_calls":[{"index":1,"function":{"arguments":"{}"}}]"# + rest,
                head + #""tool_calls":[{"index":0,"function":{"arguments":"{}"}}]"# + rest,
                head + #"},"logprobs":null,"finish_reason":"tool_calls"}],"usage":null}"#,
                #"{"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#,
                "[DONE]",
            ])
    }

    @Test func `a stream without a wish for usage has none, and says the request's model where nobody else does`()
        throws
    {
        let chunks = try OpenAIExchange.chunks([
            .start(id: "", model: ""), .usage(usage), .finish(.endTurn), .usage(usage),
        ])
        #expect(chunks.count == 3 && chunks.allSatisfy { !$0.contains("usage") && !$0.contains(#""model":"m""#) })
        #expect(chunks[0].contains(#""model":"asked""#))
    }

    @Test func `thoughts flow as they come, and what is signed is told whole`() throws {
        let state = OpaqueState(origin: OpaqueState.anthropic, value: "s")
        let deltas = try OpenAIExchange.chunks([
            .start(id: "", model: "m"), .reasoningDelta("h"), .reasoningDelta("m"), .reasoningEnd(state),
            .hiddenReasoning(state), .reasoningDelta("x"), .reasoningEnd(nil), .textDelta("t"), .textState(google),
            .textState(state), .refusalDelta("no"), .foreign(ForeignPart(origin: "o", type: "t", json: [])), .ping,
            .finish(.refusal),
        ]).map {
            $0.replacing(#"{"model":"m","choices":[{"index":0,"delta":"#, with: "")
                .replacing(#","logprobs":null,"finish_reason":null}]}"#, with: "")
        }
        #expect(
            deltas == [
                #"{"role":"assistant","content":""}"#, #"{"reasoning_content":"h"}"#, #"{"reasoning_content":"m"}"#,
                #"{"reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s","format":"anthropic-claude-v1","index":0}]}"#,
                #"{"reasoning_details":[{"type":"reasoning.encrypted","data":"s","format":"anthropic-claude-v1","index":1}]}"#,
                #"{"reasoning_content":"x"}"#, #"{"content":"t"}"#,
                #"{"extra_content":{"google":{"thought_signature":"sig"}}}"#, #"{"refusal":"no"}"#, ": keep-alive",
                #"{},"logprobs":null,"finish_reason":"stop"}]}"#, "[DONE]",
            ])
    }

    @Test func `each detail of a stream has an index of its own, under which clients gather its pieces`() throws {
        func sealed(_ value: String) -> OpaqueState {
            OpaqueState(origin: OpaqueState.openAI, value: value, id: "rs_\(value)")
        }
        let deltas = try OpenAIExchange.chunks([
            .start(id: "", model: "m"), .reasoningDelta("h"), .reasoningEnd(sealed("1")), .hiddenReasoning(sealed("2")),
            .reasoningDelta("m"), .reasoningEnd(sealed("3")), .finish(.endTurn),
        ]).filter { $0.contains("reasoning_details") }
        let indexes = deltas.map { $0.matches(of: #/"index":(\d)(?=}[,\]])/#).map(\.output.1) }
        #expect(indexes == [["0", "1"], ["2"], ["3", "4"]])

        // As OpenAI's own library puts them together: the details of all deltas in one list.
        let details = try deltas.map { delta in
            let list = try #require(delta.firstMatch(of: #/"reasoning_details":\[(.*)\]},"logprobs"/#)).output.1
            return String(list)
        }
        let message = #"{"role":"assistant","reasoning_details":[\#(details.joined(separator: ","))]}"#
        #expect(
            try OpenAIExchange.turn(message).parts == [
                ChatPart(.reasoning("h"), state: sealed("1")), ChatPart(.hiddenReasoning, state: sealed("2")),
                ChatPart(.reasoning("m"), state: sealed("3")),
            ])
    }

    @Test func `a broken stream ends with an error and nothing that looks like an end`() {
        let format = OpenAIChatFormat()
        var writer = OpenAIChatCodec().makeStreamWriter(
            to: AnsweredCall(ChatRequest(model: "m"), at: format.place, id: "1", created: 7))
        var stream: [UInt8] = []
        writer.fail(
            ChatFailure(status: 502, type: "api_error", code: "provider_error", message: "Gone."), requestID: "r",
            into: &stream)
        #expect(
            stream.text
                == #"data: {"error":{"message":"Gone.","type":"api_error","param":null,"code":"provider_error"}}"#
                + "\n\n")
    }

    @Test func `what a client echoes of an answer is what the model said`() throws {
        let anthropic = OpaqueState(origin: OpaqueState.anthropic, value: "s")
        let parts = [
            ChatPart(.reasoning("hm"), state: anthropic), ChatPart(.reasoning(""), state: anthropic),
            ChatPart(.hiddenReasoning, state: OpaqueState(origin: OpaqueState.openAI, value: "g", id: "rs")),
            ChatPart(.reasoning("b"), state: OpaqueState(origin: OpaqueState.openAI, value: "g", id: "rs")),
            ChatPart(.text("t"), state: google), ChatPart(.refusal("no")),
            ChatPart(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")), state: google),
        ]
        let body = try OpenAIExchange.answer(response(parts))
        try OpenAIExchange.parsing(body) { answer throws in
            let message = try #require(answer["choices"]?.anyElements.first { _ in true }?["message"])
            #expect(try OpenAIExchange.turn(String(decoding: message.raw, as: UTF8.self)).parts == parts)
        }
    }
}
