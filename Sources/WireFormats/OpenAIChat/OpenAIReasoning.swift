/// What Chat's relatives tell of a model's thoughts: `reasoning_content` or `reasoning`, a string, and OpenRouter's
/// `reasoning_details`, a list of pieces that also says who signed each.
enum OpenAIReasoning {
    /// Who can read what is signed in a format.
    private static let formats = [
        ("anthropic-claude-v1", OpaqueState.anthropic), ("google-gemini-v1", OpaqueState.google),
        ("openai-responses-v1", OpaqueState.openAI), ("azure-openai-responses-v1", OpaqueState.openAI),
    ]

    /// Whose a detail's signature is. OpenRouter's own clients take a missing format for Claude's; a format that isn't
    /// known here stands for itself.
    static func origin(of detail: JSONNode) -> String {
        guard let format = detail.openAIText("format") else { return OpaqueState.anthropic }
        return formats.first { $0.0 == format }?.1 ?? format
    }

    private static func format(of origin: String) -> String { formats.first { $0.1 == origin }?.0 ?? origin }

    /// Writes the details of a part with a state: one, or two for a summary whose reasoning is sealed.
    ///
    /// They are told apart by `index`, under which clients that gather a stream put the pieces of one together: texts are
    /// put behind one another there, those that say what a detail is among them.
    ///
    /// - Parameter index: That of the next detail of the answer; afterwards, of the one behind.
    static func writeDetails(
        of content: ChatPart.Content, _ state: OpaqueState, index: inout Int, to json: inout JSONWriter
    ) {
        func detail(_ type: String, _ members: (inout JSONWriter) -> Void) {
            defer { index += 1 }
            json.object { json in
                json.field("type", "reasoning." + type)
                members(&json)
                json.field("id", state.id)
                json.field("format", format(of: state.origin))
                json.field("index", index)
            }
        }
        guard case .reasoning(let text) = content else {
            return detail("encrypted") { json in json.field("data", state.value) }
        }
        guard state.origin == OpaqueState.openAI else {
            return detail("text") { json in
                json.field("text", text)
                json.field("signature", state.value)
            }
        }
        if !text.isEmpty { detail("summary") { json in json.field("summary", text) } }
        detail("encrypted") { json in json.field("data", state.value) }
    }
}

/// Reads reasoning from messages or from the deltas of a stream, and tells it in whole pieces.
struct OpenAIReasoningReader {
    /// The piece that is being told: what its `index` is, where it has one, and whether it sums up what is sealed.
    private var open: (index: Int?, isSummary: Bool)?
    /// Whether the last piece was closed before anyone signed it: a signature that comes now has lost its text.
    private var closedUnsigned = false
    /// What of the open piece has been told by strings alone.
    private var plain = TextDigest()

    /// Reads what a message or a delta says of reasoning.
    mutating func read(_ message: JSONNode, into events: inout [ChatEvent]) {
        var hasText = false
        if let details = message["reasoning_details"] {
            for detail in details.anyElements where read(detail: detail, into: &events) { hasText = true }
        }
        // The strings say the same once more.
        guard !hasText else { return }
        if let text = message.openAIText("reasoning_content") ?? message.openAIText("reasoning") {
            tell(text, index: nil, isSummary: open?.isSummary ?? false, into: &events)
            plain.add(text)
        }
    }

    /// Says whether there was text.
    private mutating func read(detail: JSONNode, into events: inout [ChatEvent]) -> Bool {
        let index = detail["index"]?.wholeNumber
        func state(_ value: String) -> OpaqueState {
            OpaqueState(origin: OpenAIReasoning.origin(of: detail), value: value, id: detail.openAIText("id"))
        }
        if let data = detail.openAIText("data") {
            let state = state(data)
            if state.origin == OpaqueState.openAI, open?.isSummary == true {
                end(state, into: &events)
            } else {
                close(into: &events)
                events.append(.hiddenReasoning(state))
            }
            return false
        }
        let summary = detail.openAIText("summary")
        let text = summary ?? detail.openAIText("text")
        if let text {
            // Some tell by strings what they think, and at the end once more all of it, with its signature.
            if open != nil, plain == TextDigest(text) {
                open = (index, summary != nil)
            } else {
                tell(text, index: index, isSummary: summary != nil, into: &events)
            }
        }
        if let signature = detail.openAIText("signature"), open != nil || !closedUnsigned {
            end(state(signature), into: &events)
        }
        return text != nil
    }

    /// Tells text that stands by itself, as Mistral's `thinking` parts.
    mutating func tell(_ text: String, into events: inout [ChatEvent]) {
        tell(text, index: nil, isSummary: false, into: &events)
    }

    private mutating func tell(_ text: String, index: Int?, isSummary: Bool, into events: inout [ChatEvent]) {
        if let open, open.isSummary != isSummary || (open.index ?? index) != (index ?? open.index) {
            close(into: &events)
        }
        open = (index ?? open?.index, isSummary)
        events.append(.reasoningDelta(text))
    }

    /// What is being told is whole, since something else begins.
    mutating func close(into events: inout [ChatEvent]) {
        guard open != nil else { return }
        end(nil, into: &events)
        closedUnsigned = true
    }

    private mutating func end(_ state: OpaqueState?, into events: inout [ChatEvent]) {
        events.append(.reasoningEnd(state))
        (open, closedUnsigned, plain) = (nil, false, TextDigest())
    }
}

/// Tells texts from one another that come in pieces, without keeping them.
private struct TextDigest: Equatable {
    private var length = 0
    /// FNV-1a.
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    init(_ text: String = "") { add(text) }

    mutating func add(_ text: String) {
        length += text.utf8.count
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}
