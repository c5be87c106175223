import Testing

@testable import WireFormats

/// What a Chat client says.
@Suite struct OpenAIChatRequestTests {
    private func request(_ fields: String) throws -> ChatRequest {
        try OpenAIExchange.decode(#"{"model":"m","messages":[]\#(fields.isEmpty ? "" : ",")\#(fields)}"#)
    }

    @Test func `a request is read field by field`() throws {
        let body = #"""
            {"model":"gpt","messages":[{"role":"system","content":"Be brief."},{"role":"developer","content":[{"type":"text","text":"Be kind."}]},
            {"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","function":{"name":"g"}}]},
            {"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":"two"},
            {"role":"system","content":"Now in verse."},{"role":"assistant","content":"Yes"}],
            "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type" : "object"},"strict":true}}],
            "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"max_tokens":5,"temperature":0.5,
            "top_p":1,"top_k":40,"min_p":0.1,"frequency_penalty":-1,"presence_penalty":2,"seed":7,"logit_bias":{"50256" : -100},
            "stop":["END","STOP"],"stream":true,"stream_options":{"include_usage":true},"n":2,"logprobs":true,"top_logprobs":3,
            "reasoning_effort":"high","verbosity":"low","user":"u","cache_control":{"type":"ephemeral","ttl":"1h"},
            "response_format":{"type":"json_schema","json_schema":{"name":"s","description":"d","schema":{"type" :"object"},"strict":true}}}
            """#
        let read = try OpenAIExchange.decode(body)
        var expected = ChatRequest(
            model: "gpt", instructions: [.text("Be brief."), .text("Be kind.")],
            turns: [
                ChatTurn(.user, [.text("Hi"), .image(Media(url: "https://x/y.png", detail: "low"))]),
                ChatTurn(
                    .assistant,
                    [
                        .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a":1}"#)),
                        .toolCall(ToolCall(id: "c2", name: "g", arguments: "")),
                    ]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "c1", text: "one")),
                        .toolResult(ToolResult(callID: "c2", text: "two")),
                    ]),
                ChatTurn(.system, "Now in verse."), ChatTurn(.assistant, "Yes"),
            ])
        expected.tools = [
            ChatTool(name: "f", description: "d", schema: Array(#"{"type" : "object"}"#.utf8), isStrict: true)
        ]
        (expected.toolChoice, expected.allowsParallelCalls) = (.named("f"), false)
        (expected.maxOutputTokens, expected.stop) = (5, ["END", "STOP"])
        (expected.sampling.temperature, expected.sampling.topP) = (0.5, 1)
        (expected.sampling.topK, expected.sampling.minP, expected.sampling.seed) = (40, 0.1, 7)
        (expected.sampling.frequencyPenalty, expected.sampling.presencePenalty) = (-1, 2)
        expected.sampling.logitBias = Array(#"{"50256" : -100}"#.utf8)
        (expected.streams, expected.asksForUsage, expected.choices) = (true, true, 2)
        (expected.logProbabilities, expected.reasoning) = (3, .effort("high"))
        (expected.verbosity, expected.endUser, expected.cacheHint) = ("low", "u", CacheHint(lifetime: "1h"))
        expected.answerForm = .schema(
            AnswerSchema(name: "s", description: "d", schema: Array(#"{"type" :"object"}"#.utf8), isStrict: true))
        #expect(read == expected)
    }

    @Test func `null counts as left out, and a body of nothing but what must be is enough`() throws {
        let nulls = [
            "temperature", "top_p", "stop", "n", "stream", "stream_options", "tools", "tool_choice", "logit_bias",
            "user",
            "response_format", "reasoning_effort", "max_tokens", "logprobs", "modalities", "audio", "functions",
            "metadata",
        ]
        let read = try request(nulls.map { #""\#($0)":null"# }.joined(separator: ","))
        #expect(read == ChatRequest(model: "m"))
        #expect(try request(#""logprobs":false,"top_logprobs":2,"logit_bias":{ }"#) == ChatRequest(model: "m"))
    }

    @Test(arguments: [
        (#"{"role":"robot","content":"x"}"#, "messages[0].role"), (#"{"role":"user"}"#, "messages[0].content"),
        (#"{"role":"user","content":7}"#, "messages[0].content"),
        (#"{"role":"user","content":null}"#, "messages[0].content"),
        (#"{"role":"user","content":[{"type":"input_audio"}]}"#, "messages[0].content[0].input_audio"),
        (#"{"role":"user","content":[{"text":"x"}]}"#, "messages[0].content[0].type"),
        (#"{"role":"user","content":"x","cache_control":true}"#, "messages[0].cache_control"),
        (#"{"role":"tool","content":"x"}"#, "messages[0].tool_call_id"),
        (#"{"role":"tool","tool_call_id":"c"}"#, "messages[0].content"),
        (#"{"role":"assistant","tool_calls":[{"id":"c"}]}"#, "messages[0].tool_calls[0].function"),
    ])
    func `a message that can't be read is refused by name`(message: String, field: String) throws {
        let error = #expect(throws: MalformedBody.self) {
            _ = try OpenAIExchange.decode(#"{"model":"m","messages":[\#(message)]}"#)
        }
        #expect(error?.field == field)
    }

    @Test(arguments: [
        (#""temperature":3"#, "temperature"), (#""stop":[1]"#, "stop[0]"), (#""logit_bias":[]"#, "logit_bias"),
        (#""reasoning_effort":1"#, "reasoning_effort"), (#""thinking":{}"#, "thinking.type"),
        (#""tool_choice":"perhaps""#, "tool_choice"), (#""tools":[{"type":"function"}]"#, "tools[0].function"),
        (#""response_format":{"type":"json_schema"}"#, "response_format.json_schema"), (#""n":0"#, "n"),
    ])
    func `a field of the wrong type is refused by name`(fields: String, field: String) {
        #expect(#expect(throws: MalformedBody.self) { _ = try request(fields) }?.field == field)
    }

    @Test(
        arguments: [
            (#""auto""#, .auto), (#""none""#, ToolChoice.none), (#""required""#, .required), (#""any""#, .required),
            (#"{"type":"function","function":{"name":"f"}}"#, .named("f")), (#"{"name":"f"}"#, .named("f")),
            (#"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[]}}"#, .required),
            (
                #"{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}"#,
                .allowed(["f"], isRequired: false)
            ),
        ] as [(String, ToolChoice)])
    func `every spelling of the tool choice is known`(text: String, choice: ToolChoice) throws {
        #expect(try request(#""tool_choice":\#(text)"#).toolChoice == choice)
    }

    @Test(
        arguments: [
            (#""reasoning_effort":"none""#, .off), (#""reasoning_effort":"xhigh""#, .effort("xhigh")),
            (#""thinking":{"type":"enabled","budget_tokens":2000}"#, .budget(2000)),
            (#""thinking":{"type":"disabled"},"reasoning_effort":"high""#, .off),
            (#""thinking":{"type":"adaptive"}"#, .adaptive),
            (#""thinking":{"type":"adaptive"},"reasoning_effort":"low""#, .effort("low")),
            (#""reasoning":{"max_tokens":2000}"#, .budget(2000)),
            (#""reasoning":{"effort":"medium"}"#, .effort("medium")),
            (#""reasoning":{"enabled":false}"#, .off), (#""reasoning":{}"#, .adaptive),
        ] as [(String, ReasoningWish)])
    func `thinking is asked for in OpenAI's, Anthropic's or OpenRouter's words`(text: String, wish: ReasoningWish)
        throws
    {
        #expect(try request(text).reasoning == wish)
    }

    // MARK: Fields without a place

    @Test func `what the model has no place for is named, once, and what says nothing isn't`() throws {
        let read = try request(
            #""store":false,"metadata":{},"service_tier":"auto","prediction":{"type":"content"},"parallel":[],"#
                + #""x":1,"stream_options":{"include_obfuscation":true},"modalities":["text"]"#)
        #expect(read.unread == [UnreadField("service_tier"), UnreadField("prediction"), UnreadField("x")])
        let many = (0..<100).map { #""x\#($0)":1"# }.joined(separator: ",")
        #expect(try request(many).unread.count == 32)
    }

    @Test(arguments: [
        (#""modalities":["text","audio"],"audio":{"voice":"alloy"}"#, "modalities", "asks for audio"),
        (#""web_search_options":{}"#, "web_search_options", "asks the provider to search the web"),
        (
            #""tools":[{"type":"web_search"},{"type":"web_search"}]"#, "tools",
            "offers a tool that is neither a function nor a plain custom one"
        ),
        (
            #""tools":[{"type":"custom","custom":{"name":"x","format":{"type":"dance"}}}]"#, "tools",
            "offers a tool that is neither a function nor a plain custom one"
        ),
        (
            #""tool_choice":{"type":"web_search"}"#, "tool_choice",
            "wants a tool that is neither a function nor a custom one"
        ),
        (
            #""response_format":{"type":"grammar","value":"x"}"#, "response_format",
            "asks for a form that only its own provider knows"
        ),
    ])
    func `what an answer in another format would lack is an objection`(
        text: String, field: String, objection: String
    ) throws {
        #expect(try request(text).unread == [UnreadField(field, objection: objection)])
    }

    @Test func `a person's name, unknown parts and stored audio are noted where they are first met`() throws {
        let read = try OpenAIExchange.decode(
            #"""
            {"model":"m","messages":[{"role":"user","name":"Ann","content":"x"},{"role":"user","name":"Bo","content":[{"type":"text","text":"y"},{"type":"video_url","video_url":{}}]},
            {"role":"assistant","audio":{"id":"a"}},{"role":"user","content":[{"type":"video_url"}]}]}
            """#)
        #expect(
            read.unread == [
                UnreadField("messages[0].name"),
                UnreadField("messages[1].content[1]", objection: "holds what only its own provider understands"),
                UnreadField("messages[2].audio", objection: "refers to audio that only its own provider has"),
            ])
        #expect(read.turns.map(\.text) == ["x", "y", "", ""])
    }

    // MARK: Content

    @Test(
        arguments: [
            (#"{"type":"text","text":"a"}"#, .text("a")), (#"{"type":"refusal","refusal":"no"}"#, .refusal("no")),
            (#"{"type":"image_url","image_url":"https://x/y"}"#, .image(Media(.url("https://x/y")))),
            (
                #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#,
                .image(Media(.base64("AAAA"), mediaType: "image/png"))
            ),
            (
                #"{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}"#,
                .audio(Media(.base64("AAAA"), mediaType: "audio/mpeg"))
            ),
            (
                #"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#,
                .audio(Media(.base64("AAAA"), mediaType: "audio/wav"))
            ),
            (
                #"{"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE","filename":"a.pdf"}}"#,
                .document(Media(.base64("JVBE"), mediaType: "application/pdf", name: "a.pdf"))
            ),
            (
                #"{"type":"file","file":{"file_data":"JVBE"}}"#,
                .document(Media(.base64("JVBE"), mediaType: "application/pdf"))
            ),
            (#"{"type":"file","file":{"file_data":"https://x/a.pdf"}}"#, .document(Media(.url("https://x/a.pdf")))),
            (
                #"{"type":"file","file":{"file_id":"file-1"}}"#,
                .document(Media(.file("file-1"), keeper: OpaqueState.openAI))
            ),
            (
                #"{"type":"file","file":{"file_data":"data:image/png;base64,AAAA"}}"#,
                .image(Media(.base64("AAAA"), mediaType: "image/png"))
            ),
            (#"{"type":"document_url","document_url":"https://x/a"}"#, .document(Media(.url("https://x/a")))),
        ] as [(String, ChatPart.Content)])
    func `every kind of part has a place`(part: String, content: ChatPart.Content) throws {
        #expect(try OpenAIExchange.turn(#"{"role":"user","content":[\#(part)]}"#).parts == [ChatPart(content)])
    }

    @Test func `cache_control is kept on parts, messages, tools and results`() throws {
        let mark = #""cache_control":{"type":"ephemeral"}"#
        let read = try OpenAIExchange.decode(
            #"""
            {"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"s",\#(mark)}]},{"role":"user","content":"u",\#(mark)},
            {"role":"assistant","content":"a","tool_calls":[{"id":"c","function":{"name":"f"}}],\#(mark)},
            {"role":"tool","tool_call_id":"c","name":"f","content":[{"type":"text","text":"r",\#(mark)},{"type":"image_url","image_url":{"url":"https://x/y"}}]}],
            "tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral","ttl":"5m"}},{"type":"function","function":{"name":"g",\#(mark)}}]}
            """#)
        #expect(read.instructions == [ChatPart(.text("s"), cacheHint: CacheHint())])
        #expect(read.tools.map(\.cacheHint) == [CacheHint(lifetime: "5m"), CacheHint()])
        let result = ToolResult(
            callID: "c", name: "f", parts: [.text("r"), .image(Media(.url("https://x/y")))])
        #expect(
            read.turns.map(\.parts) == [
                [ChatPart(.text("u"), cacheHint: CacheHint())],
                [
                    .text("a"),
                    ChatPart(.toolCall(ToolCall(id: "c", name: "f", arguments: "")), cacheHint: CacheHint()),
                ],
                [ChatPart(.toolResult(result), cacheHint: CacheHint())],
            ])
    }

    @Test func `the older functions are tools, and their results are paired by name`() throws {
        let read = try OpenAIExchange.decode(
            #"""
            {"model":"m","functions":[{"name":"f","parameters":{}}],"function_call":"auto","messages":[{"role":"user","content":"x"},
            {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"1"}},{"role":"function","name":"f","content":"one"},
            {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"2"}},{"role":"function","name":"f","content":"two"}]}
            """#)
        #expect(read.tools == [ChatTool(name: "f", schema: Array("{}".utf8))] && read.toolChoice == .auto)
        #expect(read.allowsParallelCalls == false && read.manner != nil && read.unread.isEmpty)
        #expect(
            read.turns.dropFirst().map(\.parts) == [
                [.toolCall(ToolCall(id: "call_1", name: "f", arguments: "1"))],
                [.toolResult(ToolResult(callID: "call_1", name: "f", text: "one"))],
                [.toolCall(ToolCall(id: "call_2", name: "f", arguments: "2"))],
                [.toolResult(ToolResult(callID: "call_2", name: "f", text: "two"))],
            ])
    }

    @Test func `calls without ids are paired with their results in order`() throws {
        let read = try OpenAIExchange.decode(
            #"""
            {"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"","function":{"name":"f"}},{"id":"","function":{"name":"f"}}]},
            {"role":"tool","tool_call_id":"","content":"one"},{"role":"tool","tool_call_id":"","content":null}]}
            """#)
        #expect(
            read.turns.map(\.parts) == [
                [
                    .toolCall(ToolCall(id: "call_1", name: "f", arguments: "")),
                    .toolCall(ToolCall(id: "call_2", name: "f", arguments: "")),
                ],
                [
                    .toolResult(ToolResult(callID: "call_1", text: "one")),
                    .toolResult(ToolResult(callID: "call_2", parts: [])),
                ],
            ])
    }

    // MARK: What the model said before

    @Test func `a model's refusal, its custom calls and its silence are read`() throws {
        #expect(
            try OpenAIExchange.turn(#"{"role":"assistant","content":null,"refusal":"no"}"#).parts
                == [ChatPart(.refusal("no"))])
        #expect(
            try OpenAIExchange.turn(
                #"{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"x","input":"raw"}}]}"#
            ).parts == [.toolCall(ToolCall(id: "c", name: "x", arguments: "raw", isCustom: true))])
        #expect(try OpenAIExchange.turn(#"{"role":"assistant","content":""}"#).parts == [])
    }

    private func parts(_ fields: String) throws -> [ChatPart] {
        try OpenAIExchange.turn(#"{"role":"assistant","content":"a",\#(fields)}"#).parts
    }

    @Test func `reasoning as a string has no signature`() throws {
        let expected = [ChatPart(.reasoning("hm")), .text("a")]
        #expect(try parts(#""reasoning_content":"hm""#) == expected)
        #expect(try parts(#""reasoning":"hm","reasoning_content":"hm""#) == expected)
        #expect(try parts(#""reasoning":null,"reasoning_details":null"#) == [.text("a")])
        let typed =
            #"{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"a"}]}"#
        #expect(try OpenAIExchange.turn(typed).parts == expected)
    }

    @Test(arguments: [
        ("anthropic-claude-v1", OpaqueState.anthropic), ("google-gemini-v1", OpaqueState.google),
        ("openai-responses-v1", OpaqueState.openAI), ("xai-responses-v1", "xai-responses-v1"),
    ])
    func `reasoning_details say whose the state is`(format: String, origin: String) throws {
        let state = OpaqueState(origin: origin, value: "s+/=", id: "i")
        #expect(
            try parts(
                #""reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s+/=","format":"\#(format)","id":"i","index":0},"#
                    + #"{"type":"reasoning.encrypted","data":"s+/=","id":"i","format":"\#(format)","index":1}]"#)
                == [ChatPart(.reasoning("hm"), state: state), ChatPart(.hiddenReasoning, state: state), .text("a")])
    }

    @Test func `reasoning_details without a format are Claude's, and their pieces belong together by index`() throws {
        let signed = OpaqueState(origin: OpaqueState.anthropic, value: "s")
        #expect(
            try parts(#""reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s"}]"#)
                == [ChatPart(.reasoning("hm"), state: signed), .text("a")])
        #expect(
            try parts(
                #""reasoning_details":[{"type":"reasoning.text","text":"h","index":0},{"type":"reasoning.text","text":"m","index":0},{"type":"reasoning.text","signature":"s","index":0},{"type":"reasoning.text","text":"","signature":"s","index":1}]"#
            ) == [ChatPart(.reasoning("hm"), state: signed), ChatPart(.reasoning(""), state: signed), .text("a")])
    }

    @Test func `a summary belongs to the sealed reasoning behind it`() throws {
        let sealed = OpaqueState(origin: OpaqueState.openAI, value: "gAAA", id: "rs_1")
        #expect(
            try parts(
                #""reasoning_details":[{"type":"reasoning.summary","summary":"hm","format":"openai-responses-v1","index":0},{"type":"reasoning.encrypted","data":"gAAA","id":"rs_1","format":"openai-responses-v1","index":0}]"#
            ) == [ChatPart(.reasoning("hm"), state: sealed), .text("a")])
    }

    @Test func `Gemini's signatures go to the calls and texts that they were made for`() throws {
        let state = OpaqueState(origin: OpaqueState.google, value: "sig")
        let call = ToolCall(id: "c", name: "f", arguments: "{}")
        let calls = #""tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}"#
        for fields in [
            calls + #","extra_content":{"google":{"thought_signature":"sig"}}}]"#,
            calls + #","extra_content":{"vertex":{"thought_signature":"sig"}}}]"#,
            calls
                + #"}],"reasoning_details":[{"type":"reasoning.encrypted","data":"sig","id":"c","format":"google-gemini-v1"}]"#,
        ] { #expect(try parts(fields) == [.text("a"), ChatPart(.toolCall(call), state: state)]) }
        #expect(
            try parts(#""extra_content":{"google":{"thought_signature":"sig"}}"#)
                == [ChatPart(.text("a"), state: state)])
        #expect(
            try OpenAIExchange.turn(
                #"{"role":"assistant",\#(calls)}],"extra_content":{"google":{"thought_signature":"sig"}}}"#
            ).parts == [ChatPart(.toolCall(call), state: state)])
    }

    @Test func `a signature without a text or a call is kept`() throws {
        let state = OpaqueState(origin: OpaqueState.google, value: "sig")
        let message = #"{"role":"assistant","content":"","extra_content":{"google":{"thought_signature":"sig"}}}"#
        #expect(try OpenAIExchange.turn(message).parts == [ChatPart(.text(""), state: state)])
    }

    @Test func `very many pieces are read in linear time`() throws {
        let details = Array(repeating: #"{"type":"reasoning.text","text":"x","index":0}"#, count: 10_000)
        let message = #"{"role":"assistant","reasoning_details":[\#(details.joined(separator: ","))]}"#
        #expect(try OpenAIExchange.turn(message).parts == [ChatPart(.reasoning(String(repeating: "x", count: 10_000)))])
        let call = #"{"role":"assistant","tool_calls":[{"id":"call","function":{"name":"f"}}]},"#
        let result = #"{"role":"tool","tool_call_id":"call","content":"r"},"#
        let body =
            #"{"model":"m","messages":["# + String(repeating: call, count: 5_000)
            + String(repeating: result, count: 5_000) + #"{"role":"user","content":"?"}]}"#
        let written = try OpenAIExchange.encode(OpenAIExchange.decode(body)).0
        #expect(try OpenAIExchange.decode(written).turns.count == 4)
    }
}
