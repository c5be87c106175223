/// Reads a Chat stream: `data:` chunks with `choices`, and `[DONE]`, which some leave out.
final class OpenAIChatStreamReader: ChatStreamReader {
    /// Some send a call whole, whatever its size; in bytes.
    private static let largestEvent = 16 << 20

    private var splitter = ServerSentEvents(limit: largestEvent)
    private var answer = OpenAIChatAnswerReader()
    private var hasBegun = false
    private var hasFailed = false

    private(set) var isForeign = false
    var isComplete: Bool { answer.isComplete }

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        let before = events.count
        var sawComment = false
        var cursor = 0
        while let event = splitter.next(in: piece, at: &cursor) {
            if event.hasData {
                read(event, using: tape, into: &events)
            } else {
                sawComment = true
            }
        }
        if sawComment, events.count == before, !hasFailed, !isComplete { events.append(.ping) }
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {
        guard let event = splitter.finish() else { return }
        // What was cut short is no failure of its own: that the answer isn't whole says it all.
        let isWhole = event.data.equals("[DONE]") || (try? tape.parse(event.data)) != nil
        if isWhole || !hasBegun { read(event, using: tape, into: &events) }
    }

    private func read(_ event: ServerSentEvents.Event, using tape: JSONTape, into events: inout [ChatEvent]) {
        guard !hasFailed, !isForeign else { return }
        let isFirst = !hasBegun
        hasBegun = true
        if event.isOversized {
            return fail(.unreadable("An event of the stream is too large."), into: &events)
        }
        if event.data.equals("[DONE]") {
            isForeign = isFirst
            return answer.terminate(into: &events)
        }
        let isNamedError = event.name.equals("error")
        guard let chunk = try? tape.parse(event.data), chunk.kind == .object else {
            if isNamedError { return fail(UpstreamFailureBody(), into: &events) }
            if isFirst { return isForeign = true }
            // What is lost here would be missing from an answer that looks whole.
            return fail(.unreadable("A chunk of the stream can't be read."), into: &events)
        }
        if isNamedError { return fail(OpenAIFailure.read(chunk) ?? UpstreamFailureBody(), into: &events) }
        if isFirst, chunk["choices"]?.kind != .array, chunk.optional("error") == nil {
            isForeign = true
            return
        }
        if let failure = answer.read(chunk, isWhole: false, into: &events) { fail(failure, into: &events) }
    }

    /// What fails behind a whole answer doesn't make it less whole; its usage may follow all the same.
    private func fail(_ failure: UpstreamFailureBody, into events: inout [ChatEvent]) {
        guard !isComplete else { return }
        hasFailed = true
        events.append(.failure(failure))
    }
}
