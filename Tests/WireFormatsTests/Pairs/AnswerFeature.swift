import Testing

@testable import WireFormats

/// Something that an answer can say.
struct AnswerFeature: Sendable, CustomTestStringConvertible {
    let name: String
    let response: ChatResponse
    /// Whether clients that can't be told may go without: what only the provider can read, and counts.
    let mayBeLost: Bool

    var testDescription: String { name }

    init(
        _ name: String, _ parts: [ChatPart] = [.text("Hello.")], stop: StopReason = .endTurn,
        usage: TokenUsage = TokenUsage(inputUncached: 9, output: 5), mayBeLost: Bool = false
    ) {
        var response = ChatResponse(id: "id-1", model: "m", created: 1_700_000_000)
        (response.parts, response.stopReason, response.usage) = (parts, stop, usage)
        (self.name, self.response, self.mayBeLost) = (name, response, mayBeLost)
    }

    /// The formats whose clients' answers can be read back.
    static let clients = [any WireFormat].clients.filter { $0.upstreamChat != nil }

    static let all: [AnswerFeature] = [
        AnswerFeature("text"),
        AnswerFeature("a refusal in words", [ChatPart(.refusal("I'd rather not."))], stop: .refusal),
        AnswerFeature("a call", [.text("Let me see."), call(0)], stop: .toolCall),
        AnswerFeature("parallel calls", [call(0), call(1)], stop: .toolCall),
        AnswerFeature(
            "a call without arguments", [.toolCall(ToolCall(id: "call_9xyz", name: "clock", arguments: ""))],
            stop: .toolCall),
        AnswerFeature("thoughts", [ChatPart(.reasoning("Hm.")), .text("Hello.")]),
        AnswerFeature(
            "Claude's signed thoughts", [thought("anthropic", "c2ln+/=="), .text("Hello.")], mayBeLost: true),
        AnswerFeature(
            "Claude's redacted thoughts", [hidden("anthropic", "cmVk+/=="), .text("Hello.")], mayBeLost: true),
        AnswerFeature(
            "Gemini's signature of a call", [call(0, "google", "Z28+/===")], stop: .toolCall, mayBeLost: true),
        AnswerFeature(
            "Gemini's signature of a text", [ChatPart(.text("Hello."), state: state("google", "Z28+/==="))],
            mayBeLost: true),
        AnswerFeature("OpenAI's sealed reasoning", [thought("openai", "c2Vh+/=="), .text("Hello.")], mayBeLost: true),
        AnswerFeature("end: of its own accord", stop: .endTurn),
        AnswerFeature("end: a stop sequence", stop: .stopSequence("END")),
        AnswerFeature("end: the longest answer", stop: .maxTokens),
        AnswerFeature("end: a full context", stop: .contextFull),
        AnswerFeature("end: withheld by a filter", stop: .contentFiltered),
        AnswerFeature("end: refused", [], stop: .refusal),
        AnswerFeature("end: paused for a provider's tool", stop: .paused),
        AnswerFeature("usage: input and output"),
        AnswerFeature("usage: read from the cache", usage: TokenUsage(inputUncached: 9, cacheRead: 4, output: 5)),
        AnswerFeature("usage: written to the cache", usage: TokenUsage(inputUncached: 9, cacheWrite: 3, output: 5)),
        AnswerFeature("usage: reasoning", usage: TokenUsage(inputUncached: 9, output: 5, reasoning: 2)),
    ]

    private static func call(_ number: Int, _ origin: String? = nil, _ value: String = "") -> ChatPart {
        ChatPart(
            .toolCall(ToolCall(id: "call_\(number)abc", name: "weather", arguments: #"{"city":"Rome \#(number)"}"#)),
            state: origin.map { state($0, value) })
    }

    private static func state(_ origin: String, _ value: String) -> OpaqueState {
        OpaqueState(origin: origin, value: value)
    }

    private static func thought(_ origin: String, _ value: String) -> ChatPart {
        ChatPart(.reasoning("Hm."), state: state(origin, value))
    }

    private static func hidden(_ origin: String, _ value: String) -> ChatPart {
        ChatPart(.hiddenReasoning, state: state(origin, value))
    }

    static let asked: ChatRequest = {
        var request = ChatRequest(model: "asked", turns: [ChatTurn(.user, "Hi")])
        (request.streams, request.asksForUsage, request.stop) = (true, true, ["END", "STOP"])
        return request
    }()

    /// What becomes of it for a client, whole and streamed alike.
    func measured(in client: any WireFormat) throws -> Conversion {
        let said = AnswerMeaning(response)
        let whole = AnswerMeaning(
            try client.readAnswer(client.write(response, to: Self.asked, at: client.place(streams: false))))
        let streamed = AnswerMeaning(
            ChatResponse(folding: try client.read(stream: client.write(response.events, to: Self.asked)).events))
        guard streamed.isSame(as: whole) else { return .silent }
        if said.isSame(as: whole) { return .exact }
        guard whole.text == said.text, whole.calls == said.calls, whole.thoughts == said.thoughts else {
            return .silent
        }
        // What is carried for the client to give back may look otherwise there.
        guard whole.states.count >= said.states.count else { return mayBeLost ? .dropped : .silent }
        return .emulated
    }
}
