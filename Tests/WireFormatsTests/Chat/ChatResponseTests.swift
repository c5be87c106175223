import Testing

@testable import WireFormats

@Suite struct ChatResponseTests {
    private let state = OpaqueState(origin: "anthropic", value: "s")

    /// An answer with one part of each kind.
    private var whole: ChatResponse {
        var response = ChatResponse(id: "1", model: "m", created: 5)
        response.parts = [
            ChatPart(.reasoning("Hm."), state: state), ChatPart(.reasoning("more")),
            ChatPart(.reasoning(""), state: state),
            ChatPart(.hiddenReasoning, state: state), ChatPart(.text("a"), state: state), .text("b"),
            ChatPart(.refusal("no")),
            ChatPart(.toolCall(ToolCall(id: "x", name: "f", arguments: #"{"a":1}"#)), state: state),
            .toolCall(ToolCall(id: "y", name: "g", arguments: "")),
            ChatPart(.foreign(ForeignPart(origin: "o", type: "t", json: Array("{}".utf8)))),
            ChatPart(.text(""), state: state),
        ]
        response.usage = TokenUsage(inputUncached: 1, output: 2)
        response.stopReason = .toolCall
        return response
    }

    @Test func `an answer told in events is the same answer`() {
        #expect(ChatResponse(folding: whole.events, created: 5) == whole)
        #expect(ChatResponse(folding: ChatResponse().events) == ChatResponse())
    }

    @Test func `its events come in the order that they have in a stream`() {
        var response = ChatResponse(id: "1", model: "m")
        response.parts = [.text("a"), .toolCall(ToolCall(id: "x", name: "f", arguments: "{}"))]
        response.usage = TokenUsage(output: 2)
        response.stopReason = .toolCall
        #expect(
            response.events == [
                .start(id: "1", model: "m"), .textDelta("a"), .toolStart(index: 0, id: "x", name: "f"),
                .toolArgumentsDelta(index: 0, "{}"), .toolEnd(index: 0), .usage(TokenUsage(output: 2)),
                .finish(.toolCall),
            ])
    }

    @Test func `pieces of one kind are one part, until it is closed`() {
        let response = ChatResponse(folding: [
            .textDelta("a"), .textDelta(""), .textDelta("b"), .textState(state), .textDelta("c"), .refusalDelta("d"),
            .refusalDelta("e"), .textDelta("f"), .reasoningDelta("g"), .ping, .reasoningDelta("h"),
            .reasoningEnd(state),
            .reasoningDelta("i"), .reasoningEnd(nil), .reasoningEnd(state),
        ])
        #expect(
            response.parts == [
                ChatPart(.text("ab"), state: state), .text("c"), ChatPart(.refusal("de")), .text("f"),
                ChatPart(.reasoning("gh"), state: state), ChatPart(.reasoning("i")),
                ChatPart(.reasoning(""), state: state),
            ])
        #expect(response.text == "abcf")
    }

    @Test func `interleaved calls are told apart`() {
        let response = ChatResponse(folding: [
            .toolStart(index: 0, id: "a", name: "f"), .toolStart(index: 1, id: "b", name: "g", state: state),
            .toolArgumentsDelta(index: 1, "1"), .toolArgumentsDelta(index: 0, "0"), .toolArgumentsDelta(index: 1, "1"),
            .toolEnd(index: 1), .toolArgumentsDelta(index: 1, "late"), .toolArgumentsDelta(index: 7, "nobody's"),
            .toolEnd(index: 0),
        ])
        #expect(
            response.toolCalls == [
                ToolCall(id: "a", name: "f", arguments: "0"), ToolCall(id: "b", name: "g", arguments: "11"),
            ])
        #expect(response.parts[1].state == state)
    }

    @Test func `the last word on usage counts, also behind the end`() {
        let response = ChatResponse(folding: [
            .usage(TokenUsage(output: 1)), .finish(.endTurn), .usage(TokenUsage(inputUncached: 4, output: 3)),
        ])
        #expect(response.usage == TokenUsage(inputUncached: 4, output: 3))
        #expect(response.stopReason == .endTurn)
    }

    @Test func `a failure is no part of an answer`() {
        let response = ChatResponse(folding: [.textDelta("a"), .failure(UpstreamFailureBody(message: "x"))])
        #expect(response.parts == [.text("a")])
        #expect(response.stopReason == nil)
    }

    @Test func `a long answer is gathered in a time that grows with its length`() {
        let piece = String(repeating: "x", count: 100)
        let pieces: [[ChatEvent]] = [
            Array(repeating: .textDelta(piece), count: 20_000),
            Array(repeating: .reasoningDelta(piece), count: 20_000),
            [.toolStart(index: 0, id: "a", name: "f")]
                + Array(repeating: .toolArgumentsDelta(index: 0, piece), count: 20_000),
        ]
        for events in pieces {
            let time = ContinuousClock().measure { #expect(ChatResponse(folding: events).parts.count == 1) }
            #expect(time < .seconds(5))
        }
    }
}
