/// Reads a stream of Messages: blocks one after the other, between the event that starts the message and the two that
/// end it.
final class AnthropicStreamReader: ChatStreamReader {
    /// A block that was found by a tool of the provider's comes in one event, and may be large.
    private var splitter = ServerSentEvents(limit: 16 << 20)
    /// The blocks that have begun and not ended, by index.
    private var blocks: [Int: AnthropicStreamBlock] = [:]
    private var usage: TokenUsage?
    private var calls = 0
    private var hasStarted = false
    private var hasText = false
    private var hasFinished = false
    /// Nothing that comes now counts.
    private var isOver = false

    private(set) var isComplete = false
    private(set) var isForeign = false

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        var cursor = 0
        while !isOver, let event = splitter.next(in: piece, at: &cursor) {
            if event.hasData { read(event, using: tape, into: &events) }
        }
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {
        if !isOver, let event = splitter.finish() { read(event, using: tape, into: &events) }
    }

    // MARK: Event by event

    private func read(_ event: ServerSentEvents.Event, using tape: JSONTape, into events: inout [ChatEvent]) {
        if event.isOversized {
            return fail(.unreadable("An event of the stream is too large."), &events)
        }
        guard let root = try? tape.parse(event.data), root.kind == .object else {
            if event.name.equals("error") { return fail(UpstreamFailureBody(), &events) }
            if !hasStarted { return leave() }
            return fail(.unreadable("An event of the stream is not valid JSON."), &events)
        }
        let type = root["type"]?.decoded() ?? String(decoding: event.name, as: UTF8.self)
        switch type {
        case "message_start": start(root["message"], &events)
        case "content_block_start": open(root, &events)
        case "content_block_delta": extend(root, &events)
        case "content_block_stop": close(root["index"]?.wholeNumber ?? 0, &events)
        case "message_delta": readEnd(root, &events)
        case "message_stop":
            if !hasFinished { finish(.endTurn, &events) }
            isOver = true
        case "ping": events.append(.ping)
        case "error": fail(AnthropicFailure.read(root) ?? UpstreamFailureBody(), &events)
        default: if !hasStarted { leave() }
        }
    }

    /// Whether a stream may begin with an event of this type.
    static func isEventType(_ type: JSONNode) -> Bool {
        let name = type.contents
        return name.starts(with: "message_") || name.starts(with: "content_block_") || name.equals("ping")
            || name.equals("error")
    }

    private func leave() { (isForeign, isOver) = (true, true) }

    /// What fails behind a whole answer doesn't make it less whole.
    private func fail(_ failure: UpstreamFailureBody, _ events: inout [ChatEvent]) {
        isOver = true
        if !hasFinished { events.append(.failure(failure)) }
    }

    private func start(_ message: JSONNode?, _ events: inout [ChatEvent]) {
        guard blocks.isEmpty else {
            return fail(.unreadable("The stream began anew before it had ended."), &events)
        }
        if !hasStarted {
            hasStarted = true
            let (id, model) = (message?["id"]?.decoded() ?? "", message?["model"]?.decoded() ?? "")
            events.append(.start(id: id, model: model))
        }
        read(usage: message?["usage"], &events)
    }

    private func read(usage node: JSONNode?, _ events: inout [ChatEvent]) {
        guard let said = node.flatMap({ TokenUsage(anthropic: $0, after: usage) }) else { return }
        usage = said
        events.append(.usage(said))
    }

    // MARK: Blocks

    private func open(_ root: JSONNode, _ events: inout [ChatEvent]) {
        guard let block = root["content_block"] else { return }
        begin(&events)
        let index = root["index"]?.wholeNumber ?? 0
        close(index, &events)
        let opened = AnthropicStreamBlock(block, call: calls)
        if case .call = opened { calls += 1 }
        blocks[index] = opened
        opened.tellStart(block, &events)
        if block["type"]?.equals("text") == true { add(text: block["text"], &events) }
    }

    private func extend(_ root: JSONNode, _ events: inout [ChatEvent]) {
        guard let delta = root["delta"], let type = delta["type"] else { return }
        begin(&events)
        if type.equals("text_delta") { return add(text: delta["text"], &events) }
        let index = root["index"]?.wholeNumber ?? 0
        // Taken out, so that what it gathers isn't copied.
        guard var block = blocks.removeValue(forKey: index) else { return }
        block.extend(type, delta, &events)
        blocks[index] = block
    }

    private func add(text node: JSONNode?, _ events: inout [ChatEvent]) {
        guard let text = node?.decoded(), !text.isEmpty else { return }
        hasText = true
        events.append(.textDelta(text))
    }

    private func close(_ index: Int, _ events: inout [ChatEvent]) {
        blocks.removeValue(forKey: index)?.tellEnd(&events)
    }

    /// Some servers leave out the event that starts the message.
    private func begin(_ events: inout [ChatEvent]) {
        if !hasStarted { start(nil, &events) }
    }

    // MARK: The end

    private func readEnd(_ root: JSONNode, _ events: inout [ChatEvent]) {
        begin(&events)
        read(usage: root["usage"], &events)
        guard let delta = root["delta"], !hasFinished,
            let reason = AnthropicStop.read(delta, callsTools: calls > 0)
        else { return }
        if reason == .refusal, !hasText, let words = AnthropicStop.explanation(delta) {
            closeAll(&events)
            events.append(.refusalDelta(words))
        }
        finish(reason, &events)
    }

    private func finish(_ reason: StopReason, _ events: inout [ChatEvent]) {
        begin(&events)
        closeAll(&events)
        events.append(.finish(reason.given(toolCalls: calls > 0)))
        (hasFinished, isComplete) = (true, true)
    }

    private func closeAll(_ events: inout [ChatEvent]) {
        for index in blocks.keys.sorted() { close(index, &events) }
    }
}
