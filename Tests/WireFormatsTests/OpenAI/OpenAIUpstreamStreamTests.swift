import Testing

@testable import WireFormats

/// What an upstream of Chat answers, piece by piece.
@Suite struct OpenAIUpstreamStreamTests {
    private let start = ChatEvent.start(id: "c", model: "gpt")
    private let usage = TokenUsage(inputUncached: 9, output: 3)
    private static let usageField = #""usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}"#

    /// The events behind the first, of a stream that ends as it should, however it is split.
    private func events(_ chunks: String...) -> [ChatEvent] {
        let text = chunks.map { #"data: {"id":"c","created":1,"model":"gpt",\#($0)}"# + "\n\n" }.joined()
        let stream = Array((text + "data: [DONE]\n\n").utf8)
        let whole = OpenAIExchange.read(stream: stream)
        #expect(whole.reader.isComplete && !whole.reader.isForeign && whole.events.first == start)
        #expect(OpenAIExchange.disorder(in: whole.events) == nil)
        for cut in 0...stream.count {
            #expect(OpenAIExchange.read(stream: stream, splitAt: [cut]).events == whole.events, "cut at \(cut)")
        }
        #expect(OpenAIExchange.read(stream: stream, splitAt: Array(0...stream.count)).events == whole.events)
        return Array(whole.events.dropFirst())
    }

    private func delta(_ delta: String, finish: String = "null") -> String {
        OpenAIExchange.delta(delta, finish: finish)
    }

    private func call(_ index: Int?, _ id: String?, _ name: String?, _ arguments: String, _ more: String = "") -> String
    {
        let fields = [
            index.map { #""index":\#($0)"# }, id.map { #""id":"\#($0)""# },
            #""function":{\#(name.map { #""name":"\#($0)","# } ?? "")"arguments":"\#(arguments)"}"#,
        ]
        return "{" + fields.compactMap { $0 }.joined(separator: ",") + more + "}"
    }

    private func calls(_ calls: String...) -> String { delta(#""tool_calls":[\#(calls.joined(separator: ","))]"#) }

    // MARK: Text

    @Test func `a stream of text is told as it comes`() {
        #expect(
            events(
                delta(#""role":"assistant","content":"""#), delta(#""content":"Hé""#),
                delta(#""content":"\ud83d\ude00\n""#),
                delta("", finish: #""stop""#), #""choices":[],\#(Self.usageField)"#)
                == [.textDelta("Hé"), .textDelta("😀\n"), .finish(.endTurn), .usage(usage)])
    }

    @Test func `lines may end in a carriage return, and the terminator may be missing`() {
        let stream = Array(
            (#": hi"# + "\r\n\r\n" + #"data:{"id":"c","model":"gpt","choices":[{"delta":{"content":"é"}}]}"#
                + "\r\n\r\n"
                + #"data:{"choices":[{"delta":{},"finish_reason":"stop"}]}"#).utf8)
        let expected: [ChatEvent] = [.ping, start, .textDelta("é"), .finish(.endTurn)]
        for cut in 0...stream.count {
            let read = OpenAIExchange.read(stream: stream, splitAt: [cut])
            #expect(read.events.filter { $0 != .ping } == expected.filter { $0 != .ping } && read.reader.isComplete)
        }
    }

    @Test func `Azure's first chunk has no name, and some of its choices have no delta`() {
        #expect(
            OpenAIExchange.read(
                stream: Array(
                    (#"data: {"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[]}"# + "\n\n").utf8)
                    + OpenAIExchange.stream(
                        delta(#""content":"x""#),
                        #""choices":[{"index":0,"content_filter_results":{},"finish_reason":null}]"#,
                        delta("", finish: #""content_filter""#))
            ).events == [start, .textDelta("x"), .finish(.contentFiltered)])
    }

    @Test func `usage counts wherever it stands, and is told when it changes`() {
        let one = TokenUsage(inputUncached: 9, output: 1)
        #expect(
            events(
                delta(#""content":"a""#) + #","usage":{"prompt_tokens":9,"completion_tokens":1}"#,
                delta(#""content":"b""#) + #","usage":{"prompt_tokens":9,"completion_tokens":1}"#,
                delta("", finish: #""stop""#) + "," + Self.usageField)
                == [.textDelta("a"), .usage(one), .textDelta("b"), .usage(usage), .finish(.endTurn)])
        #expect(
            events(
                delta(#""content":"a""#, finish: #""length""#),
                #""choices":[],"x_groq":{\#(Self.usageField)}"#)
                == [.textDelta("a"), .finish(.maxTokens), .usage(usage)])
    }

    @Test func `an empty reason is none, and a repeated one counts once`() {
        #expect(
            events(
                delta(#""content":"a""#, finish: #""""#), delta(#""content":"b""#, finish: #""stop""#),
                delta(#""content":"""#, finish: #""stop""#) + "," + Self.usageField,
                delta(#""content":"late""#))
                == [.textDelta("a"), .textDelta("b"), .finish(.endTurn), .usage(usage)])
    }

    @Test func `a terminator without a reason ends the answer all the same`() {
        #expect(events(delta(#""content":"a""#)) == [.textDelta("a"), .finish(.endTurn)])
        #expect(events(calls(call(0, "call_1", "f", "{}"))).last == .finish(.toolCall))
    }

    @Test func `a refusal is told as one`() {
        #expect(
            events(delta(#""refusal":"n""#), delta(#""refusal":"o""#), delta("", finish: #""stop""#))
                == [.refusalDelta("n"), .refusalDelta("o"), .finish(.refusal)])
    }

    @Test func `only the first of several choices is told`() {
        #expect(
            events(
                #""choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]"#
            )
                == [.textDelta("a"), .finish(.endTurn)])
    }

    // MARK: Reasoning

    @Test(arguments: ["reasoning_content", "reasoning"])
    func `reasoning is whole before the text begins`(key: String) {
        #expect(
            events(
                delta(#""role":"assistant","content":"","\#(key)":"h""#), delta(#""\#(key)":"m""#),
                delta(#""content":"a","\#(key)":null"#), delta("", finish: #""stop""#))
                == [.reasoningDelta("h"), .reasoningDelta("m"), .reasoningEnd(nil), .textDelta("a"), .finish(.endTurn)])
    }

    @Test func `OpenRouter's details bring the signature, and say the text twice`() {
        func detail(_ fields: String) -> String {
            #""content":"","reasoning_details":[{"type":"reasoning.text",\#(fields),"format":"anthropic-claude-v1","index":0}]"#
        }
        let state = OpaqueState(origin: OpaqueState.anthropic, value: "Eq+/==")
        #expect(
            events(
                delta(#""reasoning":"h","# + detail(#""text":"h""#)),
                delta(#""reasoning":"m","# + detail(#""text":"m""#)),
                delta(detail(#""signature":"Eq+/==""#)), calls(call(0, "call_1", "f", "{}")),
                delta("", finish: #""tool_calls""#))
                == [
                    .reasoningDelta("h"), .reasoningDelta("m"), .reasoningEnd(state),
                    .toolStart(index: 0, id: "call_1", name: "f"), .toolArgumentsDelta(index: 0, "{}"),
                    .toolEnd(index: 0), .finish(.toolCall),
                ])
    }

    @Test func `sealed reasoning ends its summary, or stands alone`() {
        func sealed(_ origin: String) -> String {
            delta(
                #""reasoning_details":[{"type":"reasoning.encrypted","data":"g","id":"rs","format":"\#(origin)","index":0}]"#
            )
        }
        let summary = delta(
            #""reasoning":"hm","reasoning_details":[{"type":"reasoning.summary","summary":"hm","format":"openai-responses-v1","index":0}]"#
        )
        #expect(
            events(summary, sealed("openai-responses-v1"), delta(#""content":"a""#, finish: #""stop""#)) == [
                .reasoningDelta("hm"), .reasoningEnd(OpaqueState(origin: OpaqueState.openAI, value: "g", id: "rs")),
                .textDelta("a"), .finish(.endTurn),
            ])
        #expect(
            events(sealed("xai-responses-v1"), delta(#""content":"a""#, finish: #""stop""#)) == [
                .hiddenReasoning(OpaqueState(origin: "xai-responses-v1", value: "g", id: "rs")), .textDelta("a"),
                .finish(.endTurn),
            ])
    }

    @Test func `Mistral's thoughts are parts of the content`() {
        #expect(
            events(
                delta(#""content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]"#),
                delta(#""content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]}]"#),
                delta(#""content":[{"type":"text","text":"a"}]"#), delta(#""content":"b""#, finish: #""stop""#))
                == [
                    .reasoningDelta("h"), .reasoningDelta("m"), .reasoningEnd(nil), .textDelta("a"), .textDelta("b"),
                    .finish(.endTurn),
                ])
    }

    // MARK: Calls

    private func told(_ index: Int, _ id: String, _ name: String, _ arguments: String...) -> [ChatEvent] {
        [.toolStart(index: index, id: id, name: name)] + arguments.map { .toolArgumentsDelta(index: index, $0) }
    }

    private let finish = #""choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]"#

    @Test func `a call comes in pieces, and is over when the next begins`() {
        #expect(
            events(
                delta(#""content":"Well""#), calls(call(0, "call_1", "f", "")), calls(call(0, nil, nil, #"{\"a\":"#)),
                calls(call(0, nil, nil, "1}")), calls(call(1, "call_2", "g", "")), calls(call(1, nil, nil, "{}")),
                finish)
                == [.textDelta("Well")] + told(0, "call_1", "f", #"{"a":"#, "1}") + [.toolEnd(index: 0)]
                + told(1, "call_2", "g", "{}") + [.toolEnd(index: 1), .finish(.toolCall)])
    }

    @Test func `calls may interleave`() {
        #expect(
            events(
                calls(call(0, "call_1", "f", ""), call(1, "call_2", "g", "")), calls(call(0, nil, nil, "{")),
                calls(call(1, nil, nil, "{")), calls(call(0, nil, nil, "}"), call(1, nil, nil, "}")), finish)
                == told(0, "call_1", "f") + told(1, "call_2", "g") + [
                    .toolArgumentsDelta(index: 0, "{"), .toolArgumentsDelta(index: 1, "{"),
                    .toolArgumentsDelta(index: 0, "}"), .toolArgumentsDelta(index: 1, "}"), .toolEnd(index: 0),
                    .toolEnd(index: 1), .finish(.toolCall),
                ])
    }

    @Test(arguments: [nil, 0])
    func `whole calls with a repeated index or none are told apart by their ids`(index: Int?) {
        let expected =
            told(0, "call_1", "f", "{}") + [.toolEnd(index: 0)] + told(1, "call_2", "f", "{}")
            + [.toolEnd(index: 1), .finish(.toolCall)]
        #expect(
            events(calls(call(index, "call_1", "f", "{}")), calls(call(index, "call_2", "f", "{}")), finish) == expected
        )
        #expect(events(calls(call(index, "call_1", "f", "{}"), call(index, "call_2", "f", "{}")), finish) == expected)
    }

    @Test(arguments: [nil, 0])
    func `whole calls without ids are told apart by being whole`(index: Int?) {
        let read = events(calls(call(index, "", "f", "{}")), calls(call(index, "0", "f", "{}")), finish)
        let ids = ChatResponse(folding: read).toolCalls.map(\.id)
        #expect(ids.count == 2 && Set(ids).count == 2 && ids.allSatisfy { $0.hasPrefix("call_") })
    }

    @Test(arguments: [nil, 0])
    func `pieces go on with their call, whatever ids and names they repeat`(index: Int?) {
        for pieces in [
            [call(index, "call_1", nil, "{"), call(index, "call_1", nil, "}")],
            [call(index, "call_1", "f", "{"), call(index, "call_1", "f", "}")],
            [call(index, nil, nil, "{"), call(index, nil, nil, "}")],
            [call(index, "", "", "{"), call(index, "chatcmpl-tool-2", nil, "}")],
        ] {
            #expect(
                events(calls(call(index, "call_1", "f", "")), calls(pieces[0]), calls(pieces[1]), finish)
                    == told(0, "call_1", "f", "{", "}") + [.toolEnd(index: 0), .finish(.toolCall)])
        }
    }

    @Test func `a call that is told before it has a name waits for it`() {
        #expect(
            events(calls(call(0, "call_1", nil, "{")), calls(call(0, nil, "f", "}")), finish)
                == told(0, "call_1", "f", "{}") + [.toolEnd(index: 0), .finish(.toolCall)])
    }

    @Test func `calls are numbered as they are told`() {
        #expect(
            events(calls(call(0, "call_1", nil, "{}")), calls(call(1, "call_2", "g", "{}")), finish)
                == told(0, "call_2", "g", "{}") + told(1, "call_1", "", "{}") + [
                    .toolEnd(index: 1), .toolEnd(index: 0), .finish(.toolCall),
                ])
    }

    @Test func `braces in strings don't end a call, and broken arguments are told as they are`() {
        #expect(
            events(
                calls(call(0, "call_1", "f", #"{\"a\":\"}\\\"}"#)), delta(#""content":"x""#),
                calls(call(0, nil, nil, #"\"}"#)),
                finish)
                == told(0, "call_1", "f", #"{"a":"}\"}"#) + [
                    .textDelta("x"), .toolArgumentsDelta(index: 0, #""}"#), .toolEnd(index: 0), .finish(.toolCall),
                ])
    }

    @Test func `a whole call may come with the reason and the usage`() {
        #expect(
            events(
                #""choices":[{"index":0,"delta":{"content":"","tool_calls":[\#(call(0, "call_1", "f", "{}"))]},"finish_reason":"stop"}],"#
                    + Self.usageField)
                == told(0, "call_1", "f", "{}") + [.usage(usage), .toolEnd(index: 0), .finish(.toolCall)])
    }

    @Test func `the older function_call is a call`() {
        let read = events(
            delta(#""function_call":{"name":"f","arguments":""}"#), delta(#""function_call":{"arguments":"{}"}"#),
            delta("", finish: #""function_call""#))
        #expect(ChatResponse(folding: read).toolCalls.map { [$0.name, $0.arguments] } == [["f", "{}"]])
        #expect(read.last == .finish(.toolCall))
    }

    @Test func `Gemini's signature is told with its call, even when it comes behind it`() {
        let extra = #","extra_content":{"google":{"thought_signature":"sig"}}"#
        let state = OpaqueState(origin: OpaqueState.google, value: "sig")
        func read(_ chunks: String...) -> [ChatEvent] {
            let text = chunks.map { #"data: {"id":"c","created":1,"model":"gemini-3-pro",\#($0)}"# + "\n\n" }.joined()
            return Array(OpenAIExchange.read(stream: Array((text + "data: [DONE]\n\n").utf8)).events.dropFirst())
        }
        let told: [ChatEvent] = [
            .toolStart(index: 0, id: "call_1", name: "f", state: state), .toolArgumentsDelta(index: 0, "{}"),
            .toolEnd(index: 0), .finish(.toolCall),
        ]
        #expect(read(calls(call(nil, "call_1", "f", "{}", extra)), delta("", finish: #""stop""#)) == told)
        #expect(
            read(calls(call(nil, "call_1", "f", "{}")), calls("{\(extra.dropFirst())}"), delta("", finish: #""stop""#))
                == told)
        #expect(
            read(
                calls(call(nil, "call_1", "f", "{}")), calls(call(nil, "call_2", "g", "{}")),
                delta("", finish: #""stop""#))
                == self.told(0, "call_1", "f", "{}") + [.toolEnd(index: 0)] + self.told(1, "call_2", "g", "{}")
                + [.toolEnd(index: 1), .finish(.toolCall)])
        #expect(
            read(delta(#""content":"a""#), delta(#""content":""\#(extra)"#), delta("", finish: #""stop""#))
                == [.textDelta("a"), .textState(state), .finish(.endTurn)])
    }

    // MARK: Failures and foreign streams

    @Test(arguments: [
        #"data: {"error":{"message":"no","type":"t","code":503}}"#,
        #"data: {"id":"c","choices":[],"error":{"message":"no","type":"t","code":503}}"#,
        #"data: {"choices":[{"delta":{"content":""},"finish_reason":"error","error":{"message":"no","type":"t","code":503}}]}"#,
        "event: error\ndata: {\"error\":{\"message\":\"no\",\"type\":\"t\",\"status_code\":503}}",
    ])
    func `a failure ends the stream, and nothing comes after`(event: String) {
        let content = #"data: {"id":"c","model":"gpt","# + delta(#""content":"a""#) + "}\n\n"
        let stream = Array((content + event + "\n\n" + content + "data: [DONE]\n\n").utf8)
        let failure = ChatEvent.failure(UpstreamFailureBody(message: "no", type: "t", code: "503"))
        for cut in 0...stream.count {
            let read = OpenAIExchange.read(stream: stream, splitAt: [cut])
            #expect(read.events.filter { if case .start = $0 { false } else { true } } == [.textDelta("a"), failure])
            #expect(!read.reader.isComplete && !read.reader.isForeign)
        }
        let first = OpenAIExchange.read(stream: Array((event + "\n\n").utf8))
        #expect(first.events.last == failure && !first.reader.isForeign)
    }

    @Test func `a chunk that is damaged on the way is not passed over`() {
        let content = #"data: {"id":"c","model":"gpt","# + delta(#""content":"a""#) + "}\n\n"
        let end = #"data: {"id":"c","# + delta("", finish: #""stop""#) + "}\n\ndata: [DONE]\n\n"
        let read = OpenAIExchange.read(stream: Array((content + "data: {\"choices\":[{\"del\n\n" + end).utf8))
        #expect(read.events.last == .failure(.unreadable("A chunk of the stream can't be read.")))
        #expect(!read.reader.isComplete && !read.reader.isForeign)
        let late = OpenAIExchange.read(stream: Array((content + end + "event: error\ndata: oops\n\n").utf8))
        #expect(late.reader.isComplete && late.events.last == .finish(.endTurn))
    }

    @Test func `what fails once the answer is over can't take it back`() {
        #expect(
            events(
                delta(#""content":"a""#, finish: #""length""#),
                #""error":{"message":"limit"},"choices":[{"index":0,"delta":{"content":""}}],\#(Self.usageField)"#)
                == [.textDelta("a"), .finish(.maxTokens), .usage(usage)])
    }

    @Test func `a stream that breaks off is never complete`() {
        let stream = OpenAIExchange.stream(delta(#""content":"a""#), delta("", finish: #""stop""#))
        let firstEnd = stream.text.split(separator: "\n\n")[0].utf8.count + 2
        for end in 0..<firstEnd + 20 {
            let read = OpenAIExchange.read(stream: Array(stream.prefix(end)))
            #expect(!read.reader.isComplete && !read.events.contains(.finish(.endTurn)))
        }
    }

    @Test(arguments: ["data: hello\n\n", "data: [1]\n\n", "data: {\"type\":\"message_start\"}\n\n", "data: [DONE]\n\n"])
    func `a first event of another format is foreign`(stream: String) {
        let read = OpenAIExchange.read(stream: Array(stream.utf8))
        #expect(read.reader.isForeign && read.events.isEmpty && !read.reader.isComplete)
    }

    @Test func `comments say that the upstream is alive`() {
        let reader = OpenAIChatUpstreamCodec().makeStreamReader()
        var events: [ChatEvent] = []
        ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n".withBytes {
            reader.read($0, using: JSONTape(), into: &events)
        }
        #expect(events == [.ping])
    }

    @Test func `a long stream is read in linear time`() {
        let piece = Array((#"data: {"id":"c","model":"gpt","# + delta(#""content":"a""#) + "}\n\n").utf8)
        let reader = OpenAIChatUpstreamCodec().makeStreamReader()
        let tape = JSONTape()
        var count = 0
        for _ in 0..<20_000 {
            var events: [ChatEvent] = []
            piece.withUnsafeBytes { reader.read($0, using: tape, into: &events) }
            count += events.count
        }
        #expect(count == 20_001)
    }
}
