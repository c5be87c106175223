import Testing

@testable import WireFormats

@Suite struct CodecTests {
    private let tape = JSONTape()

    private func request(_ body: String, _ codec: any ChatCodec = OpenAIChatCodec()) throws -> ChatRequest {
        try body.withBytes { try codec.decode(try tape.parseBody($0)) }
    }

    @Test func `a Chat request is read field by field`() throws {
        let body = #"""
            {"model":"gpt","messages":[{"role":"system","content":"Be brief."},{"role":"developer","content":[{"type":"text","text":"Be kind."}]},
            {"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","function":{"name":"g"}}]},
            {"role":"tool","tool_call_id":"c1","content":"one"},{"role":"tool","tool_call_id":"c2","content":"two"},
            {"role":"system","content":"Now in verse."},{"role":"assistant","content":"Yes"}],
            "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type" : "object"}}}],
            "tool_choice":{"type":"function","function":{"name":"f"}},"max_tokens":5,"temperature":0.5,"top_p":1,"seed":7,"stop":"END",
            "stream":true,"stream_options":{"include_usage":true},"n":1,
            "response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type" :"object"}}},"unknown":{}}
            """#
        let read = try request(body)
        #expect(read.instructions == ["Be brief.", "Be kind."])
        #expect(
            read.turns == [
                ChatTurn(.user, [.text("Hi"), .image(ImageReference(url: "https://x/y.png", detail: "low"))]),
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
        #expect(read.tools == [ChatTool(name: "f", description: "d", schema: Array(#"{"type" : "object"}"#.utf8))])
        #expect(read.toolChoice == .named("f") && read.maxOutputTokens == 5 && read.temperature == 0.5)
        #expect(read.topP == 1 && read.seed == 7 && read.stop == ["END"] && read.streams && read.asksForUsage)
        #expect(read.answerForm == .schema(name: "s", Array(#"{"type" :"object"}"#.utf8)))
    }

    @Test(arguments: [
        (#"{"role":"robot","content":"x"}"#, "messages[0].role"), (#"{"role":"user"}"#, "messages[0].content"),
        (#"{"role":"user","content":7}"#, "messages[0].content"),
        (#"{"role":"user","content":[{"type":"input_audio"}]}"#, "messages[0].content[0].type"),
        (#"{"role":"tool","content":"x"}"#, "messages[0].tool_call_id"),
        (#"{"role":"assistant","tool_calls":[{"id":"c"}]}"#, "messages[0].tool_calls[0].function"),
    ])
    func `a message that can't be read is refused by name`(message: String, field: String) throws {
        let error = #expect(throws: MalformedBody.self) {
            _ = try request(#"{"model":"m","messages":[\#(message)]}"#)
        }
        #expect(error?.field == field)
    }

    @Test(
        arguments: [
            ("\"auto\"", .auto), ("\"none\"", ToolChoice.none), ("\"required\"", .required),
            (#"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[]}}"#, .required),
        ] as [(String, ToolChoice)])
    func `every spelling of the tool choice is known`(text: String, choice: ToolChoice) throws {
        #expect(try request(#"{"model":"m","messages":[],"tool_choice":\#(text)}"#).toolChoice == choice)
    }

    @Test func `a Chat answer with a call has null for its content`() throws {
        let events: [ChatEvent] = [
            .start(id: "id", model: "m"), .toolStart(index: 0, id: "c", name: "f"),
            .toolArgumentsDelta(index: 0, "{\"a\""), .toolArgumentsDelta(index: 0, ":1}"), .toolEnd(index: 0),
            .finish(.toolCall),
        ]
        var body: [UInt8] = []
        OpenAIChatCodec().encode(ChatResponse(folding: events, created: 7), into: &body)
        #expect(
            body.text
                == #"{"id":"id","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"#
                + #""role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"c","type":"function","function":{"#
                + #""name":"f","arguments":"{\"a\":1}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]}"#)
    }

    @Test func `a Chat stream tells its role, its calls, its end and the usage that was asked for`() {
        var writer = OpenAIChatCodec().makeStreamWriter(includeUsage: true, id: "id", created: 7)
        var stream: [UInt8] = []
        let usage = TokenUsage(inputUncached: 1, output: 2)
        for event: ChatEvent in [
            .start(id: "", model: "m"), .toolStart(index: 0, id: "c", name: "f"), .toolArgumentsDelta(index: 0, "{}"),
            .toolEnd(index: 0), .usage(usage), .finish(.toolCall),
        ] { writer.write(event, into: &stream) }
        let chunks = stream.text.split(separator: "\n\n").map {
            $0.replacing(#"data: {"id":"id","object":"chat.completion.chunk","created":7,"model":"m","#, with: "")
        }
        #expect(chunks.count == 6 && chunks.last == "data: [DONE]")
        #expect(
            chunks[0]
                == #""choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}"#
        )
        #expect(
            chunks[1].contains(
                #""tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]"#))
        #expect(chunks[2].contains(#""tool_calls":[{"index":0,"function":{"arguments":"{}"}}]"#))
        #expect(chunks[3].contains(#""delta":{},"logprobs":null,"finish_reason":"tool_calls""#))
        #expect(
            chunks[4].hasPrefix(#""choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"#))
    }

    @Test func `Completions takes one text and refuses what a chat model can't do`() throws {
        let codec = OpenAICompletionsCodec()
        let read = try request(#"{"model":"m","prompt":["Once"]}"#, codec)
        #expect(read.turns == [ChatTurn(.user, "Once")] && read.maxOutputTokens == 16)
        for (extra, field) in [
            (#""prompt":["a","b"]"#, "prompt"), (#""prompt":[1,2]"#, "prompt"), (#""prompt":"a","echo":true"#, "echo"),
            (#""prompt":"a","best_of":2"#, "best_of"), (#""prompt":"a","suffix":"z""#, "suffix"),
        ] {
            let error = #expect(throws: MalformedBody.self) { _ = try request(#"{"model":"m",\#(extra)}"#, codec) }
            #expect(error?.field == field)
        }
    }

    @Test func `embeddings are read in every form and written as numbers or base64`() throws {
        let codec = OpenAIEmbeddingsCodec()
        func decode(_ input: String, _ more: String = "") throws -> EmbeddingsRequest {
            try #"{"model":"m","input":\#(input)\#(more)}"#.withBytes { try codec.decode(try tape.parseBody($0)) }
        }
        #expect(try decode(#""a""#).inputs == [.text("a")])
        #expect(try decode(#"["a","b"]"#).inputs == [.text("a"), .text("b")])
        #expect(try decode("[1,2]").inputs == [.tokens([1, 2])])
        #expect(try decode("[[1],[2,3]]").inputs == [.tokens([1]), .tokens([2, 3])])
        #expect(throws: MalformedBody.self) { try decode("[]") }
        #expect(throws: MalformedBody.self) { try decode(#"["a",1]"#) }

        let response = EmbeddingsResponse(model: "m", vectors: [[1, -0.5]], usage: TokenUsage(inputUncached: 2))
        for (encoding, written) in [("float", "[1.0,-0.5]"), ("base64", #""AACAPwAAAL8=""#)] {
            var body: [UInt8] = []
            codec.encode(response, to: try decode(#""a""#, #","encoding_format":"\#(encoding)""#), into: &body)
            #expect(
                body.text
                    == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":\#(written)}],"model":"m","#
                    + #""usage":{"prompt_tokens":2,"total_tokens":2}}"#)
        }
    }
}
