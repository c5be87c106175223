/// Reads a Messages request: one function for each level of the body.
struct AnthropicRequestReader {
    private var request: ChatRequest
    private var blocks = AnthropicBlockReader()
    private var unread: [UnreadField] = []

    /// Fields that are read, or have no effect at all.
    private static let known: Set<String> = [
        "model", "messages", "max_tokens", "system", "tools", "tool_choice", "thinking", "output_config",
        "output_format", "stop_sequences", "stream", "temperature", "top_p", "top_k", "cache_control", "metadata",
        "anthropic_version",
    ]

    /// Fields without which the answer would mean something else.
    private static let objections = [
        "mcp_servers": "asks for tools that the provider calls itself",
        "container": "asks for a container that the provider runs",
    ]

    private static let unknownTool = "asks for a tool of Anthropic's own"

    /// Reads a call.
    ///
    /// - Parameter wantsAnswer: Whether it is more than a count of its tokens.
    static func read(_ body: JSONNode, wantsAnswer: Bool) throws(MalformedBody) -> ChatRequest {
        var reader = AnthropicRequestReader(request: ChatRequest(model: try body.required("model").string()))
        try reader.read(body, wantsAnswer: wantsAnswer)
        reader.request.unread = reader.unread + reader.blocks.unread
        return reader.request
    }

    private init(request: ChatRequest) { self.request = request }

    private mutating func read(_ body: JSONNode, wantsAnswer: Bool) throws(MalformedBody) {
        if let system = body.optional("system") { request.instructions = try blocks.parts(system) }
        for message in try body.required("messages").elements() {
            let parts = try blocks.parts(message.required("content"))
            request.turns.append(ChatTurn(try speaker(message.required("role")), parts))
        }
        if let tools = body.optional("tools") {
            for tool in try tools.elements() { try add(tool) }
        }
        if let choice = body.optional("tool_choice") { try readChoice(choice) }
        try readReasoning(body.optional("thinking"), body.optional("output_config"))
        try readForm(body.optional("output_config")?.optional("format") ?? body.optional("output_format"))

        let limit = wantsAnswer ? try body.required("max_tokens") : body.optional("max_tokens")
        request.maxOutputTokens = try limit?.integer(in: 0...Int.max)
        request.sampling.temperature = try body.optional("temperature")?.number(in: 0...1)
        request.sampling.topP = try body.optional("top_p")?.number(in: 0...1)
        request.sampling.topK = try body.optional("top_k")?.integer(in: 0...Int.max)
        if let stop = body.optional("stop_sequences") {
            for text in try stop.elements() { request.stop.append(try text.string()) }
        }
        request.streams = try body.optional("stream")?.boolean() ?? false
        request.asksForUsage = true
        request.endUser = try body.optional("metadata")?.optional("user_id")?.string()
        request.cacheHint = try AnthropicBlockReader.cacheHint(body)
        for (key, value) in try body.members() {
            let name = key.decoded()
            if !Self.known.contains(name), says(value) { unread.note(name, objection: Self.objections[name]) }
        }
    }

    private func speaker(_ role: JSONNode) throws(MalformedBody) -> ChatTurn.Speaker {
        guard let speaker = ChatTurn.Speaker(rawValue: try role.string()) else {
            throw role.malformed("must be 'user', 'assistant' or 'system'")
        }
        return speaker
    }

    // MARK: Tools

    private mutating func add(_ tool: JSONNode) throws(MalformedBody) {
        let type = try tool.optional("type")?.string() ?? "custom"
        guard type == "custom" else { return unread.note("tools", objection: Self.unknownTool) }
        var read = ChatTool(
            name: try tool.required("name").string(), description: try tool.optional("description")?.string(),
            schema: tool.optional("input_schema").map { Array($0.raw) },
            isStrict: try tool.optional("strict")?.boolean())
        read.cacheHint = try AnthropicBlockReader.cacheHint(tool)
        request.tools.append(read)
        let known: Set<String> = ["type", "name", "description", "input_schema", "strict", "cache_control"]
        for (key, value) in try tool.members() {
            let name = key.decoded()
            if !known.contains(name), says(value) { unread.note("tools.\(name)") }
        }
    }

    private mutating func readChoice(_ choice: JSONNode) throws(MalformedBody) {
        switch try choice.required("type").string() {
        case "auto": request.toolChoice = .auto
        case "none": request.toolChoice = ToolChoice.none
        case "any": request.toolChoice = .required
        case "tool": request.toolChoice = .named(try choice.required("name").string())
        default: unread.note("tool_choice", objection: "asks for a choice of tools that is Anthropic's own")
        }
        if let isOff = try choice.optional("disable_parallel_tool_use")?.boolean() {
            request.allowsParallelCalls = !isOff
        }
    }

    // MARK: Thoughts and the answer's form

    private mutating func readReasoning(_ thinking: JSONNode?, _ output: JSONNode?) throws(MalformedBody) {
        let effort = try output?.optional("effort")?.string()
        switch try thinking?.required("type").string() {
        case nil: request.reasoning = effort.map { .effort($0) }
        case "disabled": request.reasoning = .off
        case "enabled":
            request.reasoning = .budget(try thinking?.required("budget_tokens").integer(in: 0...Int.max) ?? 0)
        default: request.reasoning = effort.map { .effort($0) } ?? .adaptive
        }
        switch request.reasoning {
        case .off, .budget: if effort != nil { unread.note("output_config.effort") }
        default: break
        }
        if thinking?["display"]?.equals("omitted") == true { unread.note("thinking.display") }
        guard let output else { return }
        for (key, value) in try output.members() {
            let name = key.decoded()
            if name != "effort", name != "format", says(value) { unread.note("output_config.\(name)") }
        }
    }

    private mutating func readForm(_ format: JSONNode?) throws(MalformedBody) {
        guard let format else { return }
        guard try format.required("type").string() == "json_schema" else {
            return unread.note("output_config.format", objection: "asks for a form of answer that is Anthropic's own")
        }
        request.answerForm = .schema(AnswerSchema(schema: Array(try format.required("schema").raw)))
    }

    // MARK: What has no place

    /// Whether a field has an effect: null and nothing in an array have none.
    private func says(_ value: JSONNode) -> Bool {
        switch value.kind {
        case .null: false
        case .array: value.anyElements.contains { _ in true }
        default: true
        }
    }
}
