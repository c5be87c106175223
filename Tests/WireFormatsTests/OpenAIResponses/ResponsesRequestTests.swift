import Testing

@testable import WireFormats

struct ResponsesRequestTests {
    private typealias Exchange = ResponsesExchange

    private func turns(_ input: String) throws -> [ChatTurn] { try Exchange.decode(input: input).turns }

    // MARK: Fields

    @Test func `a text is a turn, and instructions set the model up`() throws {
        let request = try Exchange.decode(#"{"model":"gpt","instructions":"Be brief.","input":"Hi"}"#)
        var expected = ChatRequest(model: "gpt", instructions: [.text("Be brief.")], turns: [ChatTurn(.user, "Hi")])
        expected.asksForUsage = true
        #expect(request == expected)
    }

    @Test func `every field has its place`() throws {
        let request = try Exchange.decode(
            """
            {"model":"m","input":"x","max_output_tokens":9,"temperature":0.5,"top_p":0.25,"stream":true,
             "parallel_tool_calls":false,"reasoning":{"effort":"high","summary":"auto"},"user":"u",
             "text":{"verbosity":"low","format":{"type":"json_schema","name":"n","description":"d","strict":true,
             "schema":{"type": "object"}}},"include":["message.output_text.logprobs"],"top_logprobs":3,
             "stream_options":{"include_obfuscation":false}}
            """)
        #expect(request.maxOutputTokens == 9 && request.streams && request.allowsParallelCalls == false)
        #expect(request.sampling.temperature == 0.5 && request.sampling.topP == 0.25)
        #expect(request.reasoning == .effort("high") && request.endUser == "u" && request.verbosity == "low")
        #expect(request.logProbabilities == 3 && request.unread.isEmpty && request.asksForUsage)
        let schema = AnswerSchema(
            name: "n", description: "d", schema: Array(#"{"type": "object"}"#.utf8), isStrict: true)
        #expect(request.answerForm == .schema(schema))
    }

    @Test func `nulls are as if absent`() throws {
        let request = try Exchange.decode(
            """
            {"model":"m","input":"x","instructions":null,"max_output_tokens":null,"temperature":null,"tools":null,
             "tool_choice":null,"reasoning":null,"text":null,"include":null,"previous_response_id":null,"stream":null,
             "conversation":null,"metadata":null,"store":null,"top_logprobs":null}
            """)
        #expect(try request == Exchange.decode(input: #""x""#))
    }

    @Test func `reasoning is asked for by effort, or by wanting to read it`() throws {
        func wish(_ reasoning: String) throws -> ReasoningWish? {
            try Exchange.decode(#"{"model":"m","input":"x","reasoning":\#(reasoning)}"#).reasoning
        }
        #expect(try wish(#"{"effort":"none"}"#) == .off)
        #expect(try wish(#"{"effort":"xhigh"}"#) == .effort("xhigh"))
        #expect(try wish(#"{"effort":null,"summary":"detailed"}"#) == .adaptive)
        #expect(try wish(#"{"effort":null,"summary":null}"#) == nil)
        let context = try Exchange.decode(#"{"model":"m","input":"x","reasoning":{"context":"all_turns"}}"#)
        #expect(context.reasoning == nil && context.unread == [UnreadField("reasoning.context")])
    }

    @Test func `the other forms of an answer are read`() throws {
        func form(_ format: String) throws -> ChatRequest {
            try Exchange.decode(#"{"model":"m","input":"x","text":{"format":\#(format)}}"#)
        }
        #expect(try form(#"{"type":"text"}"#).answerForm == .text)
        #expect(try form(#"{"type":"json_object"}"#).answerForm == .jsonObject)
        #expect(try form(#"{"type":"grammar"}"#).unread.first?.objection != nil)
        #expect(try form("null").answerForm == .text)
    }

    @Test func `safety_identifier goes before user, in whatever order`() throws {
        for fields in [#""user":"u","safety_identifier":"s""#, #""safety_identifier":"s","user":"u""#] {
            #expect(try Exchange.decode(#"{"model":"m","input":"x",\#(fields)}"#).endUser == "s")
        }
    }

    // MARK: Tools

    @Test func `functions are read, whether their strictness is said or not`() throws {
        let request = try Exchange.decode(
            """
            {"model":"m","input":"x","tools":[
             {"type":"function","name":"f","description":"d","parameters":{"a" : 1.0},"strict":false},
             {"type":"function","name":"g","description":null,"parameters":null,"strict":null},
             {"type":"function","function":{"name":"h"}}]}
            """)
        #expect(
            request.tools == [
                ChatTool(name: "f", description: "d", schema: Array(#"{"a" : 1.0}"#.utf8), isStrict: false),
                ChatTool(name: "g"), ChatTool(name: "h"),
            ])
    }

    @Test(
        arguments: [
            (#""auto""#, .auto), (#""none""#, .none), (#""required""#, .required),
            (#"{"type":"function","name":"f"}"#, .named("f")),
            (
                #"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]}"#,
                .allowed(["f"], isRequired: true)
            ),
            (#"{"type":"allowed_tools","mode":"auto","tools":[]}"#, .allowed([], isRequired: false)),
        ] as [(String, ToolChoice)])
    func `a choice is read`(text: String, choice: ToolChoice) throws {
        #expect(try Exchange.decode(#"{"model":"m","input":"x","tool_choice":\#(text)}"#).toolChoice == choice)
    }

    @Test(
        arguments: [
            "web_search", "web_search_preview", "file_search", "code_interpreter", "computer_use_preview", "mcp",
            "image_generation", "local_shell", "tool_search",
        ])
    func `tools that the provider runs itself are an objection`(type: String) throws {
        let request = try Exchange.decode(
            #"{"model":"m","input":"x","tools":[{"type":"\#(type)"},{"type":"\#(type)"}]}"#)
        #expect(request.tools.isEmpty)
        #expect(
            request.unread == [UnreadField("tools", objection: "asks for a tool that the provider runs itself")])
        let choice = try Exchange.decode(#"{"model":"m","input":"x","tool_choice":{"type":"\#(type)"}}"#)
        #expect(choice.toolChoice == nil && choice.unread.first?.objection != nil)
    }

    // MARK: Fields without a place

    @Test(
        arguments: [
            #""previous_response_id":"resp_1""#, #""conversation":"conv_1""#, #""conversation":{"id":"c"}"#,
            #""background":true"#, #""prompt":{"id":"p"}"#,
        ])
    func `what the provider keeps is an objection, and an input isn't missed then`(field: String) throws {
        let request = try Exchange.decode(
            #"{"model":"m",\#(field)}"#.replacing(#""background""#, with: #""input":"x","background""#))
        #expect(request.unread.count == 1 && request.unread[0].objection != nil)
        #expect(field.contains(request.unread[0].name))
    }

    @Test func `harmless fields are named where they say something`() throws {
        let fields = """
            "store":true,"truncation":"auto","metadata":{"a":"b"},"service_tier":"flex","prompt_cache_key":"k",
            "max_tool_calls":3,"seed":1,"moderation":{"model":"m"},"Odd\\nKey":1,"include":["file_search_call.results"]
            """
        let request = try Exchange.decode(#"{"model":"m","input":"x",\#(fields)}"#)
        #expect(
            request.unread.map(\.name) == [
                "store", "truncation", "metadata", "service_tier", "prompt_cache_key", "max_tool_calls", "seed",
                "moderation", "an unknown field", "include",
            ])
        #expect(request.unread.allSatisfy { $0.objection == nil })
        let silent = """
            "store":false,"truncation":"disabled","metadata":{ },"service_tier":"auto","background":false,
            "include":["reasoning.encrypted_content"],"stream_options":{"include_obfuscation":true}
            """
        #expect(try Exchange.decode(#"{"model":"m","input":"x",\#(silent)}"#).unread.isEmpty)
    }

    @Test func `a body full of unknown fields makes a short list`() throws {
        let fields = (0..<10_000).map { "\"f\($0)\":1" }.joined(separator: ",")
        #expect(try Exchange.decode("{\"model\":\"m\",\"input\":\"x\",\(fields)}").unread.count == 32)
    }

    @Test(
        arguments: [
            (#"{"input":"x"}"#, "model"), (#"{"model":"m"}"#, "input"), (#"{"model":"m","input":5}"#, "input"),
            (#"{"model":"m","input":["x"]}"#, "input[0]"),
            (#"{"model":"m","input":[{"role":"tool","content":"x"}]}"#, "input[0].role"),
            (#"{"model":"m","input":[{"role":"user"}]}"#, "input[0].content"),
            (#"{"model":"m","input":[{"role":"user","content":[{"text":"x"}]}]}"#, "input[0].content[0].type"),
            (
                #"{"model":"m","input":[{"role":"user","content":[{"type":"input_image"}]}]}"#,
                "input[0].content[0].image_url"
            ),
            (#"{"model":"m","input":[{"type":"function_call","name":"f"}]}"#, "input[0].call_id"),
            (#"{"model":"m","input":[{"type":"function_call_output","call_id":"c"}]}"#, "input[0].output"),
            (#"{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":5}]}"#, "input[0].output"),
            (#"{"model":"m","input":"x","instructions":[]}"#, "instructions"),
            (#"{"model":"m","input":"x","temperature":3}"#, "temperature"),
            (#"{"model":"m","input":"x","reasoning":"high"}"#, "reasoning"),
            (#"{"model":"m","input":"x","text":{"format":{"type":"json_schema"}}}"#, "text.format.schema"),
            (#"{"model":"m","input":"x","tools":[{"type":"function"}]}"#, "tools[0].name"),
            (#"{"model":"m","input":"x","tool_choice":"any"}"#, "tool_choice"),
            (#"{"model":"m","input":"x","stream":"yes"}"#, "stream"),
        ])
    func `what is wrong is named`(body: String, field: String) {
        #expect(Exchange.complaint(body)?.field == field)
    }

    // MARK: The dialogue

    @Test func `messages are read with and without their type`() throws {
        let request = try Exchange.decode(
            input: """
                [{"role":"developer","content":"D"},{"type":"message","role":"system","content":[{"type":"input_text","text":"S"}]},
                 {"role":"user","content":"a"},{"type":"message","role":"user","content":[{"type":"input_text","text":"b"}]},
                 {"role":"assistant","content":"c"},{"id":"msg_1","type":"message","status":"completed","role":"assistant",
                  "content":[{"type":"output_text","text":"d","annotations":[]},{"type":"refusal","refusal":"e"}]},
                 {"role":"system","content":"f"},{"role":"user","content":""}]
                """)
        #expect(request.instructions == [.text("D"), .text("S")])
        #expect(
            request.turns == [
                ChatTurn(.user, "a"), ChatTurn(.user, "b"), ChatTurn(.assistant, "c"),
                ChatTurn(.assistant, [.text("d"), ChatPart(.refusal("e"))]), ChatTurn(.system, "f"),
                ChatTurn(.user, ""),
            ])
    }

    @Test func `media are read wherever they are`() throws {
        let parts = """
            [{"type":"input_image","image_url":"https://x/y.png","detail":"high"},
             {"type":"input_image","image_url":"data:image/gif;base64,R0lG"},{"type":"input_image","file_id":"file-1","detail":"auto"},
             {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"},
             {"type":"input_file","filename":"b.pdf","file_data":"JVBE"},{"type":"input_file","file_url":"https://x/c.pdf"},
             {"type":"input_file","file_id":"file-2"},{"type":"input_file","file_data":"data:audio/mpeg;base64,SUQz","filename":"d.mp3"},
             {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]
            """
        let expected: [ChatPart] = [
            .image(Media(.url("https://x/y.png"), detail: "high")),
            .image(Media(.base64("R0lG"), mediaType: "image/gif")),
            .image(Media(.file("file-1"), detail: "auto", keeper: OpaqueState.openAI)),
            ChatPart(.document(Media(.base64("JVBE"), mediaType: "application/pdf", name: "a.pdf"))),
            ChatPart(.document(Media(.base64("JVBE"), mediaType: "application/pdf", name: "b.pdf"))),
            ChatPart(.document(Media(.url("https://x/c.pdf")))),
            ChatPart(.document(Media(.file("file-2"), keeper: OpaqueState.openAI))),
            ChatPart(.audio(Media(.base64("SUQz"), mediaType: "audio/mpeg", name: "d.mp3"))),
            ChatPart(.audio(Media(.base64("UklG"), mediaType: "audio/wav"))),
        ]
        #expect(try turns(#"[{"role":"user","content":\#(parts)}]"#) == [ChatTurn(.user, expected)])
        let result = #"[{"type":"function_call_output","call_id":"c","output":\#(parts)}]"#
        #expect(try turns(result) == [ChatTurn(.user, [.toolResult(ToolResult(callID: "c", parts: expected))])])
    }

    @Test func `calls and results are paired by call_id, and stand together by turns`() throws {
        let turns = try turns(
            """
            [{"role":"user","content":"q"},{"type":"message","role":"assistant","content":"w"},
             {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\\"n\\": 1.0}","status":"completed"},
             {"type":"function_call","call_id":"c2","name":"g"},
             {"type":"function_call_output","id":"o","call_id":"c1","output":"r1"},
             {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"r2"}],"name":"g"},
             {"type":"function_call","call_id":"c3","name":"f","arguments":"{}"}]
            """)
        #expect(
            turns == [
                ChatTurn(.user, "q"),
                ChatTurn(
                    .assistant,
                    [
                        .text("w"), .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"n": 1.0}"#)),
                        .toolCall(ToolCall(id: "c2", name: "g", arguments: "")),
                    ]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "c1", text: "r1")),
                        .toolResult(ToolResult(callID: "c2", name: "g", text: "r2")),
                    ]),
                ChatTurn(.assistant, [.toolCall(ToolCall(id: "c3", name: "f", arguments: "{}"))]),
            ])
    }

    @Test func `reasoning keeps its text and its seal`() throws {
        let turns = try turns(
            """
            [{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],
              "encrypted_content":"gAA+/="},
             {"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gBB"},
             {"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"c"}]},
             {"type":"reasoning","id":"rs_3","summary":[]},{"role":"assistant","content":"d"}]
            """)
        func sealed(_ value: String, _ id: String) -> OpaqueState {
            OpaqueState(origin: "openai", value: value, id: id)
        }
        #expect(
            turns == [
                ChatTurn(
                    .assistant,
                    [
                        ChatPart(.reasoning("a\n\nb"), state: sealed("gAA+/=", "rs_1")),
                        ChatPart(.hiddenReasoning, state: sealed("gBB", "rs_2")), ChatPart(.reasoning("c")), .text("d"),
                    ])
            ])
    }

    @Test(
        arguments: [
            ("item_reference", "stored"), ("computer_call", "kind of tool"),
            ("mcp_approval_response", "kind of tool"), ("compaction", "sealed"),
        ])
    func `items that the dialogue can't do without are an objection`(type: String, word: String) throws {
        let request = try Exchange.decode(input: #"[{"role":"user","content":"x"},{"type":"\#(type)","id":"i"}]"#)
        #expect(request.turns == [ChatTurn(.user, "x")])
        #expect(request.unread.count == 1 && request.unread[0].objection?.contains(word) == true)
    }

    @Test func `an item without type and role is a reference, and unknown content an objection`() throws {
        #expect(try Exchange.decode(input: #"[{"id":"msg_1"}]"#).unread.first?.objection?.contains("stored") == true)
        let odd = try Exchange.decode(
            input: #"[{"role":"user","content":[{"type":"input_hologram"},{"type":"input_hologram"}]}]"#)
        #expect(odd.unread.count == 1 && odd.unread[0].objection?.contains("content") == true)
    }

    @Test func `what a provider's own tool did is carried for that provider`() throws {
        let item = #"{"type":"web_search_call","id":"ws_1","status":"completed"}"#
        #expect(
            try turns("[\(item)]") == [
                ChatTurn(
                    .assistant,
                    [
                        ChatPart(
                            .foreign(ForeignPart(origin: "openai", type: "web_search_call", json: Array(item.utf8))))
                    ])
            ])
    }

    @Test func `tools that an item adds are tools`() throws {
        let request = try Exchange.decode(
            input:
                #"[{"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"f"},{"type":"mcp"}]}]"#
        )
        #expect(request.tools == [ChatTool(name: "f")])
        #expect(request.unread.first?.objection == "asks for a tool that the provider runs itself")
    }

    @Test func `a turn of very many items is read in linear time`() throws {
        let item = #"{"type":"reasoning","summary":[],"encrypted_content":"llmgw1.text.google..cw"}"#
        let call =
            #"{"type":"function_call","call_id":"c","name":"f"},{"type":"message","role":"assistant","content":[]}"#
        let input = repeatElement("\(item),\(call)", count: 10_000).joined(separator: ",")
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try turns("[\(input)]").count == 1)
        #expect(clock.now - start < .seconds(10))
    }
}
