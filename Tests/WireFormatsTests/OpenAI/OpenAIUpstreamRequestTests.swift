import Testing

@testable import WireFormats

/// What an upstream of Chat is asked.
@Suite struct OpenAIUpstreamRequestTests {
    private let google = OpaqueState(origin: OpaqueState.google, value: "sig")
    private let anthropic = OpaqueState(origin: OpaqueState.anthropic, value: "s")

    private func call(_ id: String, _ arguments: String = "{}", state: OpaqueState? = nil) -> ChatPart {
        ChatPart(.toolCall(ToolCall(id: id, name: "f", arguments: arguments)), state: state)
    }

    /// What is written of these turns, and which fields were lost.
    private func messages(_ turns: [ChatTurn], model: String = "m") throws -> (String, [String]) {
        let (body, losses) = try OpenAIExchange.encode(ChatRequest(model: model, turns: turns))
        let head = #"{"model":"\#(model)","messages":["#
        #expect(body.hasPrefix(head) && body.hasSuffix("]}"))
        return (String(body.dropFirst(head.count).dropLast(2)), losses.map(\.field))
    }

    /// What is written of a request behind its messages.
    private func fields(
        model: String = "m", for target: TargetTraits = TargetTraits(), _ change: (inout ChatRequest) -> Void
    ) throws -> (String, [String]) {
        var request = ChatRequest(model: model)
        change(&request)
        let (body, losses) = try OpenAIExchange.encode(request, for: target)
        let head = #"{"model":"\#(model)","messages":[]"#
        #expect(body.hasPrefix(head) && body.hasSuffix("}"))
        return (String(body.dropFirst(head.count + 1).dropLast(1)), losses.map(\.field))
    }

    // MARK: Fields

    @Test func `a stream is asked for its usage, unless the target refuses that wish`() throws {
        var traits = TargetTraits()
        #expect(
            try fields(for: traits) { $0.streams = true }.0
                == #""stream":true,"stream_options":{"include_usage":true}"#)
        traits.takesUsageWish = false
        #expect(try fields(for: traits) { $0.streams = true }.0 == #""stream":true"#)
    }

    @Test func `a request is written field by field`() throws {
        var request = ChatRequest(
            model: "gpt-4.1", instructions: [.text("Be brief."), .text("Be kind.")], turns: [ChatTurn(.user, "Hi")])
        request.tools = [
            ChatTool(name: "f", description: "d", schema: Array(#"{"type" : "object"}"#.utf8), isStrict: true),
            ChatTool(name: "g"),
        ]
        (request.toolChoice, request.allowsParallelCalls) = (.named("f"), false)
        (request.maxOutputTokens, request.stop) = (5, ["END", "STOP"])
        (request.sampling.temperature, request.sampling.topP, request.sampling.seed) = (0.5, 1, 7)
        (request.sampling.frequencyPenalty, request.sampling.presencePenalty) = (-1, 2)
        request.sampling.logitBias = Array(#"{"50256":-100}"#.utf8)
        (request.streams, request.reasoning, request.verbosity, request.endUser) = (true, .effort("high"), "low", "u")
        request.answerForm = .schema(
            AnswerSchema(name: "s", description: "d", schema: Array(#"{"type" :"object"}"#.utf8), isStrict: true))
        let (body, losses) = try OpenAIExchange.encode(request)
        #expect(losses.isEmpty)
        #expect(
            body
                == #"{"model":"gpt-4.1","messages":[{"role":"system","content":"Be brief.\n\nBe kind."},{"role":"user","content":"Hi"}],"#
                + #""max_tokens":5,"temperature":0.5,"top_p":1.0,"frequency_penalty":-1.0,"presence_penalty":2.0,"seed":7,"#
                + #""logit_bias":{"50256":-100},"stop":["END","STOP"],"tools":[{"type":"function","function":{"name":"f","description":"d","#
                + #""parameters":{"type" : "object"},"strict":true}},{"type":"function","function":{"name":"g"}}],"#
                + #""tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"#
                + #""response_format":{"type":"json_schema","json_schema":{"name":"s","description":"d","schema":{"type" :"object"},"strict":true}},"#
                + #""reasoning_effort":"high","verbosity":"low","user":"u","stream":true,"stream_options":{"include_usage":true}}"#
        )
    }

    @Test(arguments: [
        ("o1-mini", true), ("openai/o3", true), ("o4-mini", true), ("GPT-5.2", true), ("gpt-4.1", false),
        ("llama-3", false),
        ("openai/gpt-oss-120b", false),
    ])
    func `OpenAI's reasoning models are given the limit that they take`(model: String, isNew: Bool) throws {
        let written = try fields(model: model) { $0.maxOutputTokens = 9 }.0
        #expect(written == (isNew ? #""max_completion_tokens":9"# : #""max_tokens":9"#))
    }

    @Test(
        arguments: [
            (.effort("xhigh"), #""reasoning_effort":"xhigh""#), (.off, #""reasoning_effort":"none""#),
            (.budget(2048), #""reasoning_effort":"low""#), (.budget(9000), #""reasoning_effort":"medium""#),
            (.budget(30_000), #""reasoning_effort":"high""#),
        ] as [(ReasoningWish, String)])
    func `thinking is asked for by a word`(wish: ReasoningWish, written: String) throws {
        #expect(try fields { $0.reasoning = wish } == (written, []))
        let none = try fields(for: TargetTraits(reasoning: TargetTraits.ReasoningStyle.none)) { $0.reasoning = wish }
        #expect(none == ("", wish == .off ? [] : ["reasoning"]))
    }

    @Test func `thinking as the model sees fit has no word, and is lost on models that don't think by themselves`()
        throws
    {
        #expect(try fields { $0.reasoning = .adaptive } == ("", ["reasoning"]))
        #expect(try fields(for: TargetTraits(reasoning: .adaptive)) { $0.reasoning = .adaptive } == ("", []))
    }

    @Test(
        arguments: [
            (.auto, #""auto""#), (ToolChoice.none, #""none""#), (.required, #""required""#),
            (.named("f"), #"{"type":"function","function":{"name":"f"}}"#),
            (
                .allowed(["f"], isRequired: true),
                #"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}"#
            ),
        ] as [(ToolChoice, String)])
    func `every choice of tools has a spelling`(choice: ToolChoice, spelled: String) throws {
        let (written, losses) = try fields(model: "gpt-5") {
            ($0.tools, $0.toolChoice) = ([ChatTool(name: "f"), ChatTool(name: "g")], choice)
        }
        #expect(written.hasSuffix(#"{"name":"g"}}],"tool_choice":"# + spelled) && losses.isEmpty)
        #expect(try fields { ($0.toolChoice, $0.allowsParallelCalls) = (choice, false) } == ("", []))
    }

    @Test func `who isn't OpenAI is offered the allowed tools only`() throws {
        let written = try fields(model: "llama") {
            ($0.tools, $0.toolChoice) = (
                [ChatTool(name: "f"), ChatTool(name: "g")], .allowed(["g"], isRequired: true)
            )
        }
        #expect(written == (#""tools":[{"type":"function","function":{"name":"g"}}],"tool_choice":"required""#, []))
    }

    @Test func `what Chat can't say is lost by name, each once`() throws {
        let (written, losses) = try fields {
            ($0.sampling.topK, $0.sampling.minP) = (40, 0.1)
            $0.cacheHint = CacheHint()
            $0.endUser = String(repeating: "u", count: 65)
            $0.answerForm = .jsonObject
        }
        #expect(written == #""response_format":{"type":"json_object"}"#)
        #expect(losses == ["top_k", "min_p", "user", "cache_control"])
    }

    @Test func `what an answer could not hold is refused`() throws {
        func field(_ change: (inout ChatRequest) -> Void) -> String? {
            #expect(throws: Untranslatable.self) { _ = try fields(change) }?.field
        }
        #expect(field { $0.choices = 2 } == "n")
        #expect(field { $0.logProbabilities = 0 } == "logprobs")
    }

    // MARK: Order

    @Test func `results come right behind their calls, in the calls' order, and the rest behind them`() throws {
        let (written, losses) = try messages([
            ChatTurn(.user, "Hi"), ChatTurn(.assistant, [.text("Well"), call("a"), call("b", "")]),
            ChatTurn(.system, "Now."),
            ChatTurn(.user, [.text("More"), .toolResult(ToolResult(callID: "b", text: "B"))]),
            ChatTurn(.user, [.toolResult(ToolResult(callID: "a", text: "A", isError: true))]),
            ChatTurn(.assistant, "So"),
        ])
        #expect(
            written
                == #"{"role":"user","content":"Hi"},{"role":"assistant","content":"Well","tool_calls":["#
                + #"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},"#
                + #"{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"a","content":"Error: A"},{"role":"tool","tool_call_id":"b","content":"B"},"#
                + #"{"role":"system","content":"Now."},{"role":"user","content":"More"},{"role":"assistant","content":"So"}"#
        )
        #expect(losses.isEmpty)
    }

    @Test func `calls without a result get one, and results without a call are told by the user`() throws {
        let written = try messages([
            ChatTurn(.assistant, [call("a")]), ChatTurn(.assistant, [call("b")]),
            ChatTurn(
                .user,
                [.toolResult(ToolResult(callID: "b", text: "B")), .toolResult(ToolResult(callID: "x", text: "X"))]),
        ]).0
        #expect(
            written
                == #"{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},"#
                + #"{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"a","content":"No result was given for this call."},"#
                + #"{"role":"tool","tool_call_id":"b","content":"B"},"#
                + #"{"role":"user","content":"Result of the tool call x:\n\nX"}"#)
    }

    @Test func `a picture in a result is shown by the user`() throws {
        let image = Media(.base64("iVBORw0"))
        let written = try messages([
            ChatTurn(.assistant, [call("a"), call("b")]),
            ChatTurn(
                .user,
                [
                    .toolResult(ToolResult(callID: "a", parts: [.text("See"), .image(image)])),
                    .toolResult(ToolResult(callID: "b", parts: [.image(image)])), .text("Go on"),
                ]),
        ]).0
        let shown = #"{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0"}}"#
        #expect(
            written.hasSuffix(
                #"{"role":"tool","tool_call_id":"a","content":"See"},{"role":"tool","tool_call_id":"b","content":"The result follows."},"#
                    + #"{"role":"user","content":[{"type":"text","text":"Result of the tool call a:"},\#(shown),"#
                    + #"{"type":"text","text":"Result of the tool call b:"},\#(shown),{"type":"text","text":"Go on"}]}"#
            ))
    }

    @Test func `turns that say nothing are left out, and several texts are one`() throws {
        let written = try messages([
            ChatTurn(.user, []), ChatTurn(.assistant, ""), ChatTurn(.system, ""),
            ChatTurn(.user, [.text("a"), .text(""), .text("b")]), ChatTurn(.assistant, [.text("c"), .text("d")]),
        ])
        #expect(written == (#"{"role":"user","content":"a\n\nb"},{"role":"assistant","content":"cd"}"#, []))
    }

    // MARK: Content

    @Test(
        arguments: [
            (
                .image(Media(.url("https://x/y.png"), detail: "low")),
                #"{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}}"#
            ),
            (
                .image(Media(.base64("/9j/AA"))),
                #"{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/AA"}}"#
            ),
            (
                .image(Media(.base64("AAAA"), mediaType: "image/webp")),
                #"{"type":"image_url","image_url":{"url":"data:image/webp;base64,AAAA"}}"#
            ),
            (
                .document(Media(.base64("JVBE"), mediaType: "application/pdf", name: "a.pdf")),
                #"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}}"#
            ),
            (
                .document(Media(.base64("JVBE"))),
                #"{"type":"file","file":{"filename":"document.pdf","file_data":"data:application/pdf;base64,JVBE"}}"#
            ),
            (.document(Media(.file("file-1"))), #"{"type":"file","file":{"file_id":"file-1"}}"#),
            (
                .audio(Media(.base64("AAAA"), mediaType: "audio/mpeg")),
                #"{"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}}"#
            ),
            (
                .audio(Media(.base64("AAAA"), mediaType: "audio/x-wav")),
                #"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#
            ),
        ] as [(ChatPart.Content, String)])
    func `media are shown as Chat can show them`(content: ChatPart.Content, written: String) throws {
        #expect(
            try messages([ChatTurn(.user, [ChatPart(content)])]) == (#"{"role":"user","content":[\#(written)]}"#, []))
    }

    @Test(
        arguments: [
            (Media(.text("Hé"), name: "a.txt"), #"a.txt\n\nHé"#), (Media(.text("Hé")), "Hé"),
            (Media(.base64("SMOp"), mediaType: "text/plain"), "Hé"),
        ])
    func `documents that are text are sent as text`(media: Media, text: String) throws {
        #expect(
            try messages([ChatTurn(.user, [ChatPart(.document(media))])]).0 == #"{"role":"user","content":"\#(text)"}"#)
    }

    @Test(
        arguments: [
            .image(Media(.url("gs://bucket/x"))), .image(Media(.file("file-1"))),
            .document(Media(.url("https://x/a.pdf"))),
            .audio(Media(.url("https://x/a.mp3"))), .audio(Media(.base64("AAAA"), mediaType: "audio/ogg")),
            .audio(Media(.base64("AAAA"))),
        ] as [ChatPart.Content])
    func `media that Chat can't show are refused`(content: ChatPart.Content) {
        let error = #expect(throws: Untranslatable.self) {
            _ = try messages([ChatTurn(.user, [ChatPart(content)])])
        }
        #expect(error?.field == "messages")
    }

    @Test func `marks and pieces of other providers are lost by name`() throws {
        let hint = CacheHint()
        let foreign = ChatPart(.foreign(ForeignPart(origin: "anthropic", type: "server_tool_use", json: [])))
        let (written, losses) = try messages([
            ChatTurn(.user, [ChatPart(.text("a"), cacheHint: hint), ChatPart(.text("b"), cacheHint: hint)]),
            ChatTurn(.assistant, [foreign, .text("c")]),
        ])
        #expect(written == #"{"role":"user","content":"a\n\nb"},{"role":"assistant","content":"c"}"#)
        #expect(losses == ["cache_control", "messages"])
    }

    // MARK: What only some servers take

    @Test func `reasoning and others' signatures are lost by name`() throws {
        let (written, losses) = try messages([
            ChatTurn(
                .assistant,
                [
                    ChatPart(.reasoning("hm"), state: anthropic), ChatPart(.hiddenReasoning, state: anthropic),
                    ChatPart(.reasoning("hm")), .text("a"), call("a", state: google),
                ])
        ])
        #expect(!written.contains("hm") && !written.contains("sig") && losses == ["reasoning", "thought_signature"])
    }

    @Test func `Gemini gets its signatures back, and DeepSeek what it thought before a call`() throws {
        let gemini = try messages(
            [
                ChatTurn(
                    .assistant,
                    [ChatPart(.text("a"), state: google), call("a", state: google), call("b", state: anthropic)])
            ],
            model: "google/gemini-3-pro")
        let extra = #""extra_content":{"google":{"thought_signature":"sig"}}"#
        #expect(
            gemini.0.hasPrefix(
                #"{"role":"assistant","content":"a",\#(extra),"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},\#(extra)},"#
                    + #"{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]}"#))
        #expect(gemini.1 == ["thought_signature"])

        let thought = [ChatPart(.reasoning("hm")), .text("a")]
        let deepSeek = try messages([ChatTurn(.assistant, thought + [call("a")])], model: "deepseek-reasoner")
        #expect(deepSeek.0.hasPrefix(#"{"role":"assistant","content":"a","reasoning_content":"hm","tool_calls""#))
        #expect(deepSeek.1.isEmpty)
        #expect(
            try messages([ChatTurn(.assistant, thought)], model: "deepseek-reasoner")
                == (#"{"role":"assistant","content":"a"}"#, ["reasoning"]))
    }

    @Test func `ids that a server wouldn't take are replaced, the call's and the result's alike`() throws {
        func ids(_ id: String, _ model: String) throws -> [String] {
            let body = try messages(
                [ChatTurn(.assistant, [call(id)]), ChatTurn(.user, [.toolResult(ToolResult(callID: id, text: "A"))])],
                model: model
            ).0
            #expect(body.contains(#""content":"A""#))
            return body.matches(of: /"(?:id|tool_call_id)":"([^"]*)"/).map { String($0.1) }
        }
        #expect(try ids("toolu_01", "gpt-4.1") == ["toolu_01", "toolu_01"])
        let long = try ids(String(repeating: "x", count: 41), "gpt-4.1")
        #expect(long[0] == long[1] && long[0].count <= 40 && long[0].hasPrefix("call_"))
        let mistral = try ids("toolu_01", "mistral-large-latest")
        #expect(
            mistral[0] == mistral[1] && mistral[0].count == 9 && mistral[0].allSatisfy { $0.isLetter || $0.isNumber })
        #expect(try ids("abc123XYZ", "mistral-large-latest") == ["abc123XYZ", "abc123XYZ"])
    }

    @Test func `a long dialogue is read and written in linear time`() throws {
        let round =
            #"{"role":"user","name":"n","content":[{"type":"text","text":"x"},{"type":"odd"}]},"#
            + #"{"role":"assistant","tool_calls":[{"id":"","function":{"name":"f","arguments":"{}"}}]},"#
            + #"{"role":"tool","tool_call_id":"","content":"r"},"#
            + #"{"role":"assistant","function_call":{"name":"g"}},{"role":"function","name":"g","content":"r"},"#
        let body =
            #"{"model":"m","messages":["# + String(repeating: round, count: 3_000)
            + #"{"role":"user","content":"?"}]}"#
        let request = try OpenAIExchange.decode(body)
        #expect(request.turns.count == 15_001 && request.unread.count == 2)
        let written = try OpenAIExchange.encode(request).0
        #expect(try OpenAIExchange.decode(written).turns.count == 15_001)
    }
}
