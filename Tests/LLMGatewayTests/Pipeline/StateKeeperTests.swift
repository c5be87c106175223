import Testing
import WireFormats

@testable import LLMGateway

@Suite struct StateKeeperTests {
    private let memory = OpaqueStateMemory()
    private let google = OpaqueState(origin: OpaqueState.google, value: "g")
    private let claude = OpaqueState(origin: OpaqueState.anthropic, value: "a")

    private func format(_ id: FormatID) throws -> any WireFormat {
        try #require([any WireFormat].builtIn.first { $0.id == id })
    }

    private func keeper(client: FormatID, upstream: FormatID, model: String = "m") throws -> StateKeeper {
        StateKeeper(
            memory, of: "k", client: try #require(try format(client).chat),
            upstream: try #require(try format(upstream).upstreamChat), model: model)
    }

    private func kept(_ id: String) -> CallState? { memory.recall([id], of: "k")[id] }

    @Test(arguments: ["openai-chat", "anthropic-messages", "ollama"] as [FormatID])
    func `Gemini's signatures are kept for clients whose format has no place for them`(client: FormatID) throws {
        var keeper = try keeper(client: client, upstream: "gemini")
        keeper.note(.toolStart(index: 0, id: "x", name: "f", state: google))
        keeper.note(.toolStart(index: 1, id: "y", name: "f", state: nil))
        #expect(kept("x") == CallState(name: "f", thoughts: [], state: google) && kept("y") == nil)
    }

    @Test(arguments: ["gemini", "openai-responses"] as [FormatID])
    func `nothing is kept for clients whose format has one`(client: FormatID) throws {
        var keeper = try keeper(client: client, upstream: "gemini")
        keeper.note(.toolStart(index: 0, id: "x", name: "f", state: google))
        #expect(memory.isEmpty)
    }

    @Test func `what Claude thought is kept with the call that it led to, signed as it came`() throws {
        var keeper = try keeper(client: "openai-chat", upstream: "anthropic-messages")
        for event in [
            .reasoningDelta("Hm"), .reasoningDelta("…"), .reasoningEnd(claude), .hiddenReasoning(claude),
            .toolStart(index: 0, id: "x", name: "f", state: nil), .toolArgumentsDelta(index: 0, "{}"),
            .toolEnd(index: 0), .toolStart(index: 1, id: "y", name: "f", state: nil), .toolEnd(index: 1),
            .reasoningDelta("unsigned"), .reasoningEnd(nil), .reasoningDelta("2"), .reasoningEnd(claude),
            .toolStart(index: 2, id: "z", name: "g", state: nil),
        ] as [ChatEvent] {
            keeper.note(event)
        }
        let thoughts = [ChatPart(.reasoning("Hm…"), state: claude), ChatPart(.hiddenReasoning, state: claude)]
        #expect(kept("x") == CallState(name: "f", thoughts: thoughts, state: nil))
        #expect(kept("y") == nil)
        #expect(kept("z")?.thoughts == [ChatPart(.reasoning("2"), state: claude)])
    }

    @Test func `an answer that comes whole is kept like one that is told in events`() throws {
        var keeper = try keeper(client: "openai-chat", upstream: "anthropic-messages")
        keeper.note([
            ChatPart(.reasoning("Hm…"), state: claude), .text("So:"), ChatPart(.hiddenReasoning, state: claude),
            .toolCall(ToolCall(id: "x", name: "f", arguments: "{}")),
        ])
        #expect(
            kept("x")?.thoughts == [
                ChatPart(.reasoning("Hm…"), state: claude), ChatPart(.hiddenReasoning, state: claude),
            ])
    }

    @Test func `thoughts of models that sign none are not gathered`() throws {
        var keeper = try keeper(client: "ollama", upstream: "openai-chat", model: "deepseek-r1")
        keeper.note(.reasoningDelta("Hm"))
        keeper.note(.reasoningEnd(nil))
        keeper.note(.toolStart(index: 0, id: "x", name: "f", state: nil))
        #expect(memory.isEmpty)
    }

    @Test func `endless thoughts are not kept, and don't keep later ones from it`() throws {
        let endless = String(repeating: "t", count: 100_000)
        var keeper = try keeper(client: "openai-chat", upstream: "anthropic-messages")
        for _ in 0..<20 { keeper.note(.reasoningDelta(endless)) }
        keeper.note(.reasoningEnd(claude))
        keeper.note(.hiddenReasoning(claude))
        keeper.note(.toolStart(index: 0, id: "x", name: "f", state: nil))
        #expect(memory.isEmpty)
        keeper.note(.reasoningDelta("short"))
        keeper.note(.reasoningEnd(claude))
        keeper.note(.toolStart(index: 1, id: "y", name: "f", state: nil))
        #expect(kept("y")?.thoughts == [ChatPart(.reasoning("short"), state: claude)])
    }

    @Test func `a target is told again what was kept, in its own words`() throws {
        var keeper = try keeper(client: "openai-chat", upstream: "gemini")
        keeper.note(.toolStart(index: 0, id: "x", name: "f", state: google))
        var request = ChatRequest(
            model: "gemini-3-pro",
            turns: [
                ChatTurn(.user, "Hi"),
                ChatTurn(.assistant, [.toolCall(ToolCall(id: "x", name: "f", arguments: "{}"))]),
                ChatTurn(.user, [.toolResult(ToolResult(callID: "x", text: "r"))]),
            ])
        let upstream = try #require(try format("gemini").upstreamChat)
        let origin = try #require(upstream.stateOrigin(of: request.model))
        request.putBack(memory.recall(request.statelessCalls, of: "k"), readableBy: origin)
        var body: [UInt8] = []
        #expect(try upstream.encode(request, for: TargetTraits(), into: &body).isEmpty)
        #expect(String(decoding: body, as: UTF8.self).contains(#""thoughtSignature":"g""#))
    }
}
