/// Reads a Chat request: one line a field.
struct OpenAIChatRequestReader {
    /// What ``ChatRequest/manner`` says of a client that offers its tools as `functions`, and wants its calls so.
    static let olderManner = "functions"

    /// The fields that are read, and those that have no effect on an answer.
    private static let fields: [StaticString] = [
        "model", "messages", "max_completion_tokens", "max_tokens", "temperature", "top_p", "top_k", "min_p",
        "frequency_penalty", "presence_penalty", "seed", "logit_bias", "logprobs", "top_logprobs", "n", "stop",
        "stream",
        "stream_options", "user", "safety_identifier", "tools", "tool_choice", "parallel_tool_calls", "functions",
        "function_call", "response_format", "reasoning_effort", "reasoning", "thinking", "verbosity", "modalities",
        "audio", "web_search_options", "cache_control",
    ]

    func read(_ body: JSONNode) throws(MalformedBody) -> ChatRequest {
        var request = ChatRequest(model: try body.required("model").string())
        var messages = OpenAIChatMessageReader()
        for message in try body.required("messages").elements() { try messages.add(message) }
        (request.instructions, request.turns) = (messages.instructions, messages.turns)
        request.unread = messages.unread

        let limit = body.optional("max_completion_tokens") ?? body.optional("max_tokens")
        request.maxOutputTokens = try limit?.integer(in: 0...Int.max)
        try request.readSampling(body)
        request.logProbabilities = try logProbabilities(body)
        request.reasoning = try wish(body)
        request.verbosity = try body.optional("verbosity")?.string()
        request.cacheHint = try body.cacheHint()
        try readTools(body, into: &request)
        try readForm(body, into: &request)
        try noteObjections(body, into: &request)
        try request.unread.note(membersOf: body, butFor: Self.fields)
        return request
    }

    private func logProbabilities(_ body: JSONNode) throws(MalformedBody) -> Int? {
        guard try body.optional("logprobs")?.boolean() == true else { return nil }
        return try body.optional("top_logprobs")?.integer(in: 0...Int.max) ?? 0
    }

    /// `thinking` is Anthropic's, `reasoning` OpenRouter's; OpenAI's own `reasoning_effort` is the plainest word.
    private func wish(_ body: JSONNode) throws(MalformedBody) -> ReasoningWish? {
        let effort = try body.optional("reasoning_effort")?.string()
        let word = effort.map { $0 == "none" ? ReasoningWish.off : .effort($0) }
        if let thinking = body.optional("thinking") {
            if try thinking.required("type").string() == "disabled" { return .off }
            if let budget = try thinking.optional("budget_tokens")?.integer(in: 0...Int.max) { return .budget(budget) }
            return word ?? .adaptive
        }
        guard word == nil, let reasoning = body.optional("reasoning") else { return word }
        if let effort = try reasoning.optional("effort")?.string() { return effort == "none" ? .off : .effort(effort) }
        if let budget = try reasoning.optional("max_tokens")?.integer(in: 0...Int.max) { return .budget(budget) }
        return try reasoning.optional("enabled")?.boolean() == false ? .off : .adaptive
    }

    // MARK: Tools

    private func readTools(_ body: JSONNode, into request: inout ChatRequest) throws(MalformedBody) {
        request.allowsParallelCalls = try body.optional("parallel_tool_calls")?.boolean()
        if let tools = body.optional("tools") {
            var offersMore = false
            for tool in try tools.elements() {
                switch try tool.optional("type")?.string() {
                case "function", nil:
                    request.tools.append(try self.tool(tool.required("function"), hint: tool.cacheHint()))
                case "custom":
                    if let custom = try ChatTool.openAICustom(tool.required("custom")) {
                        request.tools.append(custom)
                    } else {
                        offersMore = true
                    }
                default: offersMore = true
                }
            }
            if offersMore {
                request.unread.note(
                    "tools", objection: "offers a tool that is neither a function nor a plain custom one")
            }
        } else if let functions = body.optional("functions") {
            for function in try functions.elements() { request.tools.append(try tool(function, hint: nil)) }
            // The older form has one call, under another name.
            (request.manner, request.allowsParallelCalls) = (Self.olderManner, false)
        }
        guard let choice = body.optional("tool_choice") ?? body.optional("function_call") else { return }
        request.toolChoice = try self.choice(choice)
        if request.toolChoice == nil {
            request.unread.note("tool_choice", objection: "wants a tool that is neither a function nor a custom one")
        }
    }

    private func tool(_ function: JSONNode, hint: CacheHint?) throws(MalformedBody) -> ChatTool {
        var tool = ChatTool(
            name: try function.required("name").string(),
            description: try function.optional("description")?.string(),
            schema: function.optional("parameters").map { Array($0.raw) },
            isStrict: try function.optional("strict")?.boolean())
        let ownHint = try function.cacheHint()
        tool.cacheHint = hint ?? ownHint
        return tool
    }

    /// nil for what no other format has a word for.
    private func choice(_ choice: JSONNode) throws(MalformedBody) -> ToolChoice? {
        guard choice.kind == .object else {
            guard let known = mode(try choice.string()) else {
                throw choice.malformed("must be 'auto', 'none', 'required' or an object that names a function")
            }
            return known
        }
        switch try choice.optional("type")?.string() {
        case "function", nil: return .named(try (choice.optional("function") ?? choice).required("name").string())
        case "custom": return .named(try (choice.optional("custom") ?? choice).required("name").string())
        case "allowed_tools": return try allowed(choice.optional("allowed_tools") ?? choice)
        default: return nil
        }
    }

    private func mode(_ word: String) -> ToolChoice? {
        switch word {
        case "auto": .auto
        case "none": ToolChoice.none
        case "required", "any": .required
        default: nil
        }
    }

    private func allowed(_ allowed: JSONNode) throws(MalformedBody) -> ToolChoice {
        let isRequired = try allowed.required("mode").string() == "required"
        var names: [String] = []
        for tool in try allowed.required("tools").elements() {
            names.append(try (tool.optional("function") ?? tool.optional("custom") ?? tool).required("name").string())
        }
        return names.isEmpty ? (isRequired ? .required : .auto) : .allowed(names, isRequired: isRequired)
    }

    // MARK: The answer

    private func readForm(_ body: JSONNode, into request: inout ChatRequest) throws(MalformedBody) {
        guard let format = body.optional("response_format") else { return }
        switch try format.required("type").string() {
        case "text": request.answerForm = .text
        case "json_object": request.answerForm = .jsonObject
        case "json_schema":
            let form = try format.required("json_schema")
            guard let schema = form.optional("schema") else { return request.answerForm = .jsonObject }
            request.answerForm = .schema(
                AnswerSchema(
                    name: try form.optional("name")?.string(), description: try form.optional("description")?.string(),
                    schema: Array(schema.raw), isStrict: try form.optional("strict")?.boolean()))
        default:
            request.unread.note(
                "response_format", objection: "asks for a form that only its own provider knows")
        }
    }

    /// Notes what an answer in another format would lack.
    private func noteObjections(_ body: JSONNode, into request: inout ChatRequest) throws(MalformedBody) {
        if let modalities = body.optional("modalities") {
            for modality in try modalities.elements() where try modality.string() != "text" {
                let isAudio = modality.equals("audio")
                request.unread.note(
                    "modalities", objection: isAudio ? "asks for audio" : "asks for more than text")
                break
            }
        }
        if body.optional("web_search_options") != nil {
            request.unread.note("web_search_options", objection: "asks the provider to search the web")
        }
    }
}
