/// Reads a stream of tokens: server-sent events, the last of which tells why the answer ended.
final class HuggingFaceTGIStreamReader: ChatStreamReader {
    private(set) var isComplete = false
    private(set) var isForeign = false

    private var splitter = ServerSentEvents()
    private var hasStarted = false
    private var hasFailed = false
    /// Whether the answer has said something; the blank that parts it from the prompt isn't of it.
    private var hasText = false

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        var cursor = 0
        while let event = splitter.next(in: piece, at: &cursor) { read(event, using: tape, into: &events) }
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {
        if let event = splitter.finish() { read(event, using: tape, into: &events) }
    }

    private func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into events: inout [ChatEvent]
    ) {
        guard !isForeign, !hasFailed, !isComplete else { return }
        guard event.hasData else { return events.append(.ping) }
        guard let said = try? tape.parse(event.data), said.kind == .object else {
            return stop("an event is no JSON object", into: &events)
        }
        if let failure = HuggingFaceTGIFailure.read(said) { return fail(failure, into: &events) }
        guard let token = said.optional("token") else { return stop("an event brings no token", into: &events) }
        if !hasStarted {
            hasStarted = true
            events.append(.start(id: "", model: ""))
        }
        add(token, into: &events)
        end(said, into: &events)
    }

    private func add(_ token: JSONNode, into events: inout [ChatEvent]) {
        guard token["special"]?.kind != .true, let node = token["text"] else { return }
        var text = node.decoded()
        if !hasText, text.first == " " { text.removeFirst() }
        hasText = hasText || !node.contents.isEmpty
        if !text.isEmpty { events.append(.textDelta(text)) }
    }

    /// The last event has the whole text once more, and the details.
    private func end(_ said: JSONNode, into events: inout [ChatEvent]) {
        let details = said.optional("details")
        let reason = details?.optional("finish_reason")
        guard reason != nil || said.optional("generated_text") != nil else { return }
        isComplete = true
        if let usage = details.flatMap({ TokenUsage(huggingFaceTGI: $0) }) { events.append(.usage(usage)) }
        events.append(.finish(reason.map { StopReason(huggingFaceTGI: $0.decoded()) } ?? .endTurn))
    }

    /// What isn't understood ends a stream that has begun, and is no stream of tokens at all where nothing was.
    private func stop(_ why: String, into events: inout [ChatEvent]) {
        guard hasStarted else { return isForeign = true }
        fail(.unreadable("The provider's stream is damaged: \(why)."), into: &events)
    }

    private func fail(_ failure: UpstreamFailureBody, into events: inout [ChatEvent]) {
        hasFailed = true
        events.append(.failure(failure))
    }
}
