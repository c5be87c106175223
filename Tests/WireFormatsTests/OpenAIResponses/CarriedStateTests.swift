import Testing

@testable import WireFormats

struct CarriedStateTests {
    private func read(_ text: String, id: String? = "rs_1", hasText: Bool = true) -> OpenAIResponsesCarriedState? {
        OpenAIResponsesCarriedState(encryptedContent: text, id: id, hasText: hasText)
    }

    @Test(
        arguments: ["", "a", "ab", "abc", "+/==\n", "ErUB€\u{0}𝄞", String(repeating: "xyz-", count: 5000)],
        [OpenAIResponsesCarriedState.Owner.reasoning, .hidden, .call, .text])
    func `another provider's state comes back as it was`(value: String, owner: OpenAIResponsesCarriedState.Owner) {
        for (origin, id) in [("anthropic", nil), ("google", "r.1"), ("open.router", "€")] as [(String, String?)] {
            let carried = OpenAIResponsesCarriedState(owner, OpaqueState(origin: origin, value: value, id: id))
            let text = carried.encryptedContent(itemID: "rs_a_0")
            #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
            #expect(read(text, id: "rs_a_0") == carried)
        }
    }

    @Test func `the form is the documented one`() {
        let state = OpaqueState(origin: "anthropic", value: "Er+/", id: "x")
        #expect(
            OpenAIResponsesCarriedState(.reasoning, state).encryptedContent(itemID: "i")
                == "llmgw1.reasoning.anthropic.eA.RXIrLw")
    }

    @Test func `OpenAI's own goes under its own id as it came, and is tagged under another`() {
        let state = OpaqueState(origin: "openai", value: "gAAA", id: "rs_1")
        let carried = OpenAIResponsesCarriedState(.hidden, state)
        #expect(carried.ownID == "rs_1" && carried.encryptedContent(itemID: "rs_1") == "gAAA")
        #expect(read(carried.encryptedContent(itemID: "rs_2"), id: "rs_2") == carried)
        #expect(read("gAAA", hasText: false) == carried)
        #expect(read("gAAA")?.owner == .reasoning)
        #expect(read("gAAA", id: nil)?.state.id == nil)
    }

    @Test(arguments: ["llmgw2.x", "llmgw1.", "llmgw1.odd.a.b.YQ", "llmgw1.call.a..é", "llmgw1.call.a..YQ.YQYQY"])
    func `a tag that can't be read is nobody's that is known`(text: String) {
        #expect(read(text)?.state == OpaqueState(origin: "llm-gateway", value: text, id: "rs_1"))
    }

    @Test func `the bare mark holds nothing`() { #expect(read("llmgw1") == nil) }
}
