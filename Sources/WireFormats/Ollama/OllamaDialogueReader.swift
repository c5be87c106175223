/// Reads messages one after the other into a dialogue, and pairs the results of tools with their calls: by id where
/// there is one, else by the tool's name, else in order.
struct OllamaDialogueReader {
    /// What the system says before anybody else does.
    private(set) var instructions: [ChatPart] = []
    private(set) var turns: [ChatTurn] = []
    private var openCalls = OpenCalls()
    private var messages = 0

    mutating func add(_ message: JSONNode) throws(MalformedBody) {
        defer { messages += 1 }
        let role = try message.required("role")
        switch try role.string().lowercased() {
        case "system", "developer":
            if turns.isEmpty {
                instructions += try said(message)
            } else {
                turns.append(ChatTurn(.system, try said(message)))
            }
        case "user": turns.append(ChatTurn(.user, try said(message)))
        case "assistant": try addAssistant(message)
        case "tool": try addResult(message)
        default: throw role.malformed("must be 'system', 'user', 'assistant' or 'tool'")
        }
    }

    /// The text and the pictures; an empty text where there is nothing.
    private func said(_ message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        let text = try message.optional("content")?.string() ?? ""
        let images = try images(message)
        return text.isEmpty && !images.isEmpty ? images : [.text(text)] + images
    }

    private func images(_ message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        guard let images = message.optional("images") else { return [] }
        var parts: [ChatPart] = []
        for image in try images.elements() { parts.append(.image(Media(ollamaImage: try image.string()))) }
        return parts
    }

    private mutating func addAssistant(_ message: JSONNode) throws(MalformedBody) {
        var parts: [ChatPart] = []
        if let thought = try message.optional("thinking")?.string(), !thought.isEmpty {
            parts.append(ChatPart(.reasoning(thought)))
        }
        if let text = try message.optional("content")?.string(), !text.isEmpty { parts.append(.text(text)) }
        parts += try images(message)
        // Calls in two messages of the model, one behind the other, are one turn's.
        if turns.last?.speaker != .assistant { openCalls = OpenCalls() }
        if let calls = message.optional("tool_calls") {
            for (place, call) in try calls.elements().enumerated() {
                let function = try call.required("function")
                let id = try call.optional("id")?.string() ?? ""
                let read = ToolCall(
                    id: id.isEmpty ? "call_\(messages)_\(place)" : id, name: try function.required("name").string(),
                    arguments: function.ollamaArguments)
                openCalls.add(read)
                parts.append(.toolCall(read))
            }
        }
        turns.append(ChatTurn(.assistant, parts))
    }

    /// The results of one turn's calls stand together in one turn, however many messages bring them.
    private mutating func addResult(_ message: JSONNode) throws(MalformedBody) {
        let name = try (message.optional("tool_name") ?? message.optional("name"))?.string()
        let id = try message.optional("tool_call_id")?.string() ?? ""
        let call = openCalls.take(id: id, name: name ?? "")
        let result = ChatPart.toolResult(
            ToolResult(
                callID: call?.id ?? (id.isEmpty ? "call_\(messages)" : id), name: name ?? call?.name,
                parts: try said(message)))
        if turns.last?.parts.last?.isToolResult == true {
            turns[turns.count - 1].parts.append(result)
        } else {
            turns.append(ChatTurn(.user, [result]))
        }
    }
}

/// The calls of a turn that no result has answered yet.
private struct OpenCalls {
    private var calls: [ToolCall] = []
    private var isAnswered: [Bool] = []
    /// No open call comes before this one.
    private var first = 0
    private var byID: [String: Int] = [:]
    /// Places of the calls of each tool, and how many of them are past.
    private var byName: [String: (places: [Int], past: Int)] = [:]

    mutating func add(_ call: ToolCall) {
        byID[call.id] = calls.count
        byName[call.name, default: ([], 0)].places.append(calls.count)
        calls.append(call)
        isAnswered.append(false)
    }

    /// The call that a result answers, which is open no longer; nil where there is none. An id or a name that is empty
    /// was not said, and an unknown id may be one that the client made up.
    mutating func take(id: String, name: String) -> ToolCall? {
        guard let place = byID[id] ?? place(of: name) ?? (name.isEmpty ? next() : nil) else { return nil }
        isAnswered[place] = true
        return calls[place]
    }

    private mutating func place(of name: String) -> Int? {
        guard var tool = byName.removeValue(forKey: name) else { return nil }
        defer { byName[name] = tool }
        while tool.past < tool.places.count {
            if !isAnswered[tool.places[tool.past]] { return tool.places[tool.past] }
            tool.past += 1
        }
        return nil
    }

    private mutating func next() -> Int? {
        while first < calls.count, isAnswered[first] { first += 1 }
        return first < calls.count ? first : nil
    }
}

extension ChatPart {
    fileprivate var isToolResult: Bool {
        if case .toolResult = content { true } else { false }
    }
}
