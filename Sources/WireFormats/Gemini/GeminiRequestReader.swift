/// Reads a client's request: the body of `generateContent` and its relatives, one function for each level of it.
struct GeminiRequestReader {
    private var request: ChatRequest
    /// Calls of the model that have no result yet, in order.
    private var openCalls = GeminiOpenCalls()
    /// How many calls there were.
    private var calls = 0

    private init(model: String) { request = ChatRequest(model: model) }

    static func read(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest {
        // Counting tokens may put all of the request one level deeper.
        let root = body.googleField("generateContentRequest", "generate_content_request") ?? body
        var reader = GeminiRequestReader(model: place.model ?? "")
        reader.request.streams = place.geminiStreams
        reader.request.asksForUsage = true
        if let instruction = root.googleField("systemInstruction", "system_instruction") {
            try reader.addInstructions(instruction)
        }
        for content in try root.required("contents").googleContents() { try reader.add(content) }
        if let tools = root.optional("tools") { try reader.request.readGeminiTools(tools) }
        if let config = root.googleField("toolConfig", "tool_config") {
            try reader.request.readGeminiToolConfig(config)
        }
        if let config = root.googleField("generationConfig", "generation_config") {
            try reader.request.readGeminiConfig(config)
        }
        if let cache = root.googleField("cachedContent", "cached_content"), cache.contents.count > 0 {
            reader.request.unread.note("cachedContent", objection: "refers to a text that the provider keeps")
        }
        try reader.request.unread.note(
            membersOf: root,
            butFor: [
                "model", "contents", "systemInstruction", "system_instruction", "tools", "toolConfig", "tool_config",
                "generationConfig", "generation_config", "cachedContent", "cached_content", "generateContentRequest",
            ])
        return reader.request
    }

    // MARK: The dialogue

    private mutating func addInstructions(_ instruction: JSONNode) throws(MalformedBody) {
        for content in try instruction.googleContents() { request.instructions += try parts(of: content, .system) }
    }

    private mutating func add(_ content: JSONNode) throws(MalformedBody) {
        guard content.kind == .object || content.kind == .string else {
            throw content.malformed("must be a content or a string")
        }
        let speaker = try speaker(of: content)
        if speaker == .assistant, request.turns.last?.speaker != .assistant { openCalls = GeminiOpenCalls() }
        let parts = try parts(of: content, speaker)
        if !parts.isEmpty { request.turns.append(ChatTurn(speaker, parts)) }
    }

    private func speaker(of content: JSONNode) throws(MalformedBody) -> ChatTurn.Speaker {
        guard let role = content.optional("role") else { return .user }
        switch try role.string() {
        case "", "user", "function", "tool": return .user
        case "model", "assistant": return .assistant
        case "system": return .system
        default: throw role.malformed("must be 'user' or 'model'")
        }
    }

    private mutating func parts(of content: JSONNode, _ speaker: ChatTurn.Speaker) throws(MalformedBody) -> [ChatPart] {
        if content.kind == .string { return [.text(try content.string())] }
        // A part may stand for a content that has only this one.
        let list = GoogleList(content.optional("parts") ?? (content["text"] != nil ? content : nil))
        var parts: [ChatPart] = []
        for part in list {
            if let part = try self.part(part, speaker) { parts.append(part) }
        }
        return parts
    }

    private mutating func part(_ part: JSONNode, _ speaker: ChatTurn.Speaker) throws(MalformedBody) -> ChatPart? {
        if part.kind == .string { return .text(try part.string()) }
        guard part.kind == .object else { throw part.malformed("must be an object") }
        let state = try part.googleField("thoughtSignature", "thought_signature")
            .map { (node) throws(MalformedBody) in OpaqueState(origin: OpaqueState.google, value: try node.string()) }
        if part.googleField("mediaResolution", "media_resolution") != nil { request.unread.note("mediaResolution") }
        if let call = part.googleField("functionCall", "function_call") {
            return ChatPart(.toolCall(try self.call(call)), state: state)
        }
        if let response = part.googleField("functionResponse", "function_response") {
            return .toolResult(try result(response))
        }
        if let (field, media) = try GeminiMedia.read(part) {
            if let content = GeminiMedia.content(media) { return ChatPart(content, state: state) }
            request.unread.note(field, objection: "shows a video")
            return nil
        }
        if let text = part.optional("text") {
            let isThought = try part.optional("thought")?.boolean() ?? false
            let text = try text.string()
            return ChatPart(isThought && speaker == .assistant ? .reasoning(text) : .text(text), state: state)
        }
        if let field = GeminiAnswerReader.foreignField(of: part) {
            request.unread.note(field)
            return ChatPart(.foreign(ForeignPart(origin: OpaqueState.google, type: field, json: Array(part.raw))))
        }
        return state.map { ChatPart(.text(""), state: $0) }
    }

    // MARK: Calls and their results

    private mutating func call(_ node: JSONNode) throws(MalformedBody) -> ToolCall {
        let name = try node.required("name").string()
        let arguments = node.optional("args")
        if let arguments, arguments.kind != .object { throw arguments.malformed("must be an object") }
        let id = try id(of: node) ?? GeminiCallID.made(from: name, String(calls))
        calls += 1
        openCalls.append(id: id, name: name)
        return ToolCall(
            id: id, name: name, arguments: arguments.map { String(decoding: $0.raw, as: UTF8.self) } ?? "{}")
    }

    private func id(of node: JSONNode) throws(MalformedBody) -> String? {
        guard let id = try node.optional("id")?.string(), !id.isEmpty else { return nil }
        return id
    }

    /// Pairs the result with its call: by id, else by name, else by order.
    private mutating func result(_ node: JSONNode) throws(MalformedBody) -> ToolResult {
        let (id, name) = (try id(of: node), try node.optional("name")?.string())
        let callID =
            openCalls.take(id: id, name: name) ?? id ?? GeminiCallID.made(from: name ?? "", String(calls))
        var (parts, isError) = try answer(node.optional("response"))
        for part in GoogleList(node.optional("parts")) {
            if let part = try self.part(part, .user) { parts.append(part) }
        }
        return ToolResult(callID: callID, name: name, parts: parts, isError: isError)
    }

    /// A result is an object. Where it only wraps a text, under one of the names that are usual for that, it is the text.
    private func answer(_ response: JSONNode?) throws(MalformedBody) -> (parts: [ChatPart], isError: Bool) {
        guard let response else { return ([], false) }
        guard response.kind == .object else { throw response.malformed("must be an object") }
        var members = try response.members()
        if let (key, value) = members.next(), members.next() == nil, value.kind == .string {
            if key.equals("error") { return ([.text(value.decoded())], true) }
            if key.equals("result") || key.equals("output") { return ([.text(value.decoded())], false) }
        }
        return ([.text(String(decoding: response.raw, as: UTF8.self))], false)
    }
}

extension JSONNode {
    /// The contents of a dialogue: a list of them, one alone, or a text.
    ///
    /// - Throws: ``MalformedBody`` for anything else.
    func googleContents() throws(MalformedBody) -> GoogleList {
        guard kind == .array || kind == .object || kind == .string else {
            throw malformed("must be an array of contents")
        }
        return googleList
    }
}
