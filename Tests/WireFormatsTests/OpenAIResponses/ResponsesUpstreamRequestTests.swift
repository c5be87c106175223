import Testing

@testable import WireFormats

struct ResponsesUpstreamRequestTests {
    private typealias Exchange = ResponsesExchange

    /// The body of a request whose only turns are these, behind the model and before what is always there.
    private func input(_ turns: ChatTurn...) throws -> String {
        let body = try Exchange.encode(ChatRequest(model: "m", turns: turns)).body
        let (beginning, end) = (#"{"model":"m","input":["#, #"],"store":false}"#)
        #expect(body.hasPrefix(beginning) && body.hasSuffix(end))
        return String(body.dropFirst(beginning.count).dropLast(end.count))
    }

    private func refusal(_ request: ChatRequest) -> Untranslatable? {
        #expect(throws: Untranslatable.self) { try Exchange.encode(request) }
    }

    @Test func `every field is said`() throws {
        var request = ChatRequest(
            model: "gpt", instructions: [.text("A"), .text(""), .text("B")], turns: [ChatTurn(.user, "Hi")])
        request.tools = [
            ChatTool(name: "f", description: "d", schema: Array(#"{"n" : 1.0}"#.utf8), isStrict: true),
            ChatTool(name: "g"),
        ]
        request.toolChoice = .allowed(["f"], isRequired: true)
        request.allowsParallelCalls = false
        request.reasoning = .budget(5000)
        request.sampling.temperature = 0.5
        request.sampling.topP = 0.25
        request.maxOutputTokens = 100
        request.answerForm = .schema(AnswerSchema(name: "my answer", schema: Array("{}".utf8), isStrict: false))
        request.verbosity = "low"
        request.streams = true
        request.endUser = "u"
        let (body, losses) = try Exchange.encode(request)
        #expect(losses.isEmpty)
        #expect(
            body == """
                {"model":"gpt","instructions":"A\\n\\nB","input":[{"type":"message","role":"user","content":"Hi"}],\
                "max_output_tokens":100,"temperature":0.5,"top_p":0.25,"reasoning":{"effort":"medium"},\
                "text":{"format":{"type":"json_schema","name":"my_answer","schema":{},"strict":false},"verbosity":"low"},\
                "tools":[{"type":"function","name":"f","description":"d","parameters":{"n" : 1.0},"strict":true},\
                {"type":"function","name":"g","parameters":{"type":"object","properties":{}},"strict":false}],\
                "tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]},\
                "parallel_tool_calls":false,"user":"u","stream":true,"store":false,\
                "include":["reasoning.encrypted_content"]}
                """)
    }

    @Test func `a plain request says no more than it must`() throws {
        #expect(
            try input(ChatTurn(.user, "Hi")) == #"{"type":"message","role":"user","content":"Hi"}"#)
    }

    @Test(
        arguments: [
            (.off, #""reasoning":{"effort":"none"},"store":false}"#),
            (.effort("none"), #""reasoning":{"effort":"none"},"store":false}"#),
            (.effort("low"), #""reasoning":{"effort":"low"},"store":false,"include":["reasoning.encrypted_content"]}"#),
            (.adaptive, #"],"store":false,"include":["reasoning.encrypted_content"]}"#),
        ] as [(ReasoningWish, String)])
    func `sealed reasoning is asked for with reasoning only`(wish: ReasoningWish, end: String) throws {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        request.reasoning = wish
        let encoded = try Exchange.encode(request)
        #expect(encoded.body.hasSuffix(end))
        #expect(encoded.losses.map(\.field) == (wish == .adaptive ? ["reasoning"] : []))
    }

    @Test func `a model that doesn't reason isn't asked to`() throws {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        let plain = try Exchange.encode(request).body
        for (wish, losses) in [(.off, []), (.effort("high"), ["reasoning"]), (.adaptive, ["reasoning"])]
            as [(ReasoningWish, [String])]
        {
            request.reasoning = wish
            let encoded = try Exchange.encode(request, for: TargetTraits(reasoning: TargetTraits.ReasoningStyle.none))
            #expect(encoded.body == plain && encoded.losses.map(\.field) == losses)
        }
    }

    // MARK: The dialogue

    @Test func `calls and results stand behind each other, with the reasoning before what came of it`() throws {
        let sealed = OpaqueState(origin: "openai", value: "gAA+/=", id: "rs_1")
        let text = try input(
            ChatTurn(.user, "q"),
            ChatTurn(
                .assistant,
                [
                    ChatPart(.reasoning("t"), state: sealed),
                    ChatPart(.hiddenReasoning, state: OpaqueState(origin: "openai", value: "gB")), .text("w"),
                    .toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"n": 1.0}"#)),
                    .toolCall(ToolCall(id: "c2", name: "g", arguments: "")),
                ]),
            ChatTurn(
                .user,
                [
                    .toolResult(ToolResult(callID: "c1", parts: [.text("a"), .text("b")])),
                    .toolResult(ToolResult(callID: "c2", text: "no", isError: true)), .text("go on"),
                ]),
            ChatTurn(.system, "S"))
        #expect(
            text == """
                {"type":"message","role":"user","content":"q"},\
                {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"gAA+/="},\
                {"type":"reasoning","summary":[],"encrypted_content":"gB"},\
                {"type":"message","role":"assistant","content":"w"},\
                {"type":"function_call","call_id":"c1","name":"f","arguments":"{\\"n\\": 1.0}"},\
                {"type":"function_call","call_id":"c2","name":"g","arguments":"{}"},\
                {"type":"function_call_output","call_id":"c1","output":"ab"},\
                {"type":"function_call_output","call_id":"c2","output":"Error: no"},\
                {"type":"message","role":"user","content":"go on"},\
                {"type":"message","role":"system","content":"S"}
                """)
    }

    @Test func `media are parts, of messages and of results`() throws {
        let media: [ChatPart] = [
            .text("look"), .image(Media(.url("https://x/y.png"), detail: "low")),
            .image(Media(.base64("R0lG"), mediaType: "image/gif")), .image(Media(.file("file-1"))),
            ChatPart(.document(Media(.base64("JVBE"), mediaType: "application/pdf"))),
            ChatPart(.document(Media(.base64("AAA"), mediaType: "text/csv", name: "a.csv"))),
            ChatPart(.document(Media(.url("https://x/c.pdf"), name: "c"))), ChatPart(.document(Media(.file("file-2")))),
            ChatPart(.document(Media(.text("plain")))),
        ]
        let parts = """
            {"type":"input_text","text":"look"},{"type":"input_image","image_url":"https://x/y.png","detail":"low"},\
            {"type":"input_image","image_url":"data:image/gif;base64,R0lG","detail":"auto"},\
            {"type":"input_image","file_id":"file-1","detail":"auto"},\
            {"type":"input_file","filename":"document.pdf","file_data":"data:application/pdf;base64,JVBE"},\
            {"type":"input_file","filename":"a.csv","file_data":"data:text/csv;base64,AAA"},\
            {"type":"input_file","file_url":"https://x/c.pdf"},{"type":"input_file","file_id":"file-2"},\
            {"type":"input_text","text":"plain"}
            """
        #expect(try input(ChatTurn(.user, media)) == #"{"type":"message","role":"user","content":[\#(parts)]}"#)
        let result = try input(
            ChatTurn(.assistant, [.toolCall(ToolCall(id: "c", name: "f", arguments: "{}"))]),
            ChatTurn(.user, [.toolResult(ToolResult(callID: "c", parts: media))]))
        #expect(result.hasSuffix(#"{"type":"function_call_output","call_id":"c","output":[\#(parts)]}"#))
    }

    @Test func `what other formats let pass is put in order`() throws {
        let text = try input(
            ChatTurn(
                .assistant,
                [.text(""), .toolCall(ToolCall(id: "c", name: "f", arguments: "{}")), ChatPart(.refusal("r"))]),
            ChatTurn(.user, [.toolResult(ToolResult(callID: "other", text: "x"))]))
        #expect(
            text == """
                {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},\
                {"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"r"}]},\
                {"type":"function_call_output","call_id":"c","output":"Error: No result was given for this call."},\
                {"type":"message","role":"user","content":[{"type":"input_text","text":"Result of the tool call other:"},\
                {"type":"input_text","text":"x"}]}
                """)
    }

    @Test func `instructions alone are the user's`() throws {
        let encoded = try Exchange.encode(ChatRequest(model: "m", instructions: [.text("S")]))
        #expect(
            encoded.body
                == #"{"model":"m","input":[{"type":"message","role":"user","content":"S"}],"store":false}"#)
    }

    @Test func `ids that are too long are shortened, the call's and the result's alike`() throws {
        let id = String(repeating: "toolu-", count: 20)
        let text = try input(
            ChatTurn(.assistant, [.toolCall(ToolCall(id: id, name: "f", arguments: "{}"))]),
            ChatTurn(.user, [.toolResult(ToolResult(callID: id, text: "x"))]))
        let ids = text.matches(of: /"call_id":"([^"]*)"/).map(\.output.1)
        #expect(ids.count == 2 && ids[0] == ids[1] && ids[0].count <= 64 && ids[0].hasPrefix("call_"))
    }

    @Test func `an item of OpenAI's own goes back as it was`() throws {
        let item = #"{"type":"web_search_call", "id":"ws_1"}"#
        let part = ChatPart(.foreign(ForeignPart(origin: "openai", type: "web_search_call", json: Array(item.utf8))))
        #expect(try input(ChatTurn(.assistant, [part])) == item)
    }

    // MARK: What can't be said

    @Test func `what can't be said is told, each field once`() throws {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        let plain = try Exchange.encode(request).body
        request.sampling.topK = 1
        request.sampling.minP = 0.1
        request.sampling.frequencyPenalty = 1
        request.sampling.presencePenalty = 1
        request.sampling.seed = 1
        request.sampling.logitBias = Array("{}".utf8)
        request.stop = ["x"]
        request.cacheHint = CacheHint()
        request.toolChoice = .required
        request.endUser = String(repeating: "u", count: 65)
        let (body, losses) = try Exchange.encode(request)
        #expect(body == plain)
        #expect(
            losses.map(\.field) == [
                "top_k", "min_p", "frequency_penalty", "presence_penalty", "seed", "logit_bias", "stop",
                "cache_control",
                "tool_choice", "user",
            ])
    }

    @Test func `numbers out of range are brought into it`() throws {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        request.maxOutputTokens = 1
        request.sampling.temperature = 5
        let (body, losses) = try Exchange.encode(request)
        #expect(body.contains(#""max_output_tokens":16,"temperature":2.0"#))
        #expect(losses.map(\.field) == ["max_tokens", "temperature"])
    }

    @Test func `other providers' states are dropped whole`() throws {
        let foreign = OpaqueState(origin: "anthropic", value: "sig")
        let request = ChatRequest(
            model: "m",
            turns: [
                ChatTurn(.user, "q"),
                ChatTurn(
                    .assistant,
                    [
                        ChatPart(.reasoning("t"), state: foreign), ChatPart(.hiddenReasoning, state: foreign),
                        ChatPart(.reasoning("u")), ChatPart(.text("a"), state: foreign),
                        ChatPart(.toolCall(ToolCall(id: "c", name: "f", arguments: "{}")), state: foreign),
                        ChatPart(.foreign(ForeignPart(origin: "anthropic", type: "x", json: Array("{}".utf8)))),
                    ]),
                ChatTurn(.user, [.toolResult(ToolResult(callID: "c", text: "r"))]),
            ])
        let (body, losses) = try Exchange.encode(request)
        #expect(!body.contains("sig") && !body.contains("reasoning"))
        #expect(losses.map(\.field) == ["reasoning", "thought_signature", "messages"])
    }

    @Test func `reasoning that nothing came of is dropped`() throws {
        let sealed = ChatPart(.hiddenReasoning, state: OpaqueState(origin: "openai", value: "gA", id: "rs"))
        for turns in [
            [ChatTurn(.user, "q"), ChatTurn(.assistant, [sealed])],
            [ChatTurn(.user, "q"), ChatTurn(.assistant, [sealed]), ChatTurn(.user, "r")],
        ] {
            let (body, losses) = try Exchange.encode(ChatRequest(model: "m", turns: turns))
            #expect(!body.contains("gA") && losses.map(\.field) == ["reasoning"])
        }
    }

    @Test func `an unknown detail of a picture is left out`() throws {
        let image = ChatPart.image(Media(.url("https://x"), detail: "ultra"))
        let (body, losses) = try Exchange.encode(ChatRequest(model: "m", turns: [ChatTurn(.user, [image])]))
        #expect(!body.contains("ultra") && losses.map(\.field) == ["image_detail"])
    }

    @Test func `cache marks anywhere are one loss`() throws {
        var text = ChatPart.text("x")
        text.cacheHint = CacheHint(lifetime: "1h")
        let request = ChatRequest(model: "m", instructions: [text], turns: [ChatTurn(.user, [text])])
        #expect(try Exchange.encode(request).losses.map(\.field) == ["cache_control"])
    }

    @Test func `what would change the answer's meaning is refused`() {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        request.choices = 2
        #expect(refusal(request)?.field == "n")
        request.choices = 1
        request.logProbabilities = 0
        #expect(refusal(request)?.field == "logprobs")
        for part in [
            ChatPart(.audio(Media(.base64("x")))), .image(Media(.url("gs://b/x.png"))),
            ChatPart(.document(Media(.url("gs://b/x.pdf")))), .image(Media(.text("x"))),
        ] {
            #expect(refusal(ChatRequest(model: "m", turns: [ChatTurn(.user, [part])]))?.field == "messages")
        }
        let picture = ChatPart.image(Media(.url("https://x")))
        #expect(refusal(ChatRequest(model: "m", turns: [ChatTurn(.assistant, [picture])]))?.field == "messages")
    }

    @Test func `a long dialogue is written in linear time`() throws {
        let turns = (0..<20_000).flatMap { [ChatTurn(.user, "question \($0)"), ChatTurn(.assistant, "answer")] }
        let clock = ContinuousClock()
        let start = clock.now
        let body = try Exchange.encode(ChatRequest(model: "m", turns: turns)).body
        #expect(try Exchange.decode(body).turns == turns)
        #expect(clock.now - start < .seconds(10))
    }
}
