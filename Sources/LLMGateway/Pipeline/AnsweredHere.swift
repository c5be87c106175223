import NIOCore
import WireFormats

/// Calls that the gateway can answer without their target, where that has no such calls.
extension Call {
    var isAnswerableHere: Bool {
        operation == .tokenCount ? format.tokenCountBody(0) != nil : outline?.asksNothing ?? false
    }

    func answerHere() {
        if operation == .tokenCount { answerTokens() } else { answerToNothing() }
    }

    /// Answers how many tokens the input is: as a model in this process counts them, else, where the provider can't say,
    /// by a guess, which errs on the high side and says that it is one.
    private func answerTokens() {
        let counted = countedInputTokens
        guard let body = format.tokenCountBody(counted ?? estimatedInputTokens) else { return }
        beginAnswer(status: 200, upstream: nil)
        if counted == nil {
            connection.write { head in head.field("x-llm-gateway-token-count", "estimate" as StaticString) }
        }
        connection.finish(body: ByteBuffer(bytes: body))
    }

    /// nil: nobody can say. So for a body that can't be read whole, for the guess needs no more than its outline.
    private var countedInputTokens: Int? {
        guard case .inProcess(let model)? = provider?.kind, let target, let codec = format.chat,
            var request = try? chatRequest(by: codec)
        else { return nil }
        request.model = target.model
        return model.inputTokens(of: request)
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
