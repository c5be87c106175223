import Testing

@testable import WireFormats

@Suite struct OpenAIReasoningTests {
    private let signed =
        #""reasoning_details":[{"type":"reasoning.text","text":"So it is.","signature":"c2ln","index":0}]"#

    @Test func `thoughts that are told in pieces, and once more whole with their signature, are told once`() {
        let stream = OpenAIExchange.stream(
            OpenAIExchange.delta(#""reasoning_content":"So it""#), OpenAIExchange.delta(#""reasoning_content":" is.""#),
            OpenAIExchange.delta(signed), OpenAIExchange.delta(#""content":"Yes.""#),
            OpenAIExchange.delta("", finish: #""stop""#))
        let answer = ChatResponse(folding: OpenAIExchange.read(stream: stream).events)
        let state = OpaqueState(origin: OpaqueState.anthropic, value: "c2ln")
        #expect(answer.parts == [ChatPart(.reasoning("So it is."), state: state), .text("Yes.")])
    }

    @Test func `other thoughts that come whole are told beside those that came in pieces`() {
        let stream = OpenAIExchange.stream(
            OpenAIExchange.delta(#""reasoning_content":"First.""#), OpenAIExchange.delta(signed),
            OpenAIExchange.delta("", finish: #""stop""#))
        let answer = ChatResponse(folding: OpenAIExchange.read(stream: stream).events)
        #expect(AnswerMeaning(answer).thoughts == "First.So it is.")
    }

    @Test func `no more of an output is reasoning than there is`() {
        #expect(TokenUsage(output: 10, reasoning: 11).reasoning == 10)
    }
}
