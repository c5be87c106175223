import Testing

@testable import WireFormats

@Suite struct ToolNamesTests {
    private static let limited: [FormatID] = [
        .anthropicMessages, .bedrockConverse, .openAIChat, .openAIResponses, .gemini,
    ]

    private func format(_ id: FormatID) throws -> any WireFormat {
        try #require([any WireFormat].builtIn.first { $0.id == id })
    }

    /// A dialogue in which each of these tools is offered and has been called, and the first must be called.
    private func request(_ names: [String]) -> ChatRequest {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Go")])
        request.tools = names.map { ChatTool(name: $0) }
        request.toolChoice = names.first.map(ToolChoice.named)
        let calls = names.enumerated().map { ToolCall(id: "call_\($0.offset)", name: $0.element, arguments: "{}") }
        request.turns.append(ChatTurn(.assistant, calls.map(ChatPart.toolCall)))
        request.turns.append(
            ChatTurn(.user, calls.map { .toolResult(ToolResult(callID: $0.id, name: $0.name, text: "ok")) }))
        return request
    }

    private func written(_ request: ChatRequest, for id: FormatID) throws -> String {
        try format(id).encode(request).body.text
    }

    /// The names that a body offers, in order: those of its tools, however its format spells them.
    private func offered(_ request: ChatRequest, to id: FormatID) throws -> [String] {
        let fitted = try #require(format(id).upstreamChat).fitted(request)
        let body = try written(request, for: id)
        for tool in fitted.tools { #expect(body.contains(#""name":"\#(tool.name)""#)) }
        return fitted.tools.map(\.name)
    }

    private static let odd = [
        "weather.get", "ns:tool", "has space", "1st", "-x", "grüß/dich", "名前", "", String(repeating: "n", count: 65),
        "fits", "fits_too-1",
    ]

    @Test(arguments: limited)
    func `a name that a target refuses becomes one that it takes, and no two become one`(id: FormatID) throws {
        let names = try offered(request(Self.odd), to: id)
        let allowed = try id == .gemini ? Regex("[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}") : Regex("[a-zA-Z0-9_-]{1,64}")
        for name in names { #expect(try allowed.wholeMatch(in: name) != nil, "\(name)") }
        #expect(Set(names).count == Self.odd.count)
        #expect(names.suffix(2) == ["fits", "fits_too-1"])
        #expect(try offered(request(Self.odd), to: id) == names)
    }

    @Test(arguments: limited)
    func `the client's spelling is nowhere in what the target is told`(id: FormatID) throws {
        let body = try written(request(["has space", "fits"]), for: id)
        #expect(!body.contains(#""has space""#))
        // The tool, the choice and the call; Google's results name their tools too.
        let count = body.split(separator: #""has_space_"#).count - 1
        #expect(count == (id == .gemini ? 4 : 3))
    }

    @Test(arguments: limited)
    func `names that fit stay as they are, and cost nothing`(id: FormatID) throws {
        let request = request(["fits", String(repeating: "n", count: 64), "_x-1"])
        #expect(try #require(format(id).upstreamChat).fitted(request) == request)
        #expect(ToolNames(request, fitting: .usual).isEmpty)
    }

    @Test func `Ollama takes any name`() throws {
        let body = try written(request(["has space"]), for: .ollama)
        #expect(body.contains(#""name":"has space""#))
    }

    @Test func `a name that looks like another one's stand-in stays its own`() throws {
        let standIn = ToolNameRule.usual.standIn(for: "a.b", attempt: 0)
        let request = request(["a.b", standIn])
        let names = ToolNames(request, fitting: .usual)
        #expect(names.sent(standIn) == standIn && names.sent("a.b") != standIn)
        var parts = [standIn, names.sent("a.b"), "made up"].map {
            ChatPart.toolCall(ToolCall(id: "1", name: $0, arguments: ""))
        }
        names.restore(&parts)
        #expect(parts.toolCalls.map(\.name) == [standIn, "a.b", "made up"])
    }

    @Test func `tools of which some may be called, and those that only the dialogue knows, are renamed too`() throws {
        var request = request(["a.b"])
        request.tools.append(ChatTool(name: "c.d"))
        request.toolChoice = .allowed(["a.b", "c.d"], isRequired: true)
        let fitted = try #require(format(.openAIChat).upstreamChat).fitted(request)
        #expect(fitted.toolChoice == .allowed(fitted.tools.map(\.name), isRequired: true))
        #expect(fitted.turns[1].parts.toolCalls.map(\.name) == [fitted.tools[0].name])
        request.tools = []
        #expect(try !written(request, for: .anthropicMessages).contains(#""a.b""#))
    }

    // MARK: The way back

    @Test func `a whole answer has the client's names`() throws {
        let request = request(["weather.get"])
        let codec = try #require(format(.openAIChat).upstreamChat)
        let name = try offered(request, to: .openAIChat)[0]
        let answer =
            #"{"choices":[{"message":{"tool_calls":[{"id":"call_1","type":"function","function":"#
            + #"{"name":"\#(name)","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#
        let read = try OpenAIExchange.parsing(answer) { try codec.decode(answer: $0, to: request) }
        #expect(read.toolCalls == [ToolCall(id: "call_1", name: "weather.get", arguments: "{}")])
    }

    @Test func `a streamed answer has the client's names, however it is split`() throws {
        let request = request(["weather.get"])
        let codec = try #require(format(.anthropicMessages).upstreamChat)
        let name = try offered(request, to: .anthropicMessages)[0]
        let stream = Array(
            (#"data: {"type":"message_start","message":{"id":"m","model":"claude"}}"# + "\n\n"
                + #"data: {"type":"content_block_start","index":0,"content_block":"#
                + #"{"type":"tool_use","id":"toolu_1","name":"\#(name)","input":{}}}"# + "\n\n"
                + #"data: {"type":"content_block_stop","index":0}"# + "\n\n"
                + #"data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}}"# + "\n\n").utf8)
        for cut in [0, 100, 150, stream.count] {
            let (reader, tape) = (codec.makeStreamReader(to: request), JSONTape())
            var events: [ChatEvent] = []
            for piece in [stream[..<cut], stream[cut...]] {
                Array(piece).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
            }
            reader.finish(using: tape, into: &events)
            #expect(reader.isComplete && !reader.isForeign)
            #expect(events.contains(.toolStart(index: 0, id: "toolu_1", name: "weather.get")))
        }
    }
}
