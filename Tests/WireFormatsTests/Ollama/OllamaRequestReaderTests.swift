import Testing

@testable import WireFormats

@Suite struct OllamaRequestReaderTests {
    @Test func `every field of a chat is read`() throws {
        let request = try Ollama.decode(
            #"""
            {"model":"m","stream":false,"think":"high","keep_alive":"5m","logprobs":true,"top_logprobs":3,
             "format":{"type":"object"},"truncate":true,
             "messages":[{"role":"system","content":"Be kind."},{"role":"User","content":"Hi"}],
             "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","x":1.0}}}],
             "options":{"temperature":0.5,"top_p":0.9,"top_k":20,"min_p":0.1,"frequency_penalty":1,"presence_penalty":1.5,
              "seed":7,"num_predict":100,"stop":["a","b"],"num_ctx":1024,"num_gpu":1,"mirostat":2,"repeat_penalty":1.1,
              "mirostat_tau":null,"made_up":1}}
            """#)
        var expected = ChatRequest(
            model: "m", instructions: [.text("Be kind.")], turns: [ChatTurn(.user, "Hi")])
        expected.tools = [
            ChatTool(name: "f", description: "d", schema: Array(#"{"type":"object","x":1.0}"#.utf8))
        ]
        (expected.reasoning, expected.logProbabilities) = (.effort("high"), 3)
        expected.answerForm = .schema(AnswerSchema(schema: Array(#"{"type":"object"}"#.utf8)))
        (expected.sampling.temperature, expected.sampling.topP, expected.sampling.topK) = (0.5, 0.9, 20)
        (expected.sampling.minP, expected.sampling.frequencyPenalty) = (0.1, 1)
        (expected.sampling.presencePenalty, expected.sampling.seed) = (1.5, 7)
        (expected.maxOutputTokens, expected.stop, expected.asksForUsage) = (100, ["a", "b"], true)
        expected.unread = ["num_ctx", "repeat_penalty", "mirostat"].map { UnreadField("options." + $0) }
        #expect(request == expected)
    }

    @Test func `what is missing, null or off is nobody's wish`() throws {
        for body in [
            #"{"model":"m","messages":[]}"#,
            #"""
            {"model":"m","messages":null,"stream":null,"tools":[],"format":"","think":null,"logprobs":false,
             "options":{"num_predict":-1,"top_k":0,"min_p":0.0,"seed":-1,"stop":null},"keep_alive":0}
            """#,
            #"{"model":"m","messages":[],"format":null,"options":{"num_predict":-2}}"#,
        ] {
            var expected = ChatRequest(model: "m")
            (expected.streams, expected.asksForUsage) = (true, true)
            #expect(try Ollama.decode(body) == expected)
        }
    }

    @Test(arguments: [
        ("true", ReasoningWish.adaptive), ("false", .off), (#""low""#, .effort("low")), (#""max""#, .effort("max")),
    ])
    func `think is a wish`(think: String, wish: ReasoningWish) throws {
        #expect(try Ollama.decode(#"{"model":"m","messages":[],"think":\#(think)}"#).reasoning == wish)
    }

    @Test func `the format json is any object, and one text may stop the answer`() throws {
        let request = try Ollama.decode(
            #"{"model":"m","prompt":"p","format":"json","options":{"stop":"x"}}"#, at: "/api/generate")
        #expect(request.answerForm == .jsonObject && request.stop == ["x"])
    }

    @Test func `a prompt is a turn, with its pictures and what the system says`() throws {
        let request = try Ollama.decode(
            #"{"model":"m","system":"s","prompt":"p","images":["/9j/4AAQ"],"stream":false}"#, at: "/api/generate")
        #expect(request.instructions == [.text("s")])
        #expect(
            request.turns == [
                ChatTurn(.user, [.text("p"), .image(Media(.base64("/9j/4AAQ"), mediaType: "image/jpeg"))])
            ])
        #expect(!request.streams && request.unread.isEmpty)
    }

    @Test func `an empty prompt has no turns, for it loads the model`() throws {
        for body in [#"{"model":"m"}"#, #"{"model":"m","prompt":"","keep_alive":0}"#] {
            #expect(try Ollama.decode(body, at: "/api/generate").turns.isEmpty)
        }
    }

    @Test func `what only Ollama can do is objected to, unless it is empty`() throws {
        let request = try Ollama.decode(
            #"{"model":"m","prompt":"p","raw":true,"template":"t","suffix":"s","context":[1]}"#, at: "/api/generate")
        #expect(request.unread.map(\.name) == ["raw", "template", "suffix", "context"])
        #expect(request.unread.allSatisfy { $0.objection != nil })
        let empty = try Ollama.decode(
            #"{"model":"m","prompt":"p","raw":false,"template":"","suffix":"","context":[],"system":""}"#,
            at: "/api/generate")
        #expect(empty.unread.isEmpty && empty.instructions.isEmpty)
    }

    @Test(arguments: [
        ("iVBORw0KGgoAAAANSUhEUg==", "image/png"), ("/9j/4AAQSkZJRg==", "image/jpeg"),
        ("R0lGODlhAQABAA==", "image/gif"), ("UklGRiQAAABXRUJQVlA4IA==", "image/webp"),
        ("UklGRiQAAABXQVZFZm10IA==", nil), ("AAAA", nil),
    ])
    func `the type of a picture is seen from its bytes`(base64: String, type: String?) {
        #expect(Media(ollamaImage: base64) == Media(.base64(base64), mediaType: type))
    }

    @Test func `a picture may have line breaks or be a data URL`() {
        #expect(Media(ollamaImage: "/9j/\r\n4AAQ\n") == Media(.base64("/9j/4AAQ"), mediaType: "image/jpeg"))
        #expect(Media(ollamaImage: "data:image/png;base64,AA==") == Media(.base64("AA=="), mediaType: "image/png"))
    }

    @Test func `a dialogue with thoughts and tools is read, arguments as they were written`() throws {
        let request = try Ollama.decode(
            #"""
            {"model":"m","messages":[
             {"role":"user","content":"q","images":null},
             {"role":"assistant","content":"","thinking":"hm","tool_calls":[
              {"id":"call_a","function":{"index":0,"name":"f","arguments":{"x": 1.0, "id":12345678901234567890}}},
              {"id":"call_b","function":{"name":"g","arguments":"{}"}}]},
             {"role":"tool","tool_name":"g","tool_call_id":"call_b","content":"2"},
             {"role":"tool","tool_call_id":"call_a","content":"1"},
             {"role":"system","content":"Go on."},
             {"role":"assistant","content":"done"}]}
            """#)
        #expect(
            request.turns == [
                ChatTurn(.user, "q"),
                ChatTurn(
                    .assistant,
                    [
                        ChatPart(.reasoning("hm")),
                        .toolCall(
                            ToolCall(id: "call_a", name: "f", arguments: #"{"x": 1.0, "id":12345678901234567890}"#)),
                        .toolCall(ToolCall(id: "call_b", name: "g", arguments: "{}")),
                    ]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "call_b", name: "g", text: "2")),
                        .toolResult(ToolResult(callID: "call_a", name: "f", text: "1")),
                    ]),
                ChatTurn(.system, "Go on."), ChatTurn(.assistant, "done"),
            ])
    }

    @Test func `results without ids find their calls by name, else in order`() throws {
        func answered(_ tools: String) throws -> [String] {
            let calls = ["f", "g", "f"].map { #"{"function":{"name":"\#($0)","arguments":{}}}"# }
            let request = try Ollama.decode(
                #"""
                {"model":"m","messages":[{"role":"assistant","tool_calls":[\#(calls.joined(separator: ","))]},\#(tools)]}
                """#)
            #expect(request.turns[0].parts.toolCalls.map(\.id) == ["call_0_0", "call_0_1", "call_0_2"])
            return request.turns[1].parts.compactMap {
                if case .toolResult(let result) = $0.content { "\(result.callID) \(result.name ?? "-")" } else { nil }
            }
        }
        #expect(
            try answered(
                #"""
                {"role":"tool","content":"","tool_name":"g"},{"role":"tool","content":"","tool_name":"f"},
                {"role":"tool","content":"","name":"f"}
                """#) == ["call_0_1 g", "call_0_0 f", "call_0_2 f"])
        #expect(
            try answered(#"{"role":"tool","content":""},{"role":"tool","content":""},{"role":"tool"}"#)
                == ["call_0_0 f", "call_0_1 g", "call_0_2 f"])
        #expect(
            try answered(#"{"role":"tool","tool_name":"g"},{"role":"tool"},{"role":"tool","tool_call_id":"mine"}"#)
                == ["call_0_1 g", "call_0_0 f", "call_0_2 f"])
        #expect(
            try answered(#"{"role":"tool","tool_name":"h"},{"role":"tool","tool_call_id":"x","tool_name":"i"}"#)
                == ["call_1 h", "x i"])
    }

    @Test(arguments: [
        (#"{"model":"m"}"#, "messages"), (#"{"model":"m","messages":{}}"#, "messages"),
        (#"{"model":"m","messages":[1]}"#, nil),
        (#"{"model":"m","messages":[{"role":"robot"}]}"#, "messages[0].role"),
        (#"{"model":"m","messages":[{"role":"user","content":[]}]}"#, "messages[0].content"),
        (#"{"model":"m","messages":[{"role":"user","images":[1]}]}"#, "messages[0].images[0]"),
        (#"{"model":"m","messages":[],"stream":1}"#, "stream"), (#"{"model":"m","messages":[],"think":1}"#, "think"),
        (#"{"model":"m","messages":[],"format":"xml"}"#, "format"),
        (#"{"model":"m","messages":[],"format":[]}"#, "format"),
        (#"{"model":"m","messages":[],"options":[]}"#, "options"),
        (#"{"model":"m","messages":[],"options":{"temperature":"hot"}}"#, "options.temperature"),
        (#"{"model":"m","messages":[],"options":{"num_predict":"1"}}"#, "options.num_predict"),
        (#"{"model":"m","messages":[],"tools":[{"type":"function"}]}"#, "tools[0].function"),
    ])
    func `a wrong type is refused by the field's name`(body: String, field: String?) throws {
        let error = try #require(throws: MalformedBody.self) { try Ollama.decode(body) }
        if let field { #expect(error.field == field) }
    }

    @Test func `a long dialogue of calls and results is read in no time`() throws {
        let calls = (0..<20_000).map { _ in #"{"function":{"name":"f","arguments":{}}}"# }.joined(separator: ",")
        let results = (0..<20_000).map { _ in #"{"role":"tool","content":"1"}"# }.joined(separator: ",")
        let request = try Ollama.decode(
            #"{"model":"m","messages":[{"role":"assistant","tool_calls":[\#(calls)]},\#(results)]}"#)
        #expect(request.turns.map(\.parts.count) == [20_000, 20_000])
    }
}
