/// Reads a Responses stream. What it tells comes from the items' own events, since some servers leave the last one's
/// `output` empty.
final class OpenAIResponsesStreamReader: ChatStreamReader {
    /// The last event holds the whole response, so it may be large, in bytes.
    private var splitter = ServerSentEvents(limit: 16 << 20)
    private var items = OpenAIResponsesItemReader()
    private var hasStarted = false
    private var hasFailed = false
    /// The place of the last item, for servers that don't say which one they mean.
    private var place = 0

    private(set) var isComplete = false
    private(set) var isForeign = false

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        var cursor = 0
        while let event = splitter.next(in: piece, at: &cursor) { read(event, using: tape, into: &events) }
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {
        guard let event = splitter.finish() else { return }
        // What was cut short is no failure of its own: that the answer isn't whole says it all.
        if !hasStarted || (try? tape.parse(event.data)) != nil { read(event, using: tape, into: &events) }
    }

    private func read(_ event: ServerSentEvents.Event, using tape: JSONTape, into events: inout [ChatEvent]) {
        guard !isComplete, !hasFailed, !isForeign else { return }
        guard event.hasData else { return events.append(.ping) }
        if event.isOversized { return readOversized(event.name, into: &events) }
        guard let root = try? tape.parse(event.data), root.kind == .object else {
            if event.name.equals("error") { return fail(UpstreamFailureBody(), into: &events) }
            guard !event.data.equals("[DONE]") else { return }
            if !hasStarted { return isForeign = true }
            // What is lost here would be missing from an answer that looks whole.
            return fail(.unreadable("An event of the stream can't be read."), into: &events)
        }
        guard let type = root["type"], type.kind == .string else {
            if root.optional("error") != nil || event.name.equals("error") {
                return fail(OpenAIFailure.read(root) ?? UpstreamFailureBody(), into: &events)
            }
            if !hasStarted { isForeign = true }
            return
        }
        if type.contents.starts(with: "response.") {
            read(root, type, into: &events)
        } else if type.equals("error") {
            // OpenAI's wire nests what its SDK's type has flat.
            var failure = OpenAIFailure.read(root) ?? UpstreamFailureBody()
            if root.optional("error") == nil { failure.type = nil }
            fail(failure, into: &events)
        } else if type.equals("keepalive") || type.equals("ping") {
            events.append(.ping)
        } else if !hasStarted {
            isForeign = true
        }
    }

    /// An event too large to be kept. Those that hold the whole response repeat what others have told.
    private func readOversized(_ name: UnsafeRawBufferPointer, into events: inout [ChatEvent]) {
        if name.equals("response.completed") {
            complete(nil, reason: .endTurn, into: &events)
        } else if name.equals("response.incomplete") {
            complete(nil, reason: .maxTokens, into: &events)
        } else if !name.equals("response.created"), !name.equals("response.queued"),
            !name.equals("response.in_progress")
        {
            fail(.unreadable("An event of the stream is too large."), into: &events)
        }
    }

    private func read(_ root: JSONNode, _ type: JSONNode, into events: inout [ChatEvent]) {
        start(root["response"], into: &events)
        let part = root["content_index"]?.wholeNumber ?? root["summary_index"]?.wholeNumber ?? 0
        place = root["output_index"]?.wholeNumber ?? place
        if type.contents.hasEnding(".delta") {
            add(root.responsesText("delta"), type, part: part, into: &events)
        } else if type.equals("response.output_item.added") {
            if let item = root["item"] { items.begin(item, at: place, into: &events) }
        } else if type.equals("response.output_item.done") {
            if let item = root["item"] { items.end(item, at: place, into: &events) }
        } else if type.equals("response.completed") || type.equals("response.incomplete") {
            complete(root["response"], into: &events)
        } else if type.equals("response.failed") || type.equals("response.cancelled") {
            fail(root["response"].flatMap { OpenAIFailure.read($0) } ?? UpstreamFailureBody(), into: &events)
        } else if items.isUntold(part, at: place) {
            // The text of a part of which no delta told.
            add(root.responsesText(Self.wholeKey(of: type)), type, part: part, into: &events)
        }
    }

    /// What holds a part's whole text in the event that ends it.
    private static func wholeKey(of type: JSONNode) -> StaticString {
        if type.equals("response.refusal.done") { return "refusal" }
        if type.equals("response.function_call_arguments.done") { return "arguments" }
        return type.equals("response.custom_tool_call_input.done") ? "input" : "text"
    }

    /// Adds the text that a delta brings, or the end of what it would have been a delta of.
    private func add(_ text: String, _ type: JSONNode, part: Int, into events: inout [ChatEvent]) {
        let kind = type.contents
        if kind.starts(with: "response.output_text.d") {
            items.add(text, isRefusal: false, at: place, part: part, into: &events)
        } else if kind.starts(with: "response.function_call_arguments.d")
            || kind.starts(with: "response.custom_tool_call_input.d")
        {
            items.addArguments(text, at: place, into: &events)
        } else if kind.starts(with: "response.reasoning_summary_text.d") {
            items.think(text, isSummary: true, at: place, part: part, into: &events)
        } else if kind.starts(with: "response.reasoning_text.d") {
            items.think(text, isSummary: false, at: place, part: part, into: &events)
        } else if kind.starts(with: "response.refusal.d") {
            items.add(text, isRefusal: true, at: place, part: part, into: &events)
        }
    }

    private func start(_ response: JSONNode?, into events: inout [ChatEvent]) {
        guard !hasStarted else { return }
        hasStarted = true
        events.append(.start(id: response?.responsesText("id") ?? "", model: response?.responsesText("model") ?? ""))
    }

    /// - Parameter reason: Why the answer ended, where the response isn't there to say it.
    private func complete(_ response: JSONNode?, reason: StopReason = .endTurn, into events: inout [ChatEvent]) {
        if let output = response?["output"], items.isEmpty {
            for (place, item) in output.anyElements.enumerated() { items.end(item, at: place, into: &events) }
        }
        items.endAll(into: &events)
        if let usage = response?.optional("usage").flatMap({ TokenUsage(openAI: $0) }) { events.append(.usage(usage)) }
        events.append(.finish(response.map { items.stopReason(of: $0) } ?? reason))
        isComplete = true
    }

    private func fail(_ failure: UpstreamFailureBody, into events: inout [ChatEvent]) {
        hasFailed = true
        events.append(.failure(failure))
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes end with those of `text`.
    fileprivate func hasEnding(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && part((count - text.utf8CodeUnitCount)..<count).equals(text)
    }
}
