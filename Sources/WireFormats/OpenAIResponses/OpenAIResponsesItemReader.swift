/// Reads the items of an answer's output, whole or piece by piece, and tells them in events.
///
/// What the pieces of an item told is not told again by its end; what they left out is.
struct OpenAIResponsesItemReader {
    private struct Item {
        /// The parts whose text was told.
        var told: Set<Int> = []
        /// The index of a call; nil for other items.
        var call: Int?
        /// Whether a reasoning's text is its summary; nil while it has none.
        var tellsSummary: Bool?
        var isDone = false
    }

    /// By their places in the output.
    private var items: [Int: Item] = [:]
    private var calls = 0
    private var hasRefused = false
    /// The place of the reasoning that is being told.
    private var thinking: Int?
    /// The place of the message that was told last, if nothing came after it.
    private var speaking: Int?

    /// Whether there was none.
    var isEmpty: Bool { items.isEmpty }

    /// An item begins.
    mutating func begin(_ item: JSONNode, at place: Int, into events: inout [ChatEvent]) {
        if items[place]?.isDone == false { end(at: place, into: &events) }
        stopThinking(unlessAt: place, into: &events)
        items[place] = Item()
        guard let type = item["type"], type.equals("function_call") || type.equals("custom_tool_call") else { return }
        items[place]?.call = calls
        speaking = nil
        let id = item.responsesText("call_id")
        events.append(
            .toolStart(
                index: calls, id: id.isEmpty ? item.responsesText("id") : id, name: item.responsesText("name")))
        calls += 1
    }

    /// More of a message's text.
    mutating func add(_ text: String, isRefusal: Bool, at place: Int, part: Int, into events: inout [ChatEvent]) {
        guard !text.isEmpty, items[place]?.isDone != true else { return }
        stopThinking(unlessAt: nil, into: &events)
        items[place, default: Item()].told.insert(part)
        if let last = speaking, last != place {
            // Two messages in a row would run into each other.
            events.append(isRefusal ? .refusalDelta("\n\n") : .textDelta("\n\n"))
        }
        speaking = place
        if isRefusal { hasRefused = true }
        events.append(isRefusal ? .refusalDelta(text) : .textDelta(text))
    }

    /// More of what the model thinks: of its summary, or of the thoughts themselves. Where there are both, what came
    /// first is told.
    mutating func think(
        _ text: String, isSummary: Bool, at place: Int, part: Int, into events: inout [ChatEvent]
    ) {
        guard !text.isEmpty, items[place]?.isDone != true else { return }
        guard items[place]?.tellsSummary ?? isSummary == isSummary else { return }
        stopThinking(unlessAt: place, into: &events)
        (thinking, speaking) = (place, nil)
        let isFirst = items[place]?.told.isEmpty ?? true
        items[place, default: Item()].tellsSummary = isSummary
        if items[place, default: Item()].told.insert(part).inserted, !isFirst {
            events.append(.reasoningDelta("\n\n"))
        }
        events.append(.reasoningDelta(text))
    }

    /// More of a call's arguments.
    mutating func addArguments(_ text: String, at place: Int, into events: inout [ChatEvent]) {
        guard !text.isEmpty, items[place]?.isDone == false, let call = items[place]?.call else { return }
        items[place]?.told.insert(0)
        events.append(.toolArgumentsDelta(index: call, text))
    }

    /// Whether nothing was told yet of this part of an item.
    func isUntold(_ part: Int, at place: Int) -> Bool { items[place]?.told.contains(part) != true }

    /// An item is whole: tells what wasn't told of it.
    mutating func end(_ item: JSONNode, at place: Int, into events: inout [ChatEvent]) {
        if items[place] == nil { begin(item, at: place, into: &events) }
        guard items[place]?.isDone == false, let type = item["type"], type.kind == .string else { return }
        switch type.decoded() {
        case "message":
            for (part, content) in (item["content"] ?? item).anyElements.enumerated() where isUntold(part, at: place) {
                let isRefusal = content["type"]?.equals("refusal") == true
                let text = content.responsesText(isRefusal ? "refusal" : "text")
                add(text, isRefusal: isRefusal, at: place, part: part, into: &events)
            }
        case "function_call":
            if isUntold(0, at: place) { addArguments(item.responsesText("arguments"), at: place, into: &events) }
        case "custom_tool_call":
            if isUntold(0, at: place) { addArguments(item.responsesText("input"), at: place, into: &events) }
        case "reasoning": endReasoning(item, at: place, into: &events)
        case let type:
            stopThinking(unlessAt: nil, into: &events)
            speaking = nil
            events.append(
                .foreign(ForeignPart(origin: OpaqueState.openAI, type: type, json: Array(item.raw))))
        }
        end(at: place, into: &events)
    }

    private mutating func endReasoning(_ item: JSONNode, at place: Int, into events: inout [ChatEvent]) {
        if items[place]?.told.isEmpty == true {
            think(Self.thought(of: item), isSummary: true, at: place, part: 0, into: &events)
        }
        let (id, sealed) = (item.responsesText("id"), item.responsesText("encrypted_content"))
        let state =
            sealed.isEmpty
            ? nil : OpaqueState(origin: OpaqueState.openAI, value: sealed, id: id.isEmpty ? nil : id)
        speaking = nil
        if thinking == place {
            events.append(.reasoningEnd(state))
            thinking = nil
        } else if let state {
            stopThinking(unlessAt: nil, into: &events)
            events.append(.hiddenReasoning(state))
        }
    }

    /// Ends what is open, since nothing more comes.
    mutating func endAll(into events: inout [ChatEvent]) {
        for place in items.filter({ !$0.value.isDone }).keys.sorted() { end(at: place, into: &events) }
    }

    private mutating func end(at place: Int, into events: inout [ChatEvent]) {
        if thinking == place { stopThinking(unlessAt: nil, into: &events) }
        if let call = items[place]?.call { events.append(.toolEnd(index: call)) }
        items[place]?.isDone = true
    }

    private mutating func stopThinking(unlessAt place: Int?, into events: inout [ChatEvent]) {
        guard let thinking, thinking != place else { return }
        events.append(.reasoningEnd(nil))
        self.thinking = nil
    }

    // MARK: The answer as a whole

    /// What a reasoning item says was thought: its summary, or else the thoughts themselves.
    static func thought(of item: JSONNode) -> String {
        func texts(_ key: StaticString) -> String {
            var texts: [String] = []
            for part in item[key]?.anyElements ?? item.anyElements { texts.append(part.responsesText("text")) }
            return texts.filter { !$0.isEmpty }.joined(separator: "\n\n")
        }
        let summary = texts("summary")
        return summary.isEmpty ? texts("content") : summary
    }

    /// Why a response ended.
    func stopReason(of response: JSONNode) -> StopReason {
        if response["status"]?.equals("incomplete") == true {
            switch response["incomplete_details"]?.responsesText("reason") ?? "" {
            case "max_output_tokens", "": return .maxTokens
            case "content_filter": return .contentFiltered
            case let reason: return .other(reason)
            }
        }
        return calls > 0 ? .toolCall : hasRefused ? .refusal : .endTurn
    }
}
