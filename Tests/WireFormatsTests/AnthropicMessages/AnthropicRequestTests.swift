import Testing

@testable import WireFormats

@Suite struct AnthropicRequestTests {
    private typealias Exchange = AnthropicExchange

    @Test func `every field of a request has its place`() throws {
        let request = try Exchange.read(
            #"""
            {"model":"claude-x","max_tokens":300,"stream":true,"temperature":0.5,"top_p":0.9,"top_k":40,
             "stop_sequences":["END","###"],"metadata":{"user_id":"u-1"},"cache_control":{"type":"ephemeral","ttl":"1h"},
             "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Be kind."}],
             "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"Hello"}]},
                         {"role":"system","content":"Now in French."},{"role":"user","content":[]}]}
            """#)
        #expect(request.model == "claude-x")
        #expect(request.maxOutputTokens == 300)
        #expect(request.streams && request.asksForUsage)
        #expect(request.sampling.temperature == 0.5)
        #expect(request.sampling.topP == 0.9)
        #expect(request.sampling.topK == 40)
        #expect(request.stop == ["END", "###"])
        #expect(request.endUser == "u-1")
        #expect(request.cacheHint == CacheHint(lifetime: "1h"))
        #expect(request.instructions == [ChatPart(.text("Be brief."), cacheHint: CacheHint()), .text("Be kind.")])
        #expect(
            request.turns == [
                ChatTurn(.user, "Hi"), ChatTurn(.assistant, "Hello"), ChatTurn(.system, "Now in French."),
                ChatTurn(.user, []),
            ])
        #expect(request.unread.isEmpty)
    }

    @Test func `null is as good as absent, and a system text is one part`() throws {
        let request = try Exchange.read(
            fields: #"""
                "system":"Be brief.","temperature":null,"top_k":null,"stop_sequences":null,"tools":null,"tool_choice":null,
                "thinking":null,"output_config":null,"cache_control":null,"metadata":{"user_id":null},"stream":null,
                "service_tier":null
                """#)
        #expect(request.instructions == [.text("Be brief.")])
        #expect(request.sampling == Sampling())
        #expect(request.stop.isEmpty && request.tools.isEmpty && request.toolChoice == nil && request.reasoning == nil)
        #expect(request.unread.isEmpty && !request.streams)
    }

    @Test func `pictures and documents come from bytes, addresses, texts and files`() throws {
        let parts = try Exchange.read(
            blocks: #"""
                {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}},
                {"type":"image","source":{"type":"url","url":"https://x/y.png"},"cache_control":{"type":"ephemeral","ttl":"5m"}},
                {"type":"image","source":{"type":"file","file_id":"file_1"}},
                {"type":"document","title":"T","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}},
                {"type":"document","source":{"type":"url","url":"https://x/y.pdf"}},
                {"type":"document","context":"Read it well.","source":{"type":"text","media_type":"text/plain","data":"words"}},
                {"type":"document","title":"C","source":{"type":"content","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}},
                {"type":"document","source":{"type":"content","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}},
                {"type":"search_result","source":"https://s","title":"Found","content":[{"type":"text","text":"what"}]}
                """#)
        let expected: [ChatPart] = [
            .image(Media(.base64("iVBO"), mediaType: "image/png")),
            ChatPart(.image(Media(.url("https://x/y.png"))), cacheHint: CacheHint(lifetime: "5m")),
            .image(Media(.file("file_1"), keeper: OpaqueState.anthropic)),
            ChatPart(.document(Media(.base64("JVBE"), mediaType: "application/pdf", name: "T"))),
            ChatPart(.document(Media(.url("https://x/y.pdf")))),
            .text("Read it well."),
            ChatPart(.document(Media(.text("words"), mediaType: "text/plain"))),
            ChatPart(.document(Media(.text("one\n\ntwo"), mediaType: "text/plain", name: "C"))),
            .image(Media(.file("f"), keeper: OpaqueState.anthropic)),
            ChatPart(.document(Media(.text("https://s\n\nwhat"), mediaType: "text/plain", name: "Found"))),
        ]
        #expect(parts == expected)
    }

    @Test func `calls, results and thoughts are read byte for byte`() throws {
        let parts = try Exchange.read(
            blocks: #"""
                {"type":"thinking","thinking":"Hm.","signature":"Sig+/="},
                {"type":"thinking","thinking":"","signature":"S2"},
                {"type":"thinking","thinking":"unsigned","signature":""},
                {"type":"redacted_thinking","data":"Red+/="},
                {"type":"tool_use","id":"t1","name":"f","input":{"n": 1.0, "id": 9007199254740993},"cache_control":{"type":"ephemeral"}},
                {"type":"tool_result","tool_use_id":"t1","content":"fine"},
                {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"no"},
                  {"type":"image","source":{"type":"file","file_id":"f"}},{"type":"document","source":{"type":"file","file_id":"g"}}]},
                {"type":"tool_result","tool_use_id":"t3"},
                {"type":"server_tool_use","id":"s","name":"web_search","input":{"query": "x"}},
                {"type":"something_new","a":[1]}
                """#)
        let state = { (value: String) in OpaqueState(origin: "anthropic", value: value) }
        let expected: [ChatPart] = [
            ChatPart(.reasoning("Hm."), state: state("Sig+/=")), ChatPart(.reasoning(""), state: state("S2")),
            ChatPart(.reasoning("unsigned")), ChatPart(.hiddenReasoning, state: state("Red+/=")),
            ChatPart(
                .toolCall(ToolCall(id: "t1", name: "f", arguments: #"{"n": 1.0, "id": 9007199254740993}"#)),
                cacheHint: CacheHint()),
            .toolResult(ToolResult(callID: "t1", text: "fine")),
            .toolResult(
                ToolResult(
                    callID: "t2",
                    parts: [
                        .text("no"), .image(Media(.file("f"), keeper: OpaqueState.anthropic)),
                        ChatPart(.document(Media(.file("g"), keeper: OpaqueState.anthropic))),
                    ],
                    isError: true)),
            .toolResult(ToolResult(callID: "t3", parts: [])),
            ChatPart(
                .foreign(
                    ForeignPart(
                        origin: "anthropic", type: "server_tool_use",
                        json: Array(
                            #"{"type":"server_tool_use","id":"s","name":"web_search","input":{"query": "x"}}"#.utf8)))),
            ChatPart(
                .foreign(
                    ForeignPart(
                        origin: "anthropic", type: "something_new",
                        json: Array(#"{"type":"something_new","a":[1]}"#.utf8)))),
        ]
        #expect(parts == expected)
    }

    @Test func `tools and the choice among them are read`() throws {
        let request = try Exchange.read(
            fields: #"""
                "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,
                          "cache_control":{"type":"ephemeral"}},{"type":"custom","name":"g","input_schema":{}}],
                "tool_choice":{"type":"any","disable_parallel_tool_use":true}
                """#)
        var first = ChatTool(name: "f", description: "d", schema: Array(#"{"type":"object"}"#.utf8), isStrict: true)
        first.cacheHint = CacheHint()
        #expect(request.tools == [first, ChatTool(name: "g", schema: Array("{}".utf8))])
        #expect(request.toolChoice == .required)
        #expect(request.allowsParallelCalls == false)
        #expect(request.unread.isEmpty)
    }

    @Test(arguments: [
        (#"{"type":"auto"}"#, ToolChoice.auto), (#"{"type":"none"}"#, ToolChoice.none),
        (#"{"type":"any"}"#, .required), (#"{"type":"tool","name":"f"}"#, .named("f")),
    ])
    func `each choice of tools has its word`(written: String, choice: ToolChoice) throws {
        let request = try Exchange.read(fields: #""tool_choice":\#(written)"#)
        #expect(request.toolChoice == choice)
        #expect(request.allowsParallelCalls == nil)
    }

    @Test(arguments: [
        (#""thinking":{"type":"enabled","budget_tokens":2000}"#, ReasoningWish.budget(2000)),
        (#""thinking":{"type":"adaptive"}"#, .adaptive), (#""thinking":{"type":"between_tools"}"#, .adaptive),
        (#""thinking":{"type":"disabled"}"#, .off),
        (#""thinking":{"type":"adaptive"},"output_config":{"effort":"xhigh"}"#, .effort("xhigh")),
        (#""output_config":{"effort":"low"}"#, .effort("low")),
    ])
    func `each way to ask for thoughts has its wish`(written: String, wish: ReasoningWish) throws {
        let request = try Exchange.read(fields: written)
        #expect(request.reasoning == wish)
        #expect(request.unread.isEmpty)
    }

    @Test(arguments: ["\"output_config\":{\"format\":", "\"output_format\":"])
    func `an answer's schema is read from its place and from its old one`(place: String) throws {
        let closing = place.contains("config") ? "}" : ""
        let request = try Exchange.read(
            fields: place + #"{"type":"json_schema","schema":{"type": "object"}}"# + closing)
        #expect(request.answerForm == .schema(AnswerSchema(schema: Array(#"{"type": "object"}"#.utf8))))
    }

    @Test func `what has no place is named, and what only Anthropic does is objected to`() throws {
        let request = try Exchange.read(
            fields: #"""
                "service_tier":"auto","speed":"fast","mcp_servers":[{"url":"x"}],"container":"c","betas":[],
                "tools":[{"type":"web_search_20250305","name":"web_search"},{"type":"bash_20250124","name":"bash"},
                         {"name":"f","input_schema":{},"defer_loading":true}],
                "thinking":{"type":"enabled","budget_tokens":1024,"display":"omitted"},"output_config":{"effort":"low","x":1},
                "tool_choice":{"type":"new"},
                "system":[{"type":"text","text":"a","citations":[{"type":"char_location"}]}]
                """#)
        #expect(
            Set(request.unread.map(\.name)) == [
                "service_tier", "speed", "mcp_servers", "container", "tools", "tools.defer_loading", "thinking.display",
                "output_config.effort", "output_config.x", "tool_choice", "citations",
            ])
        #expect(
            Set(request.unread.filter { $0.objection != nil }.map(\.name)) == [
                "mcp_servers", "container", "tools", "tool_choice",
            ])
        #expect(request.tools.map(\.name) == ["f"])
    }

    @Test(arguments: [
        (#"{"max_tokens":1,"messages":[]}"#, "model", MalformedBody.Code.missingField),
        (#"{"model":"m","messages":[]}"#, "max_tokens", .missingField),
        (#"{"model":"m","max_tokens":"1","messages":[]}"#, "max_tokens", .invalidValue),
        (#"{"model":"m","max_tokens":1}"#, "messages", .missingField),
        (#"{"model":"m","max_tokens":1,"messages":{}}"#, "messages", .invalidValue),
        (#"{"model":"m","max_tokens":1,"messages":[{"content":"x"}]}"#, "messages[0].role", .missingField),
        (
            #"{"model":"m","max_tokens":1,"messages":[{"role":"tool","content":"x"}]}"#, "messages[0].role",
            .invalidValue
        ),
        (#"{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}"#, "messages[0].content", .missingField),
        (
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":1}]}"#, "messages[0].content",
            .invalidValue
        ),
        (
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"text":"x"}]}]}"#,
            "messages[0].content[0].type", .missingField
        ),
        (
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":1}]}]}"#,
            "messages[0].content[0].text", .invalidValue
        ),
        (#"{"model":"m","max_tokens":1,"messages":[],"temperature":1.5}"#, "temperature", .invalidValue),
        (#"{"model":"m","max_tokens":1,"messages":[],"stream":"yes"}"#, "stream", .invalidValue),
        (#"{"model":"m","max_tokens":1,"messages":[],"tools":[{"input_schema":{}}]}"#, "tools[0].name", .missingField),
        (#"{"model":"m","max_tokens":1,"messages":[],"stop_sequences":[1]}"#, "stop_sequences[0]", .invalidValue),
    ])
    func `a wrong field is named`(body: String, field: String, code: MalformedBody.Code) {
        #expect {
            try Exchange.read(body)
        } throws: { error in
            (error as? MalformedBody)?.field == field && (error as? MalformedBody)?.code == code
        }
    }

    @Test func `a count of tokens needs no limit`() throws {
        let request = try Exchange.read(
            #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#, at: Exchange.count)
        #expect(request.maxOutputTokens == nil)
        #expect(request.turns == [ChatTurn(.user, "Hi")])
    }
}
