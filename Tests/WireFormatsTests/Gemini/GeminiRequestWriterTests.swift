import Testing

@testable import WireFormats

@Suite struct GeminiRequestWriterTests {
    private func request(_ turns: ChatTurn..., model: String = "gemini-2.5-flash") -> ChatRequest {
        ChatRequest(model: model, turns: turns.isEmpty ? [ChatTurn(.user, "Hi")] : turns)
    }

    private func call(_ id: String, _ name: String = "f", state: OpaqueState? = nil) -> ChatPart {
        ChatPart(.toolCall(ToolCall(id: id, name: name, arguments: #"{"a": 1.0}"#)), state: state)
    }

    @Test func `every field is written`() throws {
        var request = request()
        request.instructions = [.text("Be kind."), .text("Be brief.")]
        request.tools = [
            ChatTool(name: "f", description: "Does f.", schema: Array(#"{"type":"object"}"#.utf8)), ChatTool(name: "g"),
        ]
        request.toolChoice = .auto
        request.sampling.temperature = 1.5
        request.sampling.topP = 0.5
        request.sampling.topK = 40
        request.sampling.seed = -7
        request.sampling.presencePenalty = 0.25
        request.sampling.frequencyPenalty = -0.5
        request.maxOutputTokens = 2000
        request.stop = ["a", "b"]
        request.reasoning = .budget(512)
        request.allowsParallelCalls = true
        let written = try Gemini.encode(request, for: TargetTraits(longestAnswer: 1024))
        #expect(
            written
                == [
                    #"{"systemInstruction":{"parts":[{"text":"Be kind."},{"text":"Be brief."}]},"#,
                    #""contents":[{"role":"user","parts":[{"text":"Hi"}]}],"#,
                    #""tools":[{"functionDeclarations":[{"name":"f","description":"Does f.","#,
                    #""parametersJsonSchema":{"type":"object"}},{"name":"g"}]}],"#,
                    #""toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},"#,
                    #""generationConfig":{"temperature":1.5,"topP":0.5,"topK":40,"maxOutputTokens":1024,"#,
                    #""stopSequences":["a","b"],"seed":-7,"presencePenalty":0.25,"frequencyPenalty":-0.5,"#,
                    #""thinkingConfig":{"thinkingBudget":512,"includeThoughts":true}}}"#,
                ].joined())
        #expect(try Gemini.losses(request).isEmpty)
    }

    @Test func `what was written before stays in front`() throws {
        var body = Array("x".utf8)
        _ = try GeminiUpstreamCodec().encode(request(), for: TargetTraits(), into: &body)
        #expect(body.text.hasPrefix(#"x{"contents""#))
    }

    @Test func `a dialogue of system texts alone is sent as the user's`() throws {
        var request = ChatRequest(model: "m")
        request.instructions = [.text("Be kind.")]
        #expect(
            try Gemini.encode(request)
                == #"{"contents":[{"role":"user","parts":[{"text":"Be kind."}]}],"generationConfig":{}}"#)
    }

    @Test func `results stand together in the calls' order, and what they show comes behind them`() throws {
        let written = try Gemini.encode(
            request(
                ChatTurn(.user, "Go"),
                ChatTurn(.assistant, [.text("Well."), call("call_a"), call("call_b"), call("call_c", "g")]),
                ChatTurn(
                    .user,
                    [
                        .text("And?"),
                        .toolResult(ToolResult(callID: "call_c", text: "gone", isError: true)),
                        .toolResult(
                            ToolResult(callID: "call_b", parts: [.image(Media(.base64("iVBORw0KGgo=")))])),
                        .toolResult(ToolResult(callID: "call_a", text: #" {"x": 1}"#)),
                    ])))
        #expect(
            written
                == [
                    #"{"contents":[{"role":"user","parts":[{"text":"Go"}]},{"role":"model","parts":[{"text":"Well."},"#,
                    #"{"functionCall":{"name":"f","args":{"a": 1.0}}},{"functionCall":{"name":"f","args":{"a": 1.0}}},"#,
                    #"{"functionCall":{"name":"g","args":{"a": 1.0}}}]},"#,
                    #"{"role":"user","parts":[{"functionResponse":{"name":"f","response": {"x": 1}}},"#,
                    #"{"functionResponse":{"name":"f","response":{"result":"The result follows."}}},"#,
                    #"{"functionResponse":{"name":"g","response":{"error":"gone"}}}]},"#,
                    #"{"role":"user","parts":[{"text":"From the result of f:"},"#,
                    #"{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},{"text":"And?"}]}],"#,
                    #""generationConfig":{}}"#,
                ].joined())
    }

    @Test func `only ids of Google's own go back to it`() throws {
        let written = try Gemini.encode(
            request(
                ChatTurn(.assistant, [call("g98os1Jf"), call("call_4711", "g")]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "g98os1Jf", text: "x")),
                        .toolResult(ToolResult(callID: "call_4711", text: "[1]")),
                    ])))
        #expect(written.contains(#"{"functionCall":{"id":"g98os1Jf","name":"f","#))
        #expect(written.contains(#"{"functionResponse":{"id":"g98os1Jf","name":"f","response":{"result":"x"}}}"#))
        #expect(written.contains(#"{"functionResponse":{"name":"g","response":{"result":"[1]"}}}"#))
        #expect(!written.contains("call_4711"))
    }

    @Test func `a call without a result gets one, and arguments that are no object are wrapped`() throws {
        let broken = ChatPart.toolCall(ToolCall(id: "x", name: "f", arguments: "{oh"))
        let written = try Gemini.encode(request(ChatTurn(.assistant, [broken, call("y")])))
        #expect(written.contains(#""args":{"_raw":"{oh"}"#))
        #expect(written.contains(#""response":{"error":"No result was given for this call."}"#))
    }

    @Test func `Google's signatures go back byte for byte, with their parts; others stay behind`() throws {
        let parts = [
            ChatPart(.reasoning("Hm."), state: Gemini.google("a/+_-=")),
            ChatPart(.reasoning("Foreign."), state: OpaqueState(origin: OpaqueState.anthropic, value: "no")),
            ChatPart(.reasoning("Unsigned.")),
            ChatPart(.hiddenReasoning, state: OpaqueState(origin: OpaqueState.openAI, value: "no")),
            ChatPart(.text("Yes."), state: Gemini.google("b")),
            call("1", state: Gemini.google("c")), call("2"), ChatPart(.text(""), state: Gemini.google("d")),
        ]
        let request = request(ChatTurn(.user, "Go"), ChatTurn(.assistant, parts), model: "gemini-3.1-pro-preview")
        let written = try Gemini.encode(request)
        #expect(
            written.contains(
                [
                    #""parts":[{"text":"Hm.","thought":true,"thoughtSignature":"a/+_-="},"#,
                    #"{"text":"Yes.","thoughtSignature":"b"},"#,
                    #"{"functionCall":{"name":"f","args":{"a": 1.0}},"thoughtSignature":"c"},"#,
                    #"{"functionCall":{"name":"f","args":{"a": 1.0}}},{"text":"","thoughtSignature":"d"}]"#,
                ].joined()))
        #expect(try Gemini.losses(request) == ["reasoning"])
    }

    @Test func `a signature that came apart belongs to the next call`() throws {
        let loose = ChatPart(.hiddenReasoning, state: Gemini.google("s"))
        let called = request(ChatTurn(.assistant, [loose, .text("So."), call("1")]), model: "gemini-3-flash")
        #expect(try Gemini.encode(called).contains(#""args":{"a": 1.0}},"thoughtSignature":"s"}"#))
        #expect(try Gemini.losses(called).isEmpty)
        let second = ChatPart(.hiddenReasoning, state: Gemini.google("t"))
        let both = try Gemini.encode(request(ChatTurn(.assistant, [loose, second, call("1"), call("2")])))
        #expect(
            both.contains(
                #""thoughtSignature":"s"},{"functionCall":{"name":"f","args":{"a": 1.0}},"thoughtSignature":"t"}"#))
        let said = request(ChatTurn(.assistant, [loose, .text("So.")]))
        #expect(try Gemini.encode(said).contains(#"{"text":"So."},{"text":"","thoughtSignature":"s"}"#))
    }

    @Test(arguments: [
        ("gemini-3-pro-preview", true), ("gemini-3.6-flash", true), ("models/gemini-4-ultra", true),
        ("gemini-flash-latest", true), ("gemini-2.5-flash", false), ("gemini-1.5-pro", false), ("my-model", false),
    ])
    func `a lost signature is made up for where its lack would be refused, on the first call alone`(
        model: String, isNeeded: Bool
    ) throws {
        let request = request(ChatTurn(.user, "Go"), ChatTurn(.assistant, [call("1"), call("2")]), model: model)
        let written = try Gemini.encode(request)
        #expect(written.split(separator: "skip_thought_signature_validator").count == (isNeeded ? 2 : 1))
        #expect(try Gemini.losses(request) == (isNeeded ? ["thought_signature"] : []))
    }

    @Test func `a name that Google refuses is another one wherever the tool is named`() throws {
        var request = request(ChatTurn(.assistant, [call("1", "1st")]))
        request.tools = [ChatTool(name: "1st"), ChatTool(name: "a.b:c-d_e")]
        request.toolChoice = .named("1st")
        let written = try Gemini.encode(request)
        #expect(written.split(separator: #""_1st_"#).count == 5 && !written.contains(#""1st""#))
        #expect(written.contains(#""name":"a.b:c-d_e""#))
    }

    @Test func `how tools may be called`() throws {
        var request = request()
        request.tools = [ChatTool(name: "f"), ChatTool(name: "g"), ChatTool(name: "h")]
        func config(_ choice: ToolChoice?) throws -> String {
            request.toolChoice = choice
            let written = try Gemini.encode(request)
            guard let start = written.firstRange(of: #""functionCallingConfig":"#) else { return "" }
            return String(written[start.upperBound...].prefix { $0 != "}" }) + "}"
        }
        #expect(try config(nil) == "" && config(.auto) == #"{"mode":"AUTO"}"#)
        #expect(try config(ToolChoice.none) == #"{"mode":"NONE"}"# && config(.required) == #"{"mode":"ANY"}"#)
        #expect(try config(.named("g")) == #"{"mode":"ANY","allowedFunctionNames":["g"]}"#)
        #expect(
            try config(.allowed(["f", "h"], isRequired: true)) == #"{"mode":"ANY","allowedFunctionNames":["f","h"]}"#)
        // A choice among some that need not be made is made by leaving out the others.
        #expect(try config(.allowed(["f"], isRequired: false)) == #"{"mode":"AUTO"}"#)
        #expect(try Gemini.encode(request).contains(#"[{"name":"f"}]"#))
        request.tools = []
        #expect(try config(.required) == "")
    }

    @Test func `an answer's form is asked for in fields, or in words where tools forbid that`() throws {
        var request = request()
        request.answerForm = .schema(AnswerSchema(name: "a", schema: Array(#"{"type":"object"}"#.utf8)))
        #expect(
            try Gemini.encode(request).hasSuffix(
                #"{"responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}}"#))
        request.tools = [ChatTool(name: "f")]
        let inWords = try Gemini.encode(request)
        #expect(inWords.contains(#"follows this schema: {\"type\":\"object\"}"#))
        #expect(!inWords.contains("responseMimeType"))
        #expect(try Gemini.losses(request) == ["response_format"])
        request.model = "gemini-3-flash-preview"
        #expect(try Gemini.encode(request).contains("responseJsonSchema"))
        request.answerForm = .jsonObject
        #expect(try Gemini.encode(request).hasSuffix(#"{"responseMimeType":"application/json"}}"#))
        #expect(try Gemini.losses(request).isEmpty)
    }

    @Test(
        arguments: [
            (ReasoningWish.off, #"{"thinkingBudget":0}"#),
            (.adaptive, #"{"thinkingBudget":-1,"includeThoughts":true}"#),
            (.effort("none"), #"{"thinkingBudget":0}"#),
            (.effort("minimal"), #"{"thinkingBudget":1024,"includeThoughts":true}"#),
            (.effort("medium"), #"{"thinkingBudget":8192,"includeThoughts":true}"#),
            (.effort("xhigh"), #"{"thinkingBudget":24576,"includeThoughts":true}"#),
            (.budget(31_999), #"{"thinkingBudget":24576,"includeThoughts":true}"#),
        ] as [(ReasoningWish, String)])
    func `models with budgets are told how much to think in tokens`(wish: ReasoningWish, config: String) throws {
        var request = request()
        request.reasoning = wish
        #expect(try Gemini.encode(request).hasSuffix(#""thinkingConfig":\#(config)}}"#))
        #expect(try Gemini.losses(request) == (wish == .budget(31_999) ? ["reasoning"] : []))
    }

    @Test(
        arguments: [
            // longest answer wanted, the model's longest, budget → both as sent
            (5000, nil, 2000, 5000, 2000, []), (500, nil, 24_576, 25_076, 24_576, ["max_tokens"]),
            (1000, 2500, 2000, 2500, 1500, ["reasoning", "max_tokens"]), (1000, 1100, 2000, 1000, 0, ["reasoning"]),
            (300, 300, 300, 300, 0, ["reasoning"]), (Int.max, nil, Int.max, Int.max, 24_576, ["reasoning"]),
        ] as [(Int, Int?, Int, Int, Int, [String])])
    func `the budget has room in the longest answer`(
        limit: Int, longest: Int?, budget: Int, sentLimit: Int, sentBudget: Int, losses: [String]
    ) throws {
        var request = request()
        request.maxOutputTokens = limit
        request.reasoning = .budget(budget)
        let traits = TargetTraits(longestAnswer: longest)
        let shows = sentBudget > 0 ? #","includeThoughts":true"# : ""
        let config =
            #"{"maxOutputTokens":\#(sentLimit),"thinkingConfig":{"thinkingBudget":\#(sentBudget)\#(shows)}}}"#
        #expect(try Gemini.encode(request, for: traits).hasSuffix(config))
        #expect(try Gemini.losses(request, for: traits) == losses)
    }

    @Test(
        arguments: [
            (ReasoningWish.off, #"{"thinkingLevel":"low"}"#, true), (.adaptive, #"{"includeThoughts":true}"#, false),
            (.effort("minimal"), #"{"thinkingLevel":"low","includeThoughts":true}"#, false),
            (.effort("low"), #"{"thinkingLevel":"low","includeThoughts":true}"#, false),
            (.effort("high"), #"{"thinkingLevel":"high","includeThoughts":true}"#, false),
            (.effort("max"), #"{"thinkingLevel":"high","includeThoughts":true}"#, true),
            (.budget(5000), #"{"thinkingLevel":"medium","includeThoughts":true}"#, false),
        ] as [(ReasoningWish, String, Bool)])
    func `models with levels are told in a word`(wish: ReasoningWish, config: String, isLossy: Bool) throws {
        for (model, traits) in [
            ("tuned", TargetTraits(reasoning: .adaptive)), ("gemini-3.1-pro-preview", TargetTraits()),
        ] {
            var request = request(model: model)
            request.reasoning = wish
            #expect(try Gemini.encode(request, for: traits).hasSuffix(#""thinkingConfig":\#(config)}}"#))
            #expect(try Gemini.losses(request, for: traits) == (isLossy ? ["reasoning"] : []))
        }
    }

    @Test func `models that always or never think`() throws {
        var request = request(model: "gemini-2.5-pro")
        request.reasoning = .off
        #expect(try Gemini.encode(request).hasSuffix(#""thinkingConfig":{"thinkingBudget":128}}}"#))
        #expect(try Gemini.losses(request) == ["reasoning"])
        request.reasoning = .effort("high")
        let traits = TargetTraits(reasoning: TargetTraits.ReasoningStyle.none)
        #expect(try Gemini.encode(request, for: traits).hasSuffix(#""generationConfig":{}}"#))
        #expect(try Gemini.losses(request, for: traits) == ["reasoning"])
        request.reasoning = .off
        #expect(try Gemini.losses(request, for: traits).isEmpty)
    }

    @Test func `what can't be said is reported, each field once`() throws {
        var request = request(
            ChatTurn(
                .user,
                [
                    ChatPart(.text("a"), cacheHint: CacheHint()), .image(Media(.base64("AAAA"), detail: "high")),
                    .image(Media(.base64("AAAA"), detail: "low")),
                    ChatPart(.foreign(ForeignPart(origin: "anthropic", type: "x", json: []))),
                ]))
        request.sampling.minP = 0.1
        request.sampling.logitBias = Array("{}".utf8)
        request.sampling.seed = 1 << 40
        request.stop = ["1", "2", "3", "4", "5", "6"]
        request.allowsParallelCalls = false
        request.verbosity = "low"
        request.endUser = "u"
        #expect(
            try Set(Gemini.losses(request)) == [
                "image_detail", "messages", "min_p", "logit_bias", "seed", "stop", "parallel_tool_calls", "verbosity",
                "user", "cache_control",
            ])
        #expect(try Gemini.losses(request).count == 10)
        #expect(try Gemini.encode(request).contains(#""stopSequences":["1","2","3","4","5"]"#))
    }

    @Test func `what would get another answer is refused`() {
        func refusal(_ change: (inout ChatRequest) -> Void) -> String? {
            var request = request()
            change(&request)
            return #expect(throws: Untranslatable.self) { try Gemini.encode(request) }?.field
        }
        #expect(refusal { $0.choices = 2 } == "n")
        #expect(refusal { $0.logProbabilities = 0 } == "logprobs")
        for source in [Media.Source.url("https://example.com/a.png"), .file("file-123")] {
            #expect(refusal { $0.turns = [ChatTurn(.user, [.image(Media(source))])] } == "messages")
        }
    }

    @Test(
        arguments: [
            (
                ChatPart.Content.image(Media(.base64("/9j/4AAQ"))),
                #"{"inlineData":{"mimeType":"image/jpeg","data":"/9j/4AAQ"}}"#
            ),
            (.image(Media(.base64("AAAA"))), #"{"inlineData":{"mimeType":"image/png","data":"AAAA"}}"#),
            (
                .image(Media(.base64("UklGRhIAAABXRUJQ"), mediaType: nil)),
                #"{"inlineData":{"mimeType":"image/webp","data":"UklGRhIAAABXRUJQ"}}"#
            ),
            (
                .document(Media(.base64("JVBERi0x"))),
                #"{"inlineData":{"mimeType":"application/pdf","data":"JVBERi0x"}}"#
            ),
            (.document(Media(.text("Once."), name: "Tale")), #"{"text":"Tale\n\nOnce."}"#),
            (
                .audio(Media(.base64("AA=="), mediaType: "audio/mp3")),
                #"{"inlineData":{"mimeType":"audio/mp3","data":"AA=="}}"#
            ),
            (.image(Media(.url("gs://b/a.PNG"))), #"{"fileData":{"mimeType":"image/png","fileUri":"gs://b/a.PNG"}}"#),
            (.document(Media(.url("https://youtu.be/x"))), #"{"fileData":{"fileUri":"https://youtu.be/x"}}"#),
            (
                .document(Media(.file("files/abc"), mediaType: "application/pdf")),
                #"{"fileData":{"mimeType":"application/pdf","#
                    + #""fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}"#
            ),
            (.foreign(ForeignPart(origin: "google", type: "a", json: Array(#"{"a":1}"#.utf8))), #"{"a":1}"#),
            (.refusal("No."), #"{"text":"No."}"#),
        ])
    func `files and other parts`(content: ChatPart.Content, expected: String) throws {
        let written = try Gemini.encode(request(ChatTurn(.user, [ChatPart(content)])))
        #expect(written == #"{"contents":[{"role":"user","parts":[\#(expected)]}],"generationConfig":{}}"#)
    }
}
