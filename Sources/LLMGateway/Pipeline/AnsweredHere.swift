import NIOCore
import WireFormats

/// Calls that the gateway can answer without their target, where that has no such calls.
extension Call {
    var isAnswerableHere: Bool {
        operation == .tokenCount ? format.tokenCountBody(0) != nil : outline?.asksNothing ?? false
    }

    func answerHere() {
        if operation == .tokenCount { answerEstimatedTokens() } else { answerToNothing() }
    }

    /// Answers how many tokens the input is where the provider can't say: a guess, which errs on the high side and says
    /// that it is one.
    private func answerEstimatedTokens() {
        guard let body = format.tokenCountBody(estimatedInputTokens) else { return }
        beginAnswer(status: 200, upstream: nil)
        connection.write { head in head.field("x-llm-gateway-token-count", "estimate" as StaticString) }
        connection.finish(body: ByteBuffer(bytes: body))
    }

    /// Says that a model is ready, or let go, where nothing has to be done for that.
    private func answerToNothing() {
        let body = body.withUnsafeReadableBytes { bytes in
            (try? state.tape.parse(bytes)).flatMap { body in
                format.answerToNothing(
                    body, at: place, model: shownModel ?? target?.model ?? "", created: Int(WallClock.now.seconds))
            }
        }
        answer(body ?? [])
    }
}
