import Testing
import WireFormats

@testable import LLMGateway

@Suite struct CallNeedsTests {
    private func needs(_ change: (inout ChatRequest) -> Void) -> Abilities {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        change(&request)
        return Abilities(neededBy: request)
    }

    private func needs(_ parts: ChatPart...) -> Abilities { needs { $0.turns.append(ChatTurn(.user, parts)) } }

    @Test func `a call of texts needs nothing`() {
        #expect(needs(ChatPart.text("Hello")) == [])
        #expect(needs { $0.answerForm = .jsonObject } == [])
    }

    @Test func `what is shown is needed, also in the result of a tool`() {
        let image = ChatPart.image(Media(.base64("AA=="), mediaType: "image/png"))
        #expect(needs(image) == [.images])
        #expect(needs(.toolResult(ToolResult(callID: "1", parts: [image]))) == [.images])
        #expect(needs(ChatPart(.document(Media(.file("f"))))) == [.documents])
        #expect(needs(ChatPart(.document(Media(.text("plain"))))) == [], "a text can be said as one")
        #expect(needs(ChatPart(.audio(Media(.base64("AA=="))))) == [.audio])
    }

    @Test func `tools, schemas and thinking are needed where they are asked for`() {
        let schema = Array("{}".utf8)
        #expect(needs { $0.tools = [ChatTool(name: "t", schema: schema)] } == [.tools])
        #expect(needs { $0.answerForm = .schema(AnswerSchema(schema: schema)) } == [.jsonSchema])
        #expect(needs { $0.reasoning = .effort("low") } == [.reasoning])
        #expect(needs { $0.reasoning = .adaptive } == [.reasoning])
        #expect(needs { $0.reasoning = .off } == [])
        #expect(needs { $0.reasoning = .effort("none") } == [])
        #expect(needs { $0.reasoning = .budget(0) } == [])
    }
}
