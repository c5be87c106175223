import Testing
import WireFormats

@testable import LLMGateway

@Suite struct CallStateTests {
    private let signature = OpaqueState(origin: OpaqueState.google, value: "sig")

    private func thought(_ text: String, _ value: String = "s", origin: String = OpaqueState.anthropic) -> ChatPart {
        ChatPart(.reasoning(text), state: OpaqueState(origin: origin, value: value))
    }

    private func call(_ id: String, _ name: String = "f", state: OpaqueState? = nil) -> ChatPart {
        ChatPart(.toolCall(ToolCall(id: id, name: name, arguments: "{}")), state: state)
    }

    private func request(_ parts: ChatPart...) -> ChatRequest {
        ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi"), ChatTurn(.assistant, parts)])
    }

    private func after(
        _ states: [String: CallState], in request: ChatRequest, origin: String = OpaqueState.google
    ) -> [ChatPart] {
        var request = request
        request.putBack(states, readableBy: origin)
        return request.turns[1].parts
    }

    @Test func `calls that came back without their state are found`() {
        let request = request(.text("Let me see."), call("a"), call("b", state: signature), call("c"))
        #expect(request.statelessCalls == ["a", "c"])
    }

    @Test func `a call gets its state back`() {
        let known = ["a": CallState(name: "f", thoughts: [], state: signature)]
        #expect(after(known, in: request(call("a"), call("b"))) == [call("a", state: signature), call("b")])
    }

    @Test func `what the client handed back itself stays`() {
        let own = OpaqueState(origin: OpaqueState.google, value: "own")
        let known = ["a": CallState(name: "f", thoughts: [], state: signature)]
        #expect(after(known, in: request(call("a", state: own))) == [call("a", state: own)])
    }

    @Test func `a call of another tool under the same id gets nothing`() {
        let known = ["a": CallState(name: "g", thoughts: [thought("t")], state: signature)]
        #expect(after(known, in: request(call("a"))) == [call("a")])
    }

    @Test func `a target gets only what it can read`() {
        let known = ["a": CallState(name: "f", thoughts: [thought("t")], state: signature)]
        #expect(after(known, in: request(call("a")), origin: OpaqueState.openAI) == [call("a")])
        #expect(after(known, in: request(call("a"))) == [call("a", state: signature)])
        #expect(after(known, in: request(call("a")), origin: OpaqueState.anthropic) == [thought("t"), call("a")])
    }

    @Test func `thoughts come back in front of the turn, those between calls in front of theirs`() {
        let hidden = ChatPart(.hiddenReasoning, state: OpaqueState(origin: OpaqueState.anthropic, value: "h"))
        let known = [
            "a": CallState(name: "f", thoughts: [thought("1"), hidden], state: nil),
            "b": CallState(name: "f", thoughts: [thought("2")], state: nil),
        ]
        let said = request(.text("Let me see."), call("a"), call("b"))
        #expect(
            after(known, in: said, origin: OpaqueState.anthropic) == [
                thought("1"), hidden, .text("Let me see."), call("a"), thought("2"), call("b"),
            ])
    }

    @Test func `thoughts that the client hands back unsigned are replaced, signed ones stay alone`() {
        let known = ["a": CallState(name: "f", thoughts: [thought("1")], state: nil)]
        let unsigned = request(ChatPart(.reasoning("1")), .text("x"), call("a"))
        #expect(after(known, in: unsigned, origin: OpaqueState.anthropic) == [thought("1"), .text("x"), call("a")])
        let signed = request(thought("own", "own"), call("a"))
        #expect(after(known, in: signed, origin: OpaqueState.anthropic) == [thought("own", "own"), call("a")])
    }

    @Test func `thoughts of which the target can't read the signature don't stand for its own`() {
        let known = ["a": CallState(name: "f", thoughts: [thought("1")], state: nil)]
        let spoilt = request(thought("1", "ss", origin: "anthropic-claude-v1anthropic-claude-v1"), call("a"))
        #expect(after(known, in: spoilt, origin: OpaqueState.anthropic) == [thought("1"), call("a")])
        #expect(after(known, in: spoilt) == spoilt.turns[1].parts)
    }

    @Test func `the memory is kept by client and call, and only there`() {
        let memory = OpaqueStateMemory()
        #expect(memory.isEmpty)
        let state = CallState(name: "f", thoughts: [], state: signature)
        memory.keep(state, ofCall: "a", for: "alice")
        #expect(!memory.isEmpty && memory.recall(["a", "b"], of: "alice") == ["a": state])
        #expect(memory.recall(["a"], of: "bob").isEmpty)
    }

    @Test func `the memory is bounded in calls, in bytes and in time`() {
        func left(_ memory: OpaqueStateMemory, of size: Int, valueLength: Int = 1) -> Int {
            let value = OpaqueState(origin: OpaqueState.google, value: String(repeating: "s", count: valueLength))
            let ids = (0..<size).map(String.init)
            for id in ids { memory.keep(CallState(name: "f", thoughts: [], state: value), ofCall: id, for: "") }
            return memory.recall(ids, of: "").count
        }
        #expect((1...160).contains(left(OpaqueStateMemory(entries: 160), of: 5000)))
        #expect((1...100).contains(left(OpaqueStateMemory(bytes: 1_000_000), of: 1000, valueLength: 10_000)))
        #expect(left(OpaqueStateMemory(lifetime: .zero), of: 10) == 0)
        #expect(left(OpaqueStateMemory(), of: 1000) == 1000)
    }

    @Test func `event loops may use the memory at once`() async {
        let memory = OpaqueStateMemory()
        await withTaskGroup(of: Int.self) { group in
            for loop in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        let state = CallState(name: "\(loop)", thoughts: [], state: nil)
                        memory.keep(state, ofCall: "\(loop)-\(number)", for: "")
                    }
                    return memory.recall((0..<500).map { "\(loop)-\($0)" }, of: "").values
                        .count { $0.name == "\(loop)" }
                }
            }
            for await found in group { #expect(found == 500) }
        }
    }
}
