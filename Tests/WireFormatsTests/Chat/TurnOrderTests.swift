import Testing

@testable import WireFormats

@Suite struct TurnOrderTests {
    private func order(
        _ turns: [ChatTurn], startsWithUser: Bool = true, keepsSystemTurns: Bool = false
    ) -> [ChatTurn] {
        turns.ordered(startsWithUser: startsWithUser, keepsSystemTurns: keepsSystemTurns)
    }

    private func calls(_ ids: String...) -> ChatTurn {
        ChatTurn(.assistant, ids.map { .toolCall(ToolCall(id: $0, name: "f\($0)", arguments: "")) })
    }

    private func result(_ id: String, _ text: String = "ok") -> ChatPart {
        .toolResult(ToolResult(callID: id, text: text))
    }

    private func missing(_ id: String) -> ChatPart {
        .toolResult(
            ToolResult(callID: id, name: "f\(id)", text: "No result was given for this call.", isError: true))
    }

    @Test func `turns that are in order stay as they are`() {
        let turns = [
            ChatTurn(.user, "Hi"), calls("1", "2"), ChatTurn(.user, [result("1"), result("2"), .text("Well?")]),
            ChatTurn(.assistant, "Done."), ChatTurn(.user, "Thanks."),
        ]
        #expect(order(turns) == turns)
    }

    @Test func `neighbours of one speaker become one turn, and empty ones none`() {
        #expect(
            order([
                ChatTurn(.user, "a"), ChatTurn(.user, ""), ChatTurn(.user, [.text("b"), .text("")]),
                ChatTurn(.assistant, "c"), ChatTurn(.user, []), ChatTurn(.assistant, "d"),
            ]) == [
                ChatTurn(.user, [.text("a"), .text("b")]), ChatTurn(.assistant, [.text("c"), .text("d")]),
            ])
    }

    @Test func `an empty text with a state says something`() {
        let sealed = ChatPart(.text(""), state: OpaqueState(origin: "x", value: "y"))
        #expect(order([ChatTurn(.user, [sealed])]) == [ChatTurn(.user, [sealed])])
    }

    @Test func `the user begins`() {
        let turns = [ChatTurn(.assistant, "Hello")]
        #expect(order(turns) == [ChatTurn(.user, "."), ChatTurn(.assistant, "Hello")])
        #expect(order(turns, startsWithUser: false) == turns)
        let system = [ChatTurn(.system, "s"), ChatTurn(.assistant, "Hello")]
        #expect(
            order(system, keepsSystemTurns: true) == [
                ChatTurn(.system, "s"), ChatTurn(.user, "."), ChatTurn(.assistant, "Hello"),
            ])
        #expect(order([]).isEmpty)
    }

    @Test func `system turns are the user's, or stay`() {
        let turns = [ChatTurn(.user, "a"), ChatTurn(.system, "b"), ChatTurn(.user, "c")]
        #expect(order(turns) == [ChatTurn(.user, [.text("a"), .text("b"), .text("c")])])
        #expect(order(turns, keepsSystemTurns: true) == turns)
    }

    @Test func `results come first behind their calls, in the order in which they were given`() {
        #expect(
            order([
                ChatTurn(.user, "Go"), calls("1", "2"), ChatTurn(.user, "By the way"), ChatTurn(.user, [result("2")]),
                ChatTurn(.user, [result("1"), .text("So?")]),
            ]) == [
                ChatTurn(.user, "Go"), calls("1", "2"),
                ChatTurn(.user, [result("2"), result("1"), .text("By the way"), .text("So?")]),
            ])
    }

    @Test func `results stand before a system turn that came between`() {
        #expect(
            order(
                [
                    ChatTurn(.user, "Go"), calls("1"), ChatTurn(.system, "s"),
                    ChatTurn(.user, [result("1"), .text("x")]),
                ],
                keepsSystemTurns: true) == [
                    ChatTurn(.user, "Go"), calls("1"), ChatTurn(.user, [result("1")]), ChatTurn(.system, "s"),
                    ChatTurn(.user, "x"),
                ])
    }

    @Test func `a call without a result gets one, in the middle and at the end`() {
        #expect(
            order([
                ChatTurn(.user, "Go"), calls("1", "2", "3"), ChatTurn(.user, [result("2")]), calls("4"),
            ]) == [
                ChatTurn(.user, "Go"), calls("1", "2", "3"),
                ChatTurn(.user, [result("2"), missing("1"), missing("3")]), calls("4"), ChatTurn(.user, [missing("4")]),
            ])
        #expect(
            order([ChatTurn(.user, "Go"), calls("1"), ChatTurn(.user, "Forget it.")]) == [
                ChatTurn(.user, "Go"), calls("1"), ChatTurn(.user, [missing("1"), .text("Forget it.")]),
            ])
    }

    @Test func `a result without a call, or a second one, is a text`() {
        #expect(
            order([ChatTurn(.user, [result("9", "lost")])]) == [
                ChatTurn(.user, [.text("Result of the tool call 9:"), .text("lost")])
            ])
        #expect(
            order([ChatTurn(.user, "Go"), calls("1"), ChatTurn(.user, [result("1"), result("1", "again")])]) == [
                ChatTurn(.user, "Go"), calls("1"),
                ChatTurn(.user, [result("1"), .text("Result of the tool call 1:"), .text("again")]),
            ])
        // Too late: the model has spoken since.
        #expect(
            order([
                ChatTurn(.user, "Go"), calls("1"), ChatTurn(.user, "x"), ChatTurn(.assistant, "y"),
                ChatTurn(.user, [result("1", "late")]),
            ]).last
                == ChatTurn(
                    .user, [.text("Result of the tool call 1:"), .text("late")]))
    }

    @Test func `calls of two messages in a row are one turn's`() {
        #expect(
            order([ChatTurn(.user, "Go"), calls("1"), calls("2"), ChatTurn(.user, [result("2"), result("1")])]) == [
                ChatTurn(.user, "Go"), calls("1", "2"), ChatTurn(.user, [result("2"), result("1")]),
            ])
    }

    @Test func `an id that is given twice has two results`() {
        let turns = [ChatTurn(.user, "Go"), calls("0", "0"), ChatTurn(.user, [result("0", "a"), result("0", "b")])]
        #expect(order(turns) == turns)
        let again = turns + [calls("0"), ChatTurn(.user, [result("0", "c")])]
        #expect(order(again) == again)
    }

    @Test func `many calls and results take a time that grows with their number`() {
        let count = 20_000
        let ids = (0..<count).map(String.init)
        var turns = [
            ChatTurn(.user, "Go"),
            ChatTurn(.assistant, ids.map { .toolCall(ToolCall(id: $0, name: "f", arguments: "")) }),
        ]
        turns += ids.map { ChatTurn(.user, "\($0)?") }
        turns += ids.reversed().map { ChatTurn(.user, [result($0)]) }
        var ordered: [ChatTurn] = []
        let time = ContinuousClock().measure { ordered = order(turns) }
        #expect(ordered.count == 3)
        #expect(ordered.last?.parts.count == 2 * count)
        #expect(time < .seconds(20))
    }
}
