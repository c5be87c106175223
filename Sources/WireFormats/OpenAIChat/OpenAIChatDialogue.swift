/// The messages of a Chat request to an upstream, in the order that OpenAI insists on: behind the model's calls come
/// their results, each in a message of its own, before anyone says anything else.
struct OpenAIChatDialogue {
    /// The messages, oldest first.
    private(set) var messages: [OpenAIChatMessage] = []
    /// What could not be said.
    private(set) var losses = OpenAIChatLosses()

    private let model: OpenAIModelName
    /// The model's last message, which may yet get calls.
    private var answer = OpenAIChatMessage.Answer()
    /// What its calls gave, by the call's id; nil for a call whose result has yet to come.
    private var results: [String: String?] = [:]
    private var hasResults = false
    /// What was said since, which comes behind the results.
    private var waiting: [OpenAIChatMessage] = []

    /// - Throws: ``Untranslatable`` for pictures, documents and recordings that Chat can't show.
    init(_ request: ChatRequest, for model: OpenAIModelName) throws(Untranslatable) {
        self.model = model
        for part in request.instructions { note(part.cacheHint) }
        // One message: not every server takes several.
        if let setup = Self.joined(request.instructions) { messages.append(.system(setup)) }
        for turn in request.turns {
            switch turn.speaker {
            case .system:
                for part in turn.parts { note(part.cacheHint) }
                if let text = Self.joined(turn.parts) { waiting.append(.system(text)) }
            case .user: try addUser(turn.parts)
            case .assistant: addAnswer(turn.parts)
            }
        }
        settle()
    }

    private static func joined(_ parts: [ChatPart]) -> String? {
        let texts = parts.compactMap { if case .text(let text) = $0.content, !text.isEmpty { text } else { nil } }
        return texts.isEmpty ? nil : texts.joined(separator: "\n\n")
    }

    private mutating func note(_ hint: CacheHint?) {
        if hint != nil { losses.add("cache_control", "left out; the provider keeps what it likes") }
    }

    /// Writes the model's last message, the results of its calls, and what waited for them.
    private mutating func settle() {
        if !answer.isEmpty { messages.append(.assistant(answer)) }
        for (call, _) in answer.calls {
            messages.append(.tool(callID: call.id, (results[call.id] ?? nil) ?? "No result was given for this call."))
        }
        messages += waiting
        (answer, results, hasResults, waiting) = (OpenAIChatMessage.Answer(), [:], false, [])
    }

    // MARK: What the user says

    private mutating func addUser(_ parts: [ChatPart]) throws(Untranslatable) {
        var contents: [OpenAIChatMessage.Content] = []
        for part in parts {
            note(part.cacheHint)
            if case .toolResult(let result) = part.content {
                contents += try add(result)
            } else {
                contents += try content(of: part)
            }
        }
        if !contents.isEmpty { waiting.append(.user(contents)) }
    }

    /// Takes in a result.
    ///
    /// - Returns: What of it the user must say: pictures and documents, which a tool's message has no room for, and all
    ///   of a result that belongs to no call.
    private mutating func add(_ result: ToolResult) throws(Untranslatable) -> [OpenAIChatMessage.Content] {
        var contents: [OpenAIChatMessage.Content] = []
        for part in result.parts { contents += try content(of: part) }
        let heading = OpenAIChatMessage.Content.text("Result of the tool call \(result.callID):")
        let id = OpenAICallID.sent(result.callID, to: model)
        guard case .some(.none) = results[id] else { return contents.isEmpty ? [] : [heading] + contents }

        let texts = contents.compactMap { if case .text(let text) = $0 { text } else { nil } }
        let shown = contents.filter { if case .text = $0 { false } else { true } }
        let text = texts.isEmpty && !shown.isEmpty ? "The result follows." : texts.joined(separator: "\n\n")
        // There is no flag for it.
        hasResults = true
        results[id] = .some(result.isError ? "Error: " + text : text)
        return shown.isEmpty ? [] : [heading] + shown
    }

    private mutating func content(of part: ChatPart) throws(Untranslatable) -> [OpenAIChatMessage.Content] {
        switch part.content {
        case .text(let text), .refusal(let text): return text.isEmpty ? [] : [.text(text)]
        case .image(let media): return [try .image(media)]
        case .document(let media): return [try .document(media)]
        case .audio(let media): return [try .audio(media)]
        case .foreign: noteForeign()
        case .reasoning, .hiddenReasoning, .toolCall, .toolResult: break  // not the user's
        }
        return []
    }

    private mutating func noteForeign() {
        losses.add("messages", "left out what only another provider understands")
    }

    // MARK: What the model said

    private mutating func addAnswer(_ parts: [ChatPart]) {
        var said = OpenAIChatMessage.Answer()
        var thoughts: [String] = []
        for part in parts {
            note(part.cacheHint)
            switch part.content {
            case .text(let text), .refusal(let text):
                said.text += text
                said.state = sent(part.state) ?? said.state
            case .reasoning(let text) where part.state == nil && model.wantsThoughtsBack: thoughts.append(text)
            case .reasoning, .hiddenReasoning: noteReasoning()
            case .toolCall(var call):
                call.id = OpenAICallID.sent(call.id, to: model)
                said.calls.append((call, sent(part.state)))
            case .foreign: noteForeign()
            case .image, .document, .audio, .toolResult: break  // not the model's
            }
        }
        if !thoughts.isEmpty {
            if said.calls.isEmpty { noteReasoning() } else { said.thought = thoughts.joined(separator: "\n") }
        }
        add(said)
    }

    private mutating func add(_ more: OpenAIChatMessage.Answer) {
        guard !more.isEmpty else { return }
        // Calls in two messages of the model, one behind the other, are one turn's.
        if answer.calls.isEmpty || hasResults || !waiting.isEmpty {
            settle()
            answer = more
        } else {
            answer.text += more.text
            answer.calls += more.calls
            (answer.thought, answer.state) = (answer.thought ?? more.thought, answer.state ?? more.state)
        }
        for (call, _) in more.calls { results[call.id] = .some(nil) }
    }

    private mutating func noteReasoning() {
        losses.add("reasoning", "left out what the model thought in earlier turns")
    }

    /// The state if the server can read it.
    private mutating func sent(_ state: OpaqueState?) -> OpaqueState? {
        guard let state else { return nil }
        if model.isGemini, state.origin == OpaqueState.google { return state }
        losses.add("thought_signature", "left out; it is another provider's")
        return nil
    }
}
