import NIOCore
import WireFormats

extension Call {
    /// Answers how many tokens the input is where the provider can't say: a guess, which errs on the high side and says
    /// that it is one.
    func answerEstimatedTokens() {
        guard let body = format.tokenCountBody(estimatedInputTokens) else { return }
        beginAnswer(status: 200, upstream: nil)
        connection.write { head in head.field("x-llm-gateway-token-count", "estimate" as StaticString) }
        connection.finish(body: ByteBuffer(bytes: body))
    }
}
