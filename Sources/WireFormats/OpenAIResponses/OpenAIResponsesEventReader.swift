/// Follows a stream of Responses: named events, the last of which holds the whole response.
struct OpenAIResponsesEventReader: StreamEventReader {
    private var created = 0

    mutating func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into tally: inout StreamTally
    ) -> EventFate {
        if tally.events > 0, event.name.count > 0 {
            if event.name.part(max(0, event.name.count - 6)..<event.name.count).equals(".delta") {
                countDelta(event.data, into: &tally)
                return .pass
            }
            guard isMilestone(event.name) else { return .pass }
        }
        guard let root = try? tape.parse(event.data), let type = root["type"], type.kind == .string else {
            if event.name.equals("error") { return tally.fail(nil) }
            if tally.events == 0 { tally.isForeign = true }
            return .pass
        }
        return read(root, type: type, into: &tally)
    }

    /// Whether an event of this name says something about the response as a whole.
    private func isMilestone(_ name: UnsafeRawBufferPointer) -> Bool {
        name.equals("response.completed") || name.equals("response.incomplete") || name.equals("response.failed")
            || name.equals("response.created") || name.equals("response.queued") || name.equals("error")
    }

    private mutating func read(_ root: JSONNode, type: JSONNode, into tally: inout StreamTally) -> EventFate {
        if type.equals("error") {
            // OpenAI's wire nests what its SDK's type has flat.
            var failure = OpenAIFailure.read(root)
            if root.optional("error") == nil { failure?.type = nil }
            return tally.fail(failure)
        }
        guard type.contents.starts(with: "response.") else {
            if tally.events == 0 { tally.isForeign = true }
            return .pass
        }
        guard let response = root["response"] else {
            if type.contents.part(max(0, type.contents.count - 6)..<type.contents.count).equals(".delta") {
                countDelta(root.raw, into: &tally)
            }
            return .pass
        }
        let said = OpenAIOutline.answer(response)
        if let usage = said.usage { tally.usage = usage }
        if tally.model == nil { tally.model = said.model }
        if tally.answerID == nil { tally.answerID = try? response["id"]?.string() }
        if let seconds = response["created_at"]?.wholeNumber { created = seconds }

        if type.equals("response.failed") {
            return tally.fail(OpenAIFailure.read(response))
        }
        if type.equals("response.completed") || type.equals("response.incomplete") { tally.isComplete = true }
        return .pass
    }

    private func countDelta(_ data: UnsafeRawBufferPointer, into tally: inout StreamTally) {
        var keys = KeySearch(data, letters: KeySearch.Letters("d"))
        var bytes = 0
        while let quote = keys.next() {
            if let value = keys.value(of: "delta", at: quote) { bytes &+= keys.lengthOfString(at: value) }
        }
        tally.addContent(bytes)
    }

    func failureEvent(_ failure: ChatFailure, after tally: StreamTally, requestID: String) -> [UInt8] {
        // The upstream's own error event was counted, but the client never saw it.
        let sequence = tally.failure == nil ? tally.events : max(0, tally.events - 1)
        let response = OpenAIResponsesEnvelope(
            id: tally.answerID ?? "resp_\(requestID)", created: created, request: ChatRequest(model: tally.model ?? ""))
        var events = OpenAIResponsesEvents(from: sequence)
        var stream: [UInt8] = []
        events.write(failure, ending: response, into: &stream)
        return stream
    }
}
