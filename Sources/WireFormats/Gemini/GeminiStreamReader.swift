/// Reads a streamed answer: server-sent events, or the JSON array that comes where they weren't to be had.
final class GeminiStreamReader: ChatStreamReader {
    /// A picture comes in one event.
    private static let largestEvent = 32 << 20

    private var lines = ServerSentEvents(limit: largestEvent)
    private var elements = JSONArrayElements(limit: largestEvent)
    /// Whether the stream is an array; nil while nothing but white space came.
    private var isArray: Bool?
    private var answer = GeminiAnswerReader()
    private var hasFailed = false
    private var hasBegun = false
    private(set) var isForeign = false

    var isComplete: Bool { answer.isComplete }

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        if isArray == nil, let first = piece.first(where: { $0 > 0x20 }) {
            isArray = first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
        }
        var cursor = 0
        if isArray == true {
            while let event = elements.next(in: piece, at: &cursor) { read(event, tape, &events) }
        } else {
            while let event = lines.next(in: piece, at: &cursor) { read(event, tape, &events) }
        }
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {
        // What was cut short is no failure of its own: that the answer isn't whole says it all.
        if let event = lines.finish(), (try? tape.parse(event.data)) != nil { read(event, tape, &events) }
    }

    private func read(_ event: ServerSentEvents.Event, _ tape: JSONTape, _ events: inout [ChatEvent]) {
        guard !hasFailed, !isForeign else { return }
        guard event.hasData else { return events.append(.ping) }
        let isFirst = !hasBegun
        hasBegun = true
        if event.isOversized {
            return fail(.unreadable("An event of the answer is too large."), &events)
        }
        guard let chunk = try? tape.parse(event.data) else {
            if isFirst { isForeign = true } else { fail(.unreadable("An event is no JSON."), &events) }
            return
        }
        if isFirst, !GeminiAnswerReader.isChunk(chunk) { return isForeign = true }
        if chunk.optional("error") != nil {
            return fail(GeminiFailure.read(chunk) ?? UpstreamFailureBody(), &events)
        }
        answer.read(chunk, into: &events)
    }

    /// What fails behind a whole answer doesn't make it less whole.
    private func fail(_ failure: UpstreamFailureBody, _ events: inout [ChatEvent]) {
        hasFailed = true
        if !isComplete { events.append(.failure(failure)) }
    }
}
