import Foundation
import Testing

@testable import WireFormats

@Suite struct OllamaRequestWriterTests {
    private func request(_ turns: ChatTurn...) -> ChatRequest { ChatRequest(model: "m", turns: turns) }

    @Test func `every field that Ollama has is written`() throws {
        var request = ChatRequest(
            model: "m", instructions: [.text("a"), .text("b")],
            turns: [ChatTurn(.user, [.text("c"), .image(Media(.base64("AA=="), mediaType: "image/png")), .text("d")])])
        (request.streams, request.maxOutputTokens, request.stop) = (true, 50, ["x"])
        request.tools = [ChatTool(name: "f", description: "d", schema: Array(#"{"a":1}"#.utf8)), ChatTool(name: "g")]
        (request.toolChoice, request.reasoning, request.answerForm) = (.auto, .adaptive, .jsonObject)
        (request.sampling.temperature, request.sampling.topP, request.sampling.topK) = (0.5, 0.9, 20)
        (request.sampling.minP, request.sampling.seed) = (0.1, 7)
        (request.sampling.frequencyPenalty, request.sampling.presencePenalty) = (1, 0.5)
        let (body, losses) = try Ollama.encode(request)
        #expect(
            try body
                == Ollama.object(
                    #"""
                    {"model":"m","stream":true,"think":true,"format":"json","truncate":false,
                     "messages":[{"role":"system","content":"a\n\nb"},{"role":"user","content":"c\n\nd","images":["AA=="]}],
                     "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"a":1}}},
                      {"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}],
                     "options":{"num_ctx":4096,"num_predict":50,"temperature":0.5,"top_p":0.9,"top_k":20,"min_p":0.1,
                      "seed":7,"frequency_penalty":1,"presence_penalty":0.5,"stop":["x"]}}
                    """#))
        #expect(losses.isEmpty)
    }

    @Test func `what is left to the model is not written, but that it isn't a stream is`() throws {
        let (body, losses) = try Ollama.encode(request(ChatTurn(.user, "q")))
        #expect(
            try body
                == Ollama.object(
                    #"""
                    {"model":"m","stream":false,"truncate":false,"options":{"num_ctx":8192},
                     "messages":[{"role":"user","content":"q"}]}
                    """#))
        #expect(losses.isEmpty)
    }

    @Test func `a schema is spliced as it was written`() throws {
        var request = request(ChatTurn(.user, "q"))
        request.answerForm = .schema(AnswerSchema(name: "n", schema: Array(#"{"b":1.0,"a":2}"#.utf8), isStrict: true))
        var body: [UInt8] = []
        #expect(try OllamaUpstreamChatCodec().encode(request, for: TargetTraits(), into: &body).isEmpty)
        #expect(body.text.contains(#""format":{"b":1.0,"a":2}"#))
    }

    @Test func `a dialogue with tools is written, each result as a message with its tool's name`() throws {
        let picture = ChatPart.image(Media(.base64("AA==")))
        let (body, losses) = try Ollama.encode(
            request(
                ChatTurn(.user, "q"),
                ChatTurn(
                    .assistant,
                    [
                        ChatPart(.reasoning("h1")), ChatPart(.reasoning("h2")), .text("Let "), .text("me see."),
                        .toolCall(ToolCall(id: "1", name: "f", arguments: #"{"x": 1.0}"#)),
                        .toolCall(ToolCall(id: "2", name: "g", arguments: "")),
                        .toolCall(ToolCall(id: "3", name: "g", arguments: #"{"cut"#)),
                    ]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "1", parts: [.text("r1"), picture])),
                        .toolResult(ToolResult(callID: "2", text: "r2", isError: true)),
                        .toolResult(ToolResult(callID: "9", name: "z", text: "r3")), .text("And?"),
                    ]),
                ChatTurn(.system, "Hurry.")))
        #expect(
            try body["messages"] as? NSArray
                == Ollama.object(
                    #"""
                    {"m":[{"role":"user","content":"q"},
                     {"role":"assistant","content":"Let me see.","thinking":"h1\n\nh2","tool_calls":[
                      {"id":"1","function":{"index":0,"name":"f","arguments":{"x":1.0}}},
                      {"id":"2","function":{"index":1,"name":"g","arguments":{}}},
                      {"id":"3","function":{"index":2,"name":"g","arguments":{"_raw":"{\"cut"}}}]},
                     {"role":"tool","content":"r1","tool_name":"f","tool_call_id":"1"},
                     {"role":"tool","content":"Error:\nr2","tool_name":"g","tool_call_id":"2"},
                     {"role":"tool","content":"Error:\nNo result was given for this call.","tool_name":"g",
                      "tool_call_id":"3"},
                     {"role":"tool","content":"r3","tool_name":"z","tool_call_id":"9"},
                     {"role":"user","content":"And?","images":["AA=="]},
                     {"role":"system","content":"Hurry."}]}
                    """#)["m"] as? NSArray)
        #expect(losses.isEmpty)
    }

    @Test func `a call that nobody answered gets a result that says so, behind its turn's other results`() throws {
        func calls(_ ids: String...) -> ChatTurn {
            ChatTurn(.assistant, ids.map { .toolCall(ToolCall(id: $0, name: "f\($0)", arguments: "{}")) })
        }
        func result(_ id: String) -> ChatPart { .toolResult(ToolResult(callID: id, text: "r\(id)")) }
        let (body, _) = try Ollama.encode(
            request(
                ChatTurn(.user, "q"), calls("1"), calls("2"), ChatTurn(.user, [result("2")]),
                ChatTurn(.user, "And?"), ChatTurn(.assistant, "Well."), calls("3"), ChatTurn(.user, "Stop."),
                calls("4"), ChatTurn(.user, [result("4")]), calls("5")))
        let messages = try #require(body["messages"] as? [NSDictionary])
        let told = messages.map { message in
            (message["tool_call_id"] as? String).map { "\($0) \(message["content"] ?? "")" } ?? message["role"]
                as? String
        }
        let missing = "Error:\nNo result was given for this call."
        #expect(
            told == [
                "user", "assistant", "assistant", "2 r2", "1 " + missing, "user", "assistant", "assistant",
                "3 " + missing, "user", "assistant", "4 r4", "assistant", "5 " + missing,
            ])
        #expect(messages[4]["tool_name"] as? String == "f1")
    }

    @Test func `a call never goes out without a message, which would only load the model`() throws {
        for (instructions, content) in [([ChatPart](), ""), ([.text("Be kind.")], "Be kind.")] {
            let (body, _) = try Ollama.encode(ChatRequest(model: "m", instructions: instructions))
            #expect(try body["messages"] as? NSArray == [Ollama.object(#"{"role":"user","content":"\#(content)"}"#)])
        }
        let (body, _) = try Ollama.encode(request(ChatTurn(.user, [])))
        #expect((body["messages"] as? NSArray)?.count == 1)
    }

    @Test func `the window holds what there is to read and the answer, pictures counted apart`() throws {
        func window(_ text: Int, output: Int?, pictures: Int = 0, longest: Int? = nil) throws -> Int? {
            let picture = ChatPart.image(Media(.base64(String(repeating: "A", count: 400_000))))
            var request = request(
                ChatTurn(
                    .user,
                    [.text(String(repeating: "a", count: text))] + Array(repeating: picture, count: pictures)))
            request.maxOutputTokens = output
            let options = try Ollama.encode(request, for: TargetTraits(longestAnswer: longest)).body["options"]
            return (options as? NSDictionary)?["num_ctx"] as? Int
        }
        #expect(try window(10, output: 100) == 4096)
        #expect(try window(12_000, output: 10) == 4096)
        #expect(try window(12_000, output: 1000) == 8192)
        #expect(try window(300_000, output: nil) == 131_072)
        #expect(try window(10, output: 100, pictures: 4) == 8192)
        #expect(try window(10, output: 100_000, longest: 2000) == 4096)
        #expect(try window(10, output: Int.max) == 1 << 41)
    }

    @Test(
        arguments: [
            ("m", nil, ReasoningWish.off, false, nil), ("m", nil, .adaptive, true, nil),
            ("m", nil, .effort("high"), true, "reasoning"), ("m", nil, .budget(9000), true, "reasoning"),
            ("m", nil, .effort("none"), false, nil),
            ("m", TargetTraits.ReasoningStyle.none, .off, nil, nil),
            ("m", TargetTraits.ReasoningStyle.none, .effort("low"), nil, "reasoning"),
            ("m", .adaptive, .effort("high"), "high", nil), ("m", .budget, .effort("high"), true, "reasoning"),
            ("gpt-oss:20b", nil, .effort("low"), "low", nil), ("openai/gpt-oss", nil, .effort("medium"), "medium", nil),
            ("gpt-oss", nil, .effort("minimal"), "low", "reasoning"),
            ("gpt-oss", nil, .effort("xhigh"), "high", "reasoning"),
            ("gpt-oss", nil, .budget(30_000), "high", nil), ("gpt-oss", nil, .adaptive, true, nil),
            ("gpt-oss", nil, .effort("odd"), "medium", "reasoning"), ("gpt-oss", nil, .off, "low", "reasoning"),
        ] as [(String, TargetTraits.ReasoningStyle?, ReasoningWish, (any Sendable & Hashable)?, String?)])
    func `a wish to think is said as the model takes it`(
        model: String, style: TargetTraits.ReasoningStyle?, wish: ReasoningWish, think: (any Sendable & Hashable)?,
        loss: String?
    ) throws {
        var request = ChatRequest(model: model, turns: [ChatTurn(.user, "q")])
        request.reasoning = wish
        let (body, losses) = try Ollama.encode(request, for: TargetTraits(reasoning: style))
        #expect(body["think"] as? AnyHashable == think.map { AnyHashable($0) })
        #expect(losses.map(\.field) == (loss.map { [$0] } ?? []))
    }

    @Test(
        arguments: [
            (ToolChoice.auto, ["f", "g"], nil), (.none, [], nil), (.required, ["f", "g"], "tool_choice"),
            (.named("g"), ["g"], "tool_choice"), (.allowed(["f"], isRequired: false), ["f"], nil),
            (.allowed(["f"], isRequired: true), ["f"], "tool_choice"),
        ] as [(ToolChoice, [String], String?)])
    func `a choice of tools is a choice of what is offered`(
        choice: ToolChoice, offered: [String], loss: String?
    ) throws {
        var request = request(ChatTurn(.user, "q"))
        (request.tools, request.toolChoice) = ([ChatTool(name: "f"), ChatTool(name: "g")], choice)
        let (body, losses) = try Ollama.encode(request)
        let tools = (body["tools"] as? [NSDictionary]) ?? []
        #expect(tools.compactMap { ($0["function"] as? NSDictionary)?["name"] as? String } == offered)
        #expect(losses.map(\.field) == (loss.map { [$0] } ?? []))
    }

    @Test func `what can be done without is lost, each field once`() throws {
        let signature = OpaqueState(origin: OpaqueState.anthropic, value: "s")
        let hint = CacheHint()
        var request = request(
            ChatTurn(
                .user,
                [
                    ChatPart(.text("q"), cacheHint: hint), ChatPart(.text("r"), cacheHint: hint),
                    .image(Media(.base64("AA=="), detail: "low")),
                    ChatPart(.document(Media(.text("a document")))),
                ]),
            ChatTurn(
                .assistant,
                [
                    ChatPart(.reasoning("t"), state: signature), ChatPart(.hiddenReasoning, state: signature),
                    ChatPart(.toolCall(ToolCall(id: "1", name: "f", arguments: "{}")), state: signature),
                    ChatPart(.foreign(ForeignPart(origin: "anthropic", type: "x", json: []))),
                ]))
        request.tools = [ChatTool(name: "f", isStrict: true)]
        (request.allowsParallelCalls, request.verbosity, request.endUser) = (false, "low", "u")
        request.sampling.logitBias = Array("{}".utf8)
        let (body, losses) = try Ollama.encode(request)
        #expect(
            losses.map(\.field).sorted() == [
                "cache_control", "image_detail", "logit_bias", "messages", "parallel_tool_calls", "reasoning", "strict",
                "thought_signature", "user", "verbosity",
            ])
        let messages = try #require(body["messages"] as? [NSDictionary])
        #expect(messages[0]["content"] as? String == "q\n\nr\n\na document")
        #expect(messages[1]["thinking"] as? String == "t")
    }

    @Test func `thoughts that are sent aren't reported, only their signature`() throws {
        let signature = OpaqueState(origin: OpaqueState.anthropic, value: "s")
        for (state, lost) in [(nil, []), (signature, ["thought_signature"])] as [(OpaqueState?, [String])] {
            let said = ChatTurn(.assistant, [ChatPart(.reasoning("t"), state: state), .text("a")])
            let (body, losses) = try Ollama.encode(request(ChatTurn(.user, "q"), said))
            let messages = try #require(body["messages"] as? [NSDictionary])
            #expect(messages[1]["thinking"] as? String == "t" && losses.map(\.field) == lost)
        }
    }

    @Test func `what would mean something else is refused`() throws {
        var several = request(ChatTurn(.user, "q"))
        several.choices = 2
        var probabilities = request(ChatTurn(.user, "q"))
        probabilities.logProbabilities = 0
        func asking(_ content: ChatPart.Content) -> ChatRequest { request(ChatTurn(.user, [ChatPart(content)])) }
        let refused: [(ChatRequest, String)] = [
            (several, "n"), (probabilities, "logprobs"),
            (asking(.image(Media(.url("https://a.example/b.png")))), "messages"),
            (asking(.image(Media(.file("f")))), "messages"),
            (asking(.document(Media(.base64("AA=="), mediaType: "application/pdf"))), "messages"),
            (asking(.audio(Media(.base64("AA==")))), "messages"),
            (
                asking(.toolResult(ToolResult(callID: "1", parts: [ChatPart(.audio(Media(.base64("AA=="))))]))),
                "messages"
            ),
        ]
        for (request, field) in refused {
            let error = try #require(throws: Untranslatable.self) { try Ollama.encode(request) }
            #expect(error.field == field && error.message.hasSuffix("."))
        }
    }

    @Test func `a long dialogue is written in no time`() throws {
        let turns = (0..<20_000).map { ChatTurn($0 % 2 == 0 ? .user : .assistant, "some words of turn \($0)") }
        let (body, _) = try Ollama.encode(ChatRequest(model: "m", turns: turns))
        #expect((body["messages"] as? NSArray)?.count == 20_000)
    }
}
