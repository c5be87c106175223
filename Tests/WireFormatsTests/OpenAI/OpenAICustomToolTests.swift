import Testing

@testable import WireFormats

@Suite struct OpenAICustomToolTests {
    private typealias Responses = ResponsesExchange
    private typealias Chat = OpenAIExchange

    private static let grammar = ##""syntax":"regex","definition":"^\\d+$""##

    /// A custom tool that must be called, one that follows a grammar and has been called, and a function.
    private static let request: ChatRequest = {
        var request = ChatRequest(
            model: "gpt-5",
            turns: [
                ChatTurn(.user, "Go"),
                ChatTurn(
                    .assistant,
                    [
                        .toolCall(ToolCall(id: "call_1", name: "count", arguments: "12", isCustom: true)),
                        .toolCall(ToolCall(id: "call_2", name: "f", arguments: "{}")),
                    ]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(ToolResult(callID: "call_1", text: "ok")),
                        .toolResult(ToolResult(callID: "call_2", text: "fine")),
                    ]),
            ])
        request.tools = [
            ChatTool(custom: "shell", description: "runs it"),
            ChatTool(custom: "count", input: .grammar(syntax: "regex", definition: "^\\d+$")), ChatTool(name: "f"),
        ]
        request.toolChoice = .named("shell")
        return request
    }()

    // MARK: Calls

    @Test func `Chat says them in its way`() throws {
        let (body, losses) = try Chat.encode(Self.request)
        #expect(losses.isEmpty)
        #expect(body.contains(#"{"type":"custom","custom":{"name":"shell","description":"runs it"}}"#))
        #expect(
            body.contains(
                #"{"type":"custom","custom":{"name":"count","format":{"type":"grammar","grammar":{\#(Self.grammar)}}}}"#
            ))
        #expect(body.contains(#""tool_choice":{"type":"custom","custom":{"name":"shell"}}"#))
        #expect(body.contains(#"{"id":"call_1","type":"custom","custom":{"name":"count","input":"12"}}"#))
        #expect(body.contains(#"{"id":"call_2","type":"function","function":{"name":"f","arguments":"{}"}}"#))
        #expect(body.contains(#"{"role":"tool","tool_call_id":"call_1","content":"ok"}"#))
    }

    @Test func `Responses says them in its way`() throws {
        let (body, losses) = try Responses.encode(Self.request)
        #expect(losses.isEmpty)
        #expect(body.contains(#"{"type":"custom","name":"shell","description":"runs it"}"#))
        #expect(body.contains(#"{"type":"custom","name":"count","format":{"type":"grammar",\#(Self.grammar)}}"#))
        #expect(body.contains(#""tool_choice":{"type":"custom","name":"shell"}"#))
        #expect(body.contains(#"{"type":"custom_tool_call","call_id":"call_1","name":"count","input":"12"}"#))
        #expect(body.contains(#"{"type":"function_call","call_id":"call_2","name":"f","arguments":"{}"}"#))
        #expect(body.contains(#"{"type":"custom_tool_call_output","call_id":"call_1","output":"ok"}"#))
        #expect(body.contains(#"{"type":"function_call_output","call_id":"call_2","output":"fine"}"#))
    }

    @Test func `what either says of them is read as the same`() throws {
        let chat = try Chat.decode(Chat.encode(Self.request).0)
        let responses = try Responses.decode(Responses.encode(Self.request).body)
        for read in [chat, responses] {
            #expect(Array(read.tools.prefix(2)) == Array(Self.request.tools.prefix(2)) && read.tools.count == 3)
            #expect(read.toolChoice == .named("shell") && read.unread.isEmpty)
            #expect(read.turns[1].parts.toolCalls == Self.request.turns[1].parts.toolCalls)
        }
    }

    @Test func `of some that may be called each is called what it is`() throws {
        var request = Self.request
        request.toolChoice = .allowed(["shell", "f"], isRequired: false)
        let (chat, responses) = (try Chat.encode(request).0, try Responses.encode(request).body)
        #expect(
            chat.contains(
                #""tools":[{"type":"custom","custom":{"name":"shell"}},{"type":"function","function":{"name":"f"}}]"#))
        #expect(responses.contains(#""tools":[{"type":"custom","name":"shell"},{"type":"function","name":"f"}]"#))
        #expect(try Chat.decode(chat).toolChoice == request.toolChoice)
        #expect(try Responses.decode(responses).toolChoice == request.toolChoice)
    }

    @Test(arguments: [FormatID.anthropicMessages, .bedrockConverse, .gemini, .ollama])
    func `formats without them refuse them by name`(id: FormatID) throws {
        let format = try #require([any WireFormat].builtIn.first { $0.id == id })
        #expect {
            try format.encode(Self.request)
        } throws: { error in
            let refusal = error as? Untranslatable
            return refusal?.field == "tools" && refusal?.message.hasPrefix("Custom tools") == true
        }
        // What was called before is told all the same.
        var request = Self.request
        (request.tools, request.toolChoice) = ([ChatTool(name: "count"), ChatTool(name: "f")], nil)
        #expect(try format.encode(request).body.text.contains(#"{"input":"12"}"#))
    }

    // MARK: Answers

    private static let events: [ChatEvent] = [
        .start(id: "", model: "m"), .toolStart(index: 0, id: "call_1", name: "shell"),
        .toolArgumentsDelta(index: 0, "ls {"), .toolArgumentsDelta(index: 0, "a}"), .toolEnd(index: 0),
        .toolStart(index: 1, id: "call_2", name: "f"), .toolArgumentsDelta(index: 1, "{}"), .toolEnd(index: 1),
        .finish(.toolCall),
    ]

    private func calls(_ events: [ChatEvent]) -> [ToolCall] { ChatResponse(folding: events).toolCalls }

    @Test func `a stream tells Chat's clients their calls, and is read so`() throws {
        let chunks = try Chat.chunks(Self.events, to: Self.request)
        let whole = chunks.joined(separator: "\n")
        #expect(whole.contains(#"{"index":0,"id":"call_1","type":"custom","custom":{"name":"shell","input":""}}"#))
        #expect(whole.contains(#"{"index":0,"custom":{"input":"a}"}}"#))
        #expect(whole.contains(#"{"index":1,"id":"call_2","type":"function","function":{"name":"f","arguments":""}}"#))
        #expect(whole.contains(#"{"index":1,"function":{"arguments":"{}"}}"#))
        let stream = Array(chunks.map { "data: \($0)\n\n" }.joined().utf8)
        for cut in [0, 200, 500] {
            #expect(calls(Chat.read(stream: stream, splitAt: [cut]).events) == calls(Self.events))
        }
    }

    @Test func `a stream tells Responses' clients their calls, and is read so`() throws {
        let stream = Responses.stream(Self.events, to: Self.request)
        let events = Responses.events(of: stream).filter {
            $0.data.contains("ctc_") && !$0.data.contains("\"response\":")
        }
        #expect(
            events.map(\.type) == [
                "response.output_item.added", "response.custom_tool_call_input.delta",
                "response.custom_tool_call_input.delta", "response.custom_tool_call_input.done",
                "response.output_item.done",
            ])
        #expect(events.last?.data.contains(#""type":"custom_tool_call""#) == true)
        #expect(events[3].data.contains(#""input":"ls {a}""#))
        for cut in [0, 700, 1500] {
            #expect(calls(Responses.read(stream, splitAt: [cut]).events) == calls(Self.events))
        }
        let last = try #require(Responses.events(of: stream).last)
        #expect(last.data.contains(#""input":"ls {a}"}"#) && last.data.contains(#"{"type":"custom","name":"shell""#))
    }

    @Test func `a whole answer tells the calls in either way, and is read so`() throws {
        let response = ChatResponse(folding: Self.events)
        let chat = try Chat.answer(response, to: Self.request)
        #expect(chat.contains(#"{"id":"call_1","type":"custom","custom":{"name":"shell","input":"ls {a}"}}"#))
        #expect(try Chat.read(answer: chat).toolCalls == response.toolCalls)
        let responses = Responses.encode(response, to: Self.request)
        #expect(responses.contains(#""name":"shell","input":"ls {a}"}"#))
        #expect(try Responses.decode(answer: responses).toolCalls == response.toolCalls)
    }

    @Test func `a custom call without text is one all the same`() {
        let silent: [ChatEvent] = [
            .start(id: "", model: "m"), .toolStart(index: 0, id: "call_1", name: "shell"), .toolEnd(index: 0),
            .finish(.toolCall),
        ]
        #expect(
            Responses.encode(ChatResponse(folding: silent), to: Self.request).contains(#""name":"shell","input":""}"#))
    }
}
