/// Reads a Chat request: one function for each level of the body.
struct OpenAIChatRequestReader {
    func read(_ body: JSONNode) throws(MalformedBody) -> ChatRequest {
        var request = ChatRequest(model: try body.required("model").string())
        for message in try body.required("messages").elements() { try add(message, to: &request) }
        let limit = body.optional("max_completion_tokens") ?? body.optional("max_tokens")
        request.maxOutputTokens = try limit?.integer(in: 0...Int.max)
        try request.readSampling(body)
        request.answerForm = try body.optional("response_format").map(form) ?? .text

        if let tools = body.optional("tools") {
            for tool in try tools.elements() { request.tools.append(try self.tool(tool.required("function"))) }
        } else if let functions = body.optional("functions") {
            for function in try functions.elements() { request.tools.append(try tool(function)) }
        }
        request.toolChoice = try (body.optional("tool_choice") ?? body.optional("function_call")).map(choice)
        return request
    }

    // MARK: The dialogue

    private func add(_ message: JSONNode, to request: inout ChatRequest) throws(MalformedBody) {
        let role = try message.required("role")
        switch try role.string() {
        case "system", "developer":
            let parts = try self.parts(message)
            if request.turns.isEmpty {
                request.instructions.append(ChatTurn(.system, parts).text)
            } else {
                request.turns.append(ChatTurn(.system, parts))
            }
        case "user":
            request.turns.append(ChatTurn(.user, try parts(message)))
        case "assistant":
            request.turns.append(ChatTurn(.assistant, try parts(message) + calls(message)))
        case "tool":
            addResult(of: try message.required("tool_call_id").string(), try parts(message), to: &request)
        case "function":
            addResult(of: try message.required("name").string(), try parts(message), to: &request)
        default:
            throw role.malformed("must be 'system', 'developer', 'user', 'assistant' or 'tool'")
        }
    }

    /// The results of one turn's calls stand together in one turn, however many messages bring them.
    private func addResult(of callID: String, _ parts: [ChatPart], to request: inout ChatRequest) {
        let result = ChatPart.toolResult(ToolResult(callID: callID, text: ChatTurn(.user, parts).text))
        if let last = request.turns.last, last.speaker == .user, case .toolResult? = last.parts.last {
            request.turns[request.turns.count - 1].parts.append(result)
        } else {
            request.turns.append(ChatTurn(.user, [result]))
        }
    }

    private func parts(_ message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        guard let content = message.optional("content") else {
            if let refusal = message.optional("refusal") { return [.text(try refusal.string())] }
            if message.optional("tool_calls") == nil, message.optional("function_call") == nil {
                _ = try message.required("content").string()
            }
            return []
        }
        if content.kind == .string { return [.text(try content.string())] }
        guard content.kind == .array else { throw content.malformed("must be a string or an array of parts") }
        var parts: [ChatPart] = []
        for part in try content.elements() { parts.append(try self.part(part)) }
        return parts
    }

    private func part(_ part: JSONNode) throws(MalformedBody) -> ChatPart {
        let type = try part.required("type")
        switch try type.string() {
        case "text": return .text(try part.required("text").string())
        case "refusal": return .text(try part.required("refusal").string())
        case "image_url":
            let image = try part.required("image_url")
            return .image(
                ImageReference(
                    url: try image.required("url").string(), detail: try image.optional("detail")?.string()))
        default:
            throw type.malformed("must be 'text' or 'image_url' for this model")
        }
    }

    private func calls(_ message: JSONNode) throws(MalformedBody) -> [ChatPart] {
        var calls: [ChatPart] = []
        if let list = message.optional("tool_calls") {
            for call in try list.elements() {
                let function = try call.required("function")
                calls.append(try self.call(function, id: call.required("id").string()))
            }
        } else if let function = message.optional("function_call") {
            // The older form has no ids; its result names the function.
            calls.append(try call(function, id: function.required("name").string()))
        }
        return calls
    }

    private func call(_ function: JSONNode, id: String) throws(MalformedBody) -> ChatPart {
        .toolCall(
            ToolCall(
                id: id, name: try function.required("name").string(),
                arguments: try function.optional("arguments")?.string() ?? ""))
    }

    // MARK: Tools and the answer's form

    private func tool(_ function: JSONNode) throws(MalformedBody) -> ChatTool {
        ChatTool(
            name: try function.required("name").string(),
            description: try function.optional("description")?.string(),
            schema: function.optional("parameters").map { Array($0.raw) })
    }

    private func choice(_ choice: JSONNode) throws(MalformedBody) -> ToolChoice {
        if choice.kind == .object {
            if let allowed = choice.optional("allowed_tools") {
                return try self.choice(allowed.required("mode"))
            }
            return .named(try (choice.optional("function") ?? choice).required("name").string())
        }
        switch try choice.string() {
        case "auto": return .auto
        case "none": return .none
        case "required": return .required
        default: throw choice.malformed("must be 'auto', 'none', 'required' or an object that names a function")
        }
    }

    private func form(_ format: JSONNode) throws(MalformedBody) -> AnswerForm {
        let type = try format.required("type")
        switch try type.string() {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            let schema = try format.required("json_schema")
            return .schema(
                name: try schema.optional("name")?.string(), Array(try schema.required("schema").raw))
        default: throw type.malformed("must be 'text', 'json_object' or 'json_schema'")
        }
    }
}
