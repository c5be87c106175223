/// Reads the messages of a Chat request, one after the other, into what sets the model up and the dialogue.
struct OpenAIChatMessageReader {
    /// The texts before the first turn.
    private(set) var instructions: [ChatPart] = []
    /// The dialogue.
    private(set) var turns: [ChatTurn] = []
    /// What the canonical model has no place for; of each kind the first.
    private(set) var unread: [UnreadField] = []

    /// How many ids were made for calls that came without.
    private var madeIDs = 0
    /// Of those, by function: the older form's results name no call but its function.
    private var functionIDs: [String: String] = [:]
    /// Of those, the last turn's that have no result yet: results without an id come in the calls' order.
    private var openIDs: ArraySlice<String> = []
    private var noted: Set<String> = []

    /// Reads one more message.
    mutating func add(_ message: JSONNode) throws(MalformedBody) {
        let role = try message.required("role")
        switch try role.string() {
        case "system", "developer":
            try addSetup(message)
        case "user":
            turns.append(ChatTurn(.user, try marked(parts(of: message), by: message)))
            try noteName(of: message)
        case "assistant":
            turns.append(ChatTurn(.assistant, try marked(answer(message), by: message)))
            try noteName(of: message)
        case "tool":
            let id = try message.required("tool_call_id").string()
            try addResult(of: id.isEmpty ? openIDs.popFirst() ?? id : id, message)
        case "function":
            let name = try message.required("name").string()
            try addResult(of: functionIDs[name] ?? name, message)
        default:
            throw role.malformed("must be 'system', 'developer', 'user', 'assistant' or 'tool'")
        }
    }

    private mutating func addSetup(_ message: JSONNode) throws(MalformedBody) {
        let parts = try marked(parts(of: message), by: message)
        try noteName(of: message)
        guard turns.isEmpty else { return turns.append(ChatTurn(.system, parts)) }
        for part in parts {
            if case .text = part.content {
                instructions.append(part)
            } else {
                note("system", message, objection: "sets the model up with more than text")
            }
        }
    }

    /// A mark on a message is a mark behind all that it says.
    private func marked(_ parts: [ChatPart], by message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        guard let hint = try message.cacheHint(), let last = parts.indices.last else { return parts }
        var parts = parts
        parts[last].cacheHint = hint
        return parts
    }

    /// A name on a message is a person's, and has no place.
    private mutating func noteName(of message: JSONNode) throws(MalformedBody) {
        if let name = message.optional("name"), try !name.string().isEmpty { note("name", name) }
    }

    /// Notes that `node` has no place, once for each `kind`: its path is found by walking down to it.
    private mutating func note(_ kind: String, _ node: JSONNode, objection: String? = nil) {
        guard noted.insert(kind).inserted else { return }
        unread.note(node.path ?? kind, objection: objection)
    }

    // MARK: Results of tools

    /// The results of one turn's calls stand together in one turn, however many messages bring them.
    private mutating func addResult(of callID: String, _ message: JSONNode) throws(MalformedBody) {
        var parts = try parts(of: message, isOptional: message["content"] != nil)
        // A mark within a result is a mark behind it.
        let ownHint = try message.cacheHint()
        let hint = ownHint ?? parts.lazy.compactMap(\.cacheHint).first
        for place in parts.indices { parts[place].cacheHint = nil }
        let result = ToolResult(callID: callID, name: try message.optional("name")?.string(), parts: parts)
        let part = ChatPart(.toolResult(result), cacheHint: hint)
        if endsWithResult {
            turns[turns.count - 1].parts.append(part)
        } else {
            turns.append(ChatTurn(.user, [part]))
        }
    }

    private var endsWithResult: Bool {
        if case .toolResult? = turns.last?.parts.last?.content { turns.last?.speaker == .user } else { false }
    }

    private mutating func makeID() -> String {
        madeIDs += 1
        return "call_\(madeIDs)"
    }

    // MARK: The model's turns

    private mutating func answer(_ message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        var parts = Self.reasoning(message)
        parts += try self.parts(of: message, isOptional: true)
        if let refusal = message.optional("refusal"), try !refusal.string().isEmpty {
            parts.append(ChatPart(.refusal(try refusal.string())))
        }
        if let audio = message.optional("audio") {
            note("audio", audio, objection: "refers to audio that only its own provider has")
        }
        parts += try calls(message)
        Self.handOutSignatures(of: message, to: &parts)
        return parts
    }

    private static func reasoning(_ message: JSONNode) -> [ChatPart] {
        var reader = OpenAIReasoningReader()
        var events: [ChatEvent] = []
        reader.read(message, into: &events)
        reader.close(into: &events)
        var (parts, texts): ([ChatPart], [String]) = ([], [])
        for event in events {
            switch event {
            case .reasoningDelta(let text): texts.append(text)
            case .reasoningEnd(let state):
                parts.append(ChatPart(.reasoning(texts.joined()), state: state))
                texts = []
            case .hiddenReasoning(let state): parts.append(ChatPart(.hiddenReasoning, state: state))
            default: break  // it tells of nothing else
            }
        }
        return parts
    }

    private mutating func calls(_ message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        openIDs = []
        guard let list = message.optional("tool_calls") else {
            guard let function = message.optional("function_call") else { return [] }
            let (name, id) = (try function.required("name").string(), makeID())
            functionIDs[name] = id
            return [.toolCall(ToolCall(id: id, name: name, arguments: try arguments(of: function)))]
        }
        var parts: [ChatPart] = []
        for call in try list.elements() {
            var id = try call.required("id").string()
            if id.isEmpty {
                id = makeID()
                openIDs.append(id)
            }
            let toolCall = try self.call(call, id: id)
            parts.append(ChatPart(.toolCall(toolCall), cacheHint: try call.cacheHint(), state: call.thoughtSignature))
        }
        return parts
    }

    /// What is called; the input of a custom tool is text, and stands for its arguments.
    private func call(_ call: JSONNode, id: String) throws(MalformedBody) -> ToolCall {
        if let custom = call.optional("custom") {
            return ToolCall(
                id: id, name: try custom.required("name").string(),
                arguments: try custom.optional("input")?.string() ?? "", isCustom: true)
        }
        let function = try call.required("function")
        return ToolCall(id: id, name: try function.required("name").string(), arguments: try arguments(of: function))
    }

    private func arguments(of function: JSONNode) throws(MalformedBody) -> String {
        try function.optional("arguments")?.string() ?? ""
    }

    /// Gives Google's signatures that came with the message to the parts that they were made for.
    private static func handOutSignatures(of message: JSONNode, to parts: inout [ChatPart]) {
        var calls: [String: Int] = [:]
        var firstCall, lastText: Int?
        for (place, part) in parts.enumerated() {
            switch part.content {
            case .text: lastText = place
            case .toolCall(let call):
                calls[call.id] = place
                firstCall = firstCall ?? place
            default: break
            }
        }
        if let signature = message.thoughtSignature {
            if let place = lastText ?? firstCall {
                parts[place].state = parts[place].state ?? signature
            } else {
                parts.append(ChatPart(.text(""), state: signature))
            }
        }
        // OpenRouter tells a call's signature as sealed reasoning with the call's id.
        func call(sealedBy part: ChatPart) -> Int? {
            guard part.content == .hiddenReasoning, part.state?.origin == OpaqueState.google else { return nil }
            return part.state?.id.flatMap { calls[$0] }
        }
        for part in parts {
            guard let place = call(sealedBy: part), parts[place].state == nil, let state = part.state else { continue }
            parts[place].state = OpaqueState(origin: state.origin, value: state.value)
        }
        parts.removeAll { call(sealedBy: $0) != nil }
    }

    // MARK: Content

    /// What a message's content says.
    ///
    /// - Parameter isOptional: Whether there may be none: a model may do nothing but call tools.
    private mutating func parts(of message: JSONNode, isOptional: Bool = false) throws(MalformedBody) -> [ChatPart] {
        if isOptional, message.optional("content") == nil { return [] }
        let content = try message.required("content")
        if content.kind == .string {
            let text = try content.string()
            return text.isEmpty ? [] : [.text(text)]
        }
        guard content.kind == .array else { throw content.malformed("must be a string or an array of parts") }
        var parts: [ChatPart] = []
        for part in try content.elements() {
            if let known = try OpenAIChatContent.read(part) {
                parts.append(known)
            } else {
                note("content", part, objection: "holds what only its own provider understands")
            }
        }
        return parts
    }
}
