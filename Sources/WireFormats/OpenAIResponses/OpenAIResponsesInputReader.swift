/// Reads a Responses input: a text, or a list of items that are put together to turns.
struct OpenAIResponsesInputReader {
    /// `instructions`, and what the input says to the model before anyone speaks.
    private(set) var instructions: [ChatPart] = []
    private(set) var turns: [ChatTurn] = []
    /// Functions that an item adds.
    private(set) var tools: [ChatTool] = []
    private(set) var unread: [UnreadField] = []
    /// What belongs to the next call of the turn.
    private var callState: OpaqueState?

    mutating func instruct(_ parts: [ChatPart]) { instructions += parts }

    mutating func read(_ input: JSONNode) throws(MalformedBody) {
        if input.kind == .string { return add([.text(try input.string())], by: .user) }
        guard input.kind == .array else { throw input.malformed("must be a string or an array of items") }
        for item in try input.elements() { try read(item: item) }
    }

    // MARK: Items

    private mutating func read(item: JSONNode) throws(MalformedBody) {
        guard item.kind == .object else { throw item.malformed("must be an object") }
        guard let type = try item.optional("type")?.string() else {
            return item.optional("role") != nil ? try read(message: item) : object(Self.storedItem)
        }
        switch type {
        case "message": try read(message: item)
        case "function_call": add([try call(item, argumentsIn: "arguments")], by: .assistant)
        case "custom_tool_call": add([try call(item, argumentsIn: "input", isCustom: true)], by: .assistant)
        case "function_call_output", "custom_tool_call_output": try read(result: item)
        case "reasoning": try read(reasoning: item)
        case "item_reference": object(Self.storedItem)
        case "additional_tools": try read(tools: item)
        case "compaction": object("holds a dialogue that its provider has sealed")
        case "computer_call", "local_shell_call", "shell_call", "apply_patch_call",
            "mcp_approval_request", "computer_call_output", "local_shell_call_output",
            "shell_call_output", "apply_patch_call_output", "mcp_approval_response":
            object("uses a kind of tool that other providers don't have")
        default:
            // What a provider's own tool did: the dialogue goes on without.
            add(
                [ChatPart(.foreign(ForeignPart(origin: OpaqueState.openAI, type: type, json: Array(item.raw))))],
                by: .assistant)
        }
    }

    private static let storedItem = "refers to an item that its provider has stored"

    private mutating func read(message: JSONNode) throws(MalformedBody) {
        let role = try message.required("role")
        switch try role.string() {
        case "user": turns.append(ChatTurn(.user, try parts(message)))
        case "assistant":
            let parts = try parts(message)
            if turns.last?.parts.last?.isSaid == true {
                turns.append(ChatTurn(.assistant, parts))
            } else {
                add(parts, by: .assistant)
            }
        case "system", "developer":
            if turns.isEmpty {
                instruct(try parts(message))
            } else {
                turns.append(ChatTurn(.system, try parts(message)))
            }
        default: throw role.malformed("must be 'user', 'assistant', 'system' or 'developer'")
        }
    }

    private mutating func call(
        _ item: JSONNode, argumentsIn key: StaticString, isCustom: Bool = false
    ) throws(MalformedBody) -> ChatPart {
        defer { callState = nil }
        return ChatPart(
            .toolCall(
                ToolCall(
                    id: try item.required("call_id").string(), name: try item.required("name").string(),
                    arguments: try item.optional(key)?.string() ?? "", isCustom: isCustom)),
            state: turns.last?.speaker == .assistant ? callState : nil)
    }

    private mutating func read(result item: JSONNode) throws(MalformedBody) {
        let output = try item.required("output")
        let parts = output.kind == .string ? [ChatPart.text(try output.string())] : try self.parts(of: output)
        let result = ToolResult(
            callID: try item.required("call_id").string(), name: try item.optional("name")?.string(), parts: parts)
        if case .toolResult? = turns.last?.parts.last?.content {
            add([.toolResult(result)], by: .user)
        } else {
            turns.append(ChatTurn(.user, [.toolResult(result)]))
        }
    }

    private mutating func read(tools item: JSONNode) throws(MalformedBody) {
        for tool in try item.required("tools").elements() {
            if let tool = try OpenAIResponsesRequestReader.tool(tool) {
                tools.append(tool)
            } else {
                object(OpenAIResponsesRequestReader.objection(to: tool))
            }
        }
    }

    private mutating func read(reasoning item: JSONNode) throws(MalformedBody) {
        let text = OpenAIResponsesItemReader.thought(of: item)
        guard let sealed = try item.optional("encrypted_content")?.string() else {
            if !text.isEmpty { add([ChatPart(.reasoning(text))], by: .assistant) }
            return
        }
        let id = try item.optional("id")?.string()
        guard
            let carried = OpenAIResponsesCarriedState(encryptedContent: sealed, id: id, hasText: !text.isEmpty)
        else { return add([ChatPart(.reasoning(text))], by: .assistant) }
        switch carried.owner {
        case .reasoning: add([ChatPart(.reasoning(text), state: carried.state)], by: .assistant)
        case .hidden: add([ChatPart(.hiddenReasoning, state: carried.state)], by: .assistant)
        case .call:
            add([], by: .assistant)
            callState = carried.state
        case .text: sign(with: carried.state)
        }
    }

    /// Gives the text that was said last its state.
    private mutating func sign(with state: OpaqueState) {
        // By index, since a copy of the turn would make each signature cost as much as the whole turn.
        let turn = turns.count - 1
        if turn >= 0, turns[turn].speaker == .assistant, let part = turns[turn].parts.indices.last,
            turns[turn].parts[part].state == nil, case .text = turns[turn].parts[part].content
        {
            turns[turn].parts[part].state = state
        } else {
            add([ChatPart(.text(""), state: state)], by: .assistant)
        }
    }

    // MARK: Turns

    /// Adds to the speaker's turn, which may have to begin.
    private mutating func add(_ parts: [ChatPart], by speaker: ChatTurn.Speaker) {
        if turns.last?.speaker == speaker {
            turns[turns.count - 1].parts += parts
        } else {
            callState = nil
            turns.append(ChatTurn(speaker, parts))
        }
    }

    private mutating func object(_ objection: String) {
        unread.note("input", objection: objection)
    }

    // MARK: Parts

    private mutating func parts(_ message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        guard let content = message.optional("content") else {
            if message["role"]?.equals("assistant") == true { return [] }
            return [.text(try message.required("content").string())]
        }
        return content.kind == .string ? [.text(try content.string())] : try parts(of: content)
    }

    private mutating func parts(of content: JSONNode) throws(MalformedBody) -> [ChatPart] {
        guard content.kind == .array else { throw content.malformed("must be a string or an array of parts") }
        var parts: [ChatPart] = []
        for part in try content.elements() {
            if let part = try self.part(part) {
                parts.append(part)
            } else {
                object("has a kind of content that other providers don't know")
            }
        }
        return parts
    }

    private func part(_ part: JSONNode) throws(MalformedBody) -> ChatPart? {
        switch try part.required("type").string() {
        case "input_text", "output_text", "text": return .text(try part.required("text").string())
        case "refusal": return ChatPart(.refusal(try part.required("refusal").string()))
        case "input_image": return .image(try image(part))
        case "input_file": return try file(part)
        case "input_audio": return ChatPart(.audio(try audio(try part.required("input_audio"))))
        default: return nil
        }
    }

    private func image(_ part: JSONNode) throws(MalformedBody) -> Media {
        let detail = try part.optional("detail")?.string()
        if let file = try part.optional("file_id")?.string() {
            return Media(.file(file), detail: detail, keeper: OpaqueState.openAI)
        }
        return Media(url: try part.required("image_url").string(), detail: detail)
    }

    private func file(_ part: JSONNode) throws(MalformedBody) -> ChatPart {
        let name = try part.optional("filename")?.string()
        if let id = try part.optional("file_id")?.string() {
            return ChatPart(.document(Media(.file(id), name: name, keeper: OpaqueState.openAI)))
        }
        if let url = try part.optional("file_url")?.string() {
            return ChatPart(.document(Media(url: url, name: name)))
        }
        let data = try part.required("file_data").string()
        guard data.utf8.starts(with: "data:".utf8) else {
            let isPDF = name?.lowercased().hasSuffix(".pdf") ?? true
            return ChatPart(
                .document(Media(.base64(data), mediaType: isPDF ? "application/pdf" : nil, name: name)))
        }
        let media = Media(url: data, name: name)
        if media.mediaType?.hasPrefix("image/") == true { return .image(media) }
        if media.mediaType?.hasPrefix("audio/") == true { return ChatPart(.audio(media)) }
        return ChatPart(.document(media))
    }

    private func audio(_ audio: JSONNode) throws(MalformedBody) -> Media {
        let format = try audio.optional("format")?.string()
        return Media(
            .base64(try audio.required("data").string()),
            mediaType: format.map { $0 == "mp3" ? "audio/mpeg" : "audio/" + $0 })
    }
}

extension ChatPart {
    /// Whether it is something that the model said in words.
    fileprivate var isSaid: Bool {
        switch content {
        case .text, .refusal: true
        default: false
        }
    }
}
