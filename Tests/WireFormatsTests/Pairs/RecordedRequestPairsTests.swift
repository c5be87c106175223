import Testing

@testable import WireFormats

/// Every call that was recorded, said in every target's format.
@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedRequestPairsTests {
    @Test func `there are recordings of every format`() throws {
        let formats = try Set(RecordedExchange.paths.map { try RecordedExchange($0).format.id })
        #expect(formats.isSuperset(of: [any WireFormat].targets.map(\.id)))
        #expect(RecordedExchange.paths.count >= 280)
    }

    @Test(arguments: RecordedExchange.paths)
    func `a recorded call loses nothing in any target's format that isn't reported`(path: String) throws {
        let exchange = try RecordedExchange(path)
        // A recorded refusal may be one of the body; a body may name its model in the path, or by a stored prompt.
        guard let (body, place) = exchange.request, exchange.format.chat != nil, exchange.status < 400,
            try place.model != nil || body.object["model"] != nil
        else { return }
        let request = try exchange.format.decode(body, at: place)
        guard request.unread.allSatisfy({ $0.objection == nil }), !request.turns.isEmpty else { return }
        for target in [any WireFormat].targets {
            do {
                try check(request, target)
            } catch let error as Untranslatable {
                #expect(mayBeRefused(request, error), "\(target.id): \(error)")
            }
        }
    }

    private func check(_ request: ChatRequest, _ target: any WireFormat) throws {
        let (body, losses) = try target.encode(request)
        let meaning = Meaning(request)
        let reported = Set(losses.map(\.field))
        #expect(reported.count == losses.count && losses.allSatisfy { $0.knownField == $0.field }, "\(losses)")

        guard target.chat != nil else {
            let said = try Meaning.strings(of: body)
            for text in meaning.texts { #expect(said.contains(text) || text.isEmpty, "\(target.id) lacks \(text)") }
            return
        }
        let again = try target.decode(body, at: target.place(streams: request.streams))
        var unreported = meaning.missing(in: Meaning(again)).filter { !Self.covers(reported, $0) }
        // Where no form is promised, one is asked for in words.
        if request.answerForm == .jsonObject, again.instructions.text.contains("JSON") {
            unreported.remove("response_format")
        }
        #expect(unreported.isEmpty, "\(target.id)")
        #expect(again.unread.allSatisfy { $0.objection == nil }, "\(target.id)")
    }

    /// Whether one of the losses is that of what is missing.
    private static func covers(_ losses: Set<String>, _ missing: String) -> Bool {
        switch missing {
        case "thoughts": !losses.isDisjoint(with: ["reasoning", "thought_signature"])
        // Where there is no choice among tools, fewer are offered.
        case "tools": losses.contains("tool_choice")
        default: losses.contains(missing)
        }
    }

    /// Whether there is something in the call for which it may be refused.
    private func mayBeRefused(_ request: ChatRequest, _ error: Untranslatable) -> Bool {
        let parts = request.turns.flatMap(\.parts)
        switch error.field {
        case "n": return request.choices > 1
        case "logprobs": return request.logProbabilities != nil
        case "tools": return !request.tools.isEmpty
        default:
            return parts.contains { part in
                switch part.content {
                case .image, .document, .audio, .toolCall: true
                case .toolResult(let result):
                    result.parts.contains { if case .text = $0.content { false } else { true } }
                default: false
                }
            }
        }
    }
}
