import Testing

@testable import WireFormats

struct ResponsesAnswerTests {
    private typealias Exchange = ResponsesExchange

    private func answer(_ parts: [ChatPart], _ reason: StopReason? = .endTurn) -> ChatResponse {
        var response = ChatResponse(id: "up", model: "gpt", created: 1)
        response.parts = parts
        response.stopReason = reason
        return response
    }

    /// The items of an answer as they are written.
    private func output(_ parts: [ChatPart], _ reason: StopReason? = .endTurn) throws -> String {
        try Exchange.withNode(Exchange.encode(answer(parts, reason))) {
            String(decoding: try $0.required("output").raw, as: UTF8.self)
        }
    }

    // MARK: Writing

    @Test func `an answer is written with all that the call asked for`() throws {
        var request = ChatRequest(model: "m", instructions: [.text("Be brief.")], turns: [ChatTurn(.user, "q")])
        request.tools = [ChatTool(name: "f", schema: Array(#"{"n" : 1.0}"#.utf8))]
        request.toolChoice = .named("f")
        request.allowsParallelCalls = false
        request.reasoning = .effort("low")
        request.sampling.temperature = 0.5
        request.maxOutputTokens = 9
        request.answerForm = .jsonObject
        request.verbosity = "high"
        request.endUser = "u"
        var response = answer([.text("Hello")])
        response.usage = TokenUsage(inputUncached: 5, cacheRead: 3, cacheWrite: 2, output: 7, reasoning: 4)
        #expect(
            Exchange.encode(response, to: request) == """
                {"id":"resp_a","object":"response","created_at":7,"status":"completed","background":false,"error":null,\
                "incomplete_details":null,"model":"gpt","output":[{"id":"msg_a_0","type":"message","status":"completed",\
                "role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]}]}],\
                "instructions":"Be brief.","max_output_tokens":9,"max_tool_calls":null,"metadata":{},\
                "parallel_tool_calls":false,"previous_response_id":null,"reasoning":{"effort":"low","summary":null},\
                "store":false,"temperature":0.5,"text":{"format":{"type":"json_object"},"verbosity":"high"},\
                "tool_choice":{"type":"function","name":"f"},\
                "tools":[{"type":"function","name":"f","parameters":{"n" : 1.0},"strict":true}],"top_p":null,\
                "truncation":"disabled","user":"u","usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":3,\
                "cache_write_tokens":2},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":17}}
                """)
    }

    @Test func `pieces become items in their order`() throws {
        let sealed = OpaqueState(origin: "openai", value: "gA", id: "rs_9")
        let items = try output([
            ChatPart(.reasoning("thought")), ChatPart(.hiddenReasoning, state: sealed), .text("a"),
            ChatPart(.refusal("b")),
            .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"n": 1.0}"#)),
            .toolCall(ToolCall(id: "c2", name: "g", arguments: "")), .text("z"),
        ])
        #expect(
            items == """
                [{"id":"rs_a_0","type":"reasoning","summary":[{"type":"summary_text","text":"thought"}],"encrypted_content":"llmgw1"},\
                {"id":"rs_9","type":"reasoning","summary":[],"encrypted_content":"gA"},\
                {"id":"msg_a_2","type":"message","status":"completed","role":"assistant","content":[\
                {"type":"output_text","text":"a","annotations":[],"logprobs":[]},{"type":"refusal","refusal":"b"}]},\
                {"id":"fc_a_3","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{\\"n\\": 1.0}"},\
                {"id":"fc_a_4","type":"function_call","status":"completed","call_id":"c2","name":"g","arguments":"{}"},\
                {"id":"msg_a_5","type":"message","status":"completed","role":"assistant","content":[\
                {"type":"output_text","text":"z","annotations":[],"logprobs":[]}]}]
                """)
    }

    @Test(
        arguments: [
            (.endTurn, "completed", "null"), (.toolCall, "completed", "null"),
            (.stopSequence("x"), "completed", "null"),
            (.paused, "completed", "null"), (.other("odd"), "completed", "null"), (nil, "completed", "null"),
            (.maxTokens, "incomplete", #"{"reason":"max_output_tokens"}"#),
            (.contextFull, "incomplete", #"{"reason":"max_output_tokens"}"#),
            (.contentFiltered, "incomplete", #"{"reason":"content_filter"}"#),
            (.refusal, "incomplete", #"{"reason":"content_filter"}"#), (.malformedCall, "failed", "null"),
        ] as [(StopReason?, String, String)])
    func `the end is told by the status`(reason: StopReason?, status: String, details: String) {
        let body = Exchange.encode(answer([], reason))
        #expect(body.contains(#""status":"\#(status)""#) && body.contains(#""incomplete_details":\#(details)"#))
        #expect(body.contains(#""error":null"#) == (status != "failed"))
        #expect(body.contains(#""usage":null"#))
    }

    @Test func `a refusal in words is complete`() {
        #expect(Exchange.encode(answer([ChatPart(.refusal("no"))], .refusal)).contains(#""status":"completed""#))
    }

    @Test func `a cut message says so, and so does a cut call`() throws {
        #expect(try output([.text("ab")], .maxTokens).contains(#""status":"incomplete""#))
        let calls = try output(
            [
                .toolCall(ToolCall(id: "1", name: "f", arguments: "{}")),
                .toolCall(ToolCall(id: "2", name: "f", arguments: "")),
            ], .maxTokens)
        #expect(calls.contains(#""status":"completed","call_id":"1""#))
        #expect(calls.contains(#""status":"incomplete","call_id":"2","name":"f","arguments":"""#))
    }

    @Test func `ids of calls that are missing or not unique are made up`() throws {
        let call = ChatPart.toolCall(ToolCall(id: "", name: "f", arguments: "{}"))
        let same = ChatPart.toolCall(ToolCall(id: "0", name: "f", arguments: "{}"))
        let ids = try output([call, call, same, same]).matches(of: /"call_id":"([^"]*)"/).map { String($0.output.1) }
        #expect(ids == ["call_a_0", "call_a_1", "0", "call_a_3"])
    }

    @Test func `a model that nobody named is the one that was asked`() {
        #expect(Exchange.encode(ChatResponse()).contains(#""model":"m""#))
    }

    @Test func `other providers' states come back with the next call`() throws {
        func state(_ value: String, _ origin: String = "google") -> OpaqueState {
            OpaqueState(origin: origin, value: value)
        }
        let parts: [ChatPart] = [
            ChatPart(.reasoning("thought"), state: state("sig+/=", "anthropic")),
            ChatPart(.reasoning(""), state: state("empty", "anthropic")),
            ChatPart(.hiddenReasoning, state: state("redacted", "anthropic")), ChatPart(.reasoning("unsigned")),
            ChatPart(.text("said"), state: state("t")),
            ChatPart(.toolCall(ToolCall(id: "c1", name: "f", arguments: "{}")), state: state("s1")),
            .toolCall(ToolCall(id: "c2", name: "g", arguments: "{}")),
            ChatPart(.toolCall(ToolCall(id: "c3", name: "h", arguments: "{}")), state: state("s3")),
            ChatPart(.text(""), state: state("last")),
            ChatPart(.hiddenReasoning, state: OpaqueState(origin: "openai", value: "gA", id: "rs_1")),
            ChatPart(.hiddenReasoning, state: OpaqueState(origin: "openai", value: "gB")),
        ]
        let turns = try Exchange.decode(input: try output(parts)).turns
        #expect(turns == [ChatTurn(.assistant, parts)])
    }

    // MARK: Reading

    @Test func `an answer is read whole`() throws {
        let response = try Exchange.decode(
            answer: """
                {"id":"resp_1","object":"response","created_at":5.0,"status":"completed","model":"gpt","output":[
                 {"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],
                  "content":[{"type":"reasoning_text","text":"hidden by the summary"}],"encrypted_content":"gA+/="},
                 {"id":"rs_2","type":"reasoning","summary":[],"encrypted_content":"gB"},
                 {"id":"rs_3","type":"reasoning","summary":[]},{"id":"rs_4","type":"reasoning","content":[{"type":"reasoning_text","text":"c"}]},
                 {"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"x"},{"type":"output_text","text":"y"}]},
                 {"id":"ws_1","type":"web_search_call"},
                 {"id":"fc_1","type":"function_call","call_id":"c1","name":"f","arguments":"{\\"n\\": 1.0}"},
                 {"id":"fc_2","type":"function_call","name":"g"}],
                 "usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":3,
                 "output_tokens_details":{"reasoning_tokens":2},"total_tokens":13}}
                """)
        #expect(response.id == "resp_1" && response.model == "gpt" && response.created == 5)
        #expect(response.usage == TokenUsage(inputUncached: 6, cacheRead: 4, output: 3, reasoning: 2))
        #expect(response.stopReason == .toolCall)
        #expect(
            response.parts == [
                ChatPart(.reasoning("a\n\nb"), state: OpaqueState(origin: "openai", value: "gA+/=", id: "rs_1")),
                ChatPart(.hiddenReasoning, state: OpaqueState(origin: "openai", value: "gB", id: "rs_2")),
                ChatPart(.reasoning("c")), .text("xy"),
                ChatPart(
                    .foreign(
                        ForeignPart(
                            origin: "openai", type: "web_search_call",
                            json: Array(#"{"id":"ws_1","type":"web_search_call"}"#.utf8)))),
                .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"n": 1.0}"#)),
                .toolCall(ToolCall(id: "fc_2", name: "g", arguments: "")),
            ])
    }

    @Test(
        arguments: [
            (#""status":"completed","output":[]"#, .endTurn), (#""output":[]"#, .endTurn),
            (#""status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]"#, .maxTokens),
            (#""status":"incomplete","output":[]"#, .maxTokens),
            (#""status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]"#, .contentFiltered),
            (#""status":"incomplete","incomplete_details":{"reason":"steered"},"output":[]"#, .other("steered")),
            (#""output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]"#, .refusal),
            (#""output":[{"type":"function_call","call_id":"c"}]"#, .toolCall),
            (#""status":"incomplete","output":[{"type":"function_call","call_id":"c"}]"#, .maxTokens),
        ] as [(String, StopReason)])
    func `the reason to stop is read`(body: String, reason: StopReason) throws {
        #expect(try Exchange.decode(answer: "{\(body)}").stopReason == reason)
    }

    @Test(arguments: ["{}", #"{"output":null}"#, #"{"status":"failed","output":[]}"#, "[]", #"{"output":{}}"#])
    func `what is no answer is none`(body: String) {
        #expect(throws: MalformedBody.self) { try Exchange.decode(answer: body) }
    }

    @Test func `odd items do no harm`() throws {
        let response = try Exchange.decode(
            answer:
                #"{"output":[5,{},null,{"type":7},{"type":"message"},{"type":"message","content":[3,{"type":"output_text"}]}]}"#
        )
        #expect(response.parts.isEmpty && response.usage == nil)
    }

    @Test func `two messages in a row don't run into each other`() throws {
        func message(_ text: String) -> String {
            #"{"type":"message","content":[{"type":"output_text","text":"\#(text)"}]}"#
        }
        #expect(try Exchange.decode(answer: #"{"output":[\#(message("a")),\#(message("b"))]}"#).text == "a\n\nb")
    }
}
