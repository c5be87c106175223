import Testing

@testable import WireFormats

/// Something that a call can ask for or say: a call that does, beside one that is the same without it.
struct Feature: Sendable, CustomTestStringConvertible {
    /// As the documentation names it.
    let name: String
    /// How its loss is reported, where it is one; empty for what must never be lost.
    let fields: Set<String>
    /// What a body must hold that says it, where its format has no client to read it back; empty: nothing in particular.
    let traces: [String]
    /// Whether a target that isn't told does so anyway.
    let mayGoUnsaid: Bool
    /// The call without it, and with it.
    let plain: ChatRequest
    let call: ChatRequest

    var testDescription: String { name }

    init(
        _ name: String, _ fields: Set<String>, traces: [String] = [], mayGoUnsaid: Bool = false,
        on base: ChatRequest = Feature.greeting,
        without: (inout ChatRequest) -> Void = { _ in }, _ change: (inout ChatRequest) -> Void
    ) {
        (self.name, self.fields, self.traces, self.mayGoUnsaid) = (name, fields, traces, mayGoUnsaid)
        var (plain, call) = (base, base)
        without(&plain)
        change(&call)
        (self.plain, self.call) = (plain, call)
    }

    // MARK: What the calls are made of

    static let greeting: ChatRequest = {
        var request = ChatRequest(
            model: "claude-gemini", instructions: [.text("Be brief.")], turns: [ChatTurn(.user, "Greet me.")])
        request.maxOutputTokens = 30_000
        return request
    }()

    static let weather = ChatTool(
        name: "weather", description: "Tells the weather.",
        schema: Array(#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#.utf8))
    static let clock = ChatTool(name: "clock", description: "Tells the time.")

    /// A call that offers tools.
    static let offering: ChatRequest = {
        var request = greeting
        request.tools = [weather, clock]
        return request
    }()

    /// A dialogue in which the model has called a tool, and got these results.
    static func dialogue(
        _ calls: [ToolCall], _ results: [ToolResult], state: OpaqueState? = nil, thoughts: [ChatPart] = []
    ) -> ChatRequest {
        var request = offering
        request.turns = [
            ChatTurn(.user, "What is it like in Rome?"),
            ChatTurn(
                .assistant,
                thoughts
                    + calls.enumerated().map { ChatPart(.toolCall($0.element), state: $0.offset == 0 ? state : nil) }),
            ChatTurn(.user, results.map(ChatPart.toolResult)),
        ]
        return request
    }

    static let rome = ToolCall(id: "call_rome", name: "weather", arguments: #"{"city":"Rome"}"#)
    static let oslo = ToolCall(id: "call_oslo", name: "weather", arguments: #"{"city":"Oslo"}"#)
    static let sunny = ToolResult(callID: "call_rome", name: "weather", text: "sunny")
    static let rainy = ToolResult(callID: "call_oslo", name: "weather", text: "rainy")

    /// A picture of one pixel.
    static let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    static let page = "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSPj4K"

    static func shown(_ part: ChatPart.Content) -> (inout ChatRequest) -> Void {
        { $0.turns[0].parts.append(ChatPart(part)) }
    }
}
