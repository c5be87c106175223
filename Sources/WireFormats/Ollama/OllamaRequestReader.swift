/// Reads a call of `/api/chat` or `/api/generate`. One without messages or prompt has no turns: it loads the model.
struct OllamaRequestReader {
    func readChat(_ body: JSONNode) throws(MalformedBody) -> ChatRequest {
        var dialogue = OllamaDialogueReader()
        for message in try body.ollamaMessages() { try dialogue.add(message) }
        var request = ChatRequest(
            model: try body.required("model").string(), instructions: dialogue.instructions, turns: dialogue.turns)
        if let tools = body.optional("tools") {
            for tool in try tools.elements() { request.tools.append(try self.tool(tool.required("function"))) }
        }
        try readCommon(body, into: &request)
        return request
    }

    func readGenerate(_ body: JSONNode) throws(MalformedBody) -> ChatRequest {
        var request = ChatRequest(model: try body.required("model").string())
        if let system = try text(body, "system") { request.instructions = [.text(system)] }
        if let prompt = try text(body, "prompt") {
            var parts: [ChatPart] = [.text(prompt)]
            if let images = body.optional("images") {
                for image in try images.elements() { parts.append(.image(Media(ollamaImage: try image.string()))) }
            }
            request.turns = [ChatTurn(.user, parts)]
        }
        try readCommon(body, into: &request)

        if try body.optional("raw")?.boolean() == true { object(to: "raw", "goes past the model's template", &request) }
        if try text(body, "template") != nil { object(to: "template", "brings a template of its own", &request) }
        if try text(body, "suffix") != nil { object(to: "suffix", "asks for what stands before a text", &request) }
        if let context = body.optional("context") {
            var tokens = try context.elements()
            if tokens.next() != nil { object(to: "context", "goes on from tokens", &request) }
        }
        return request
    }

    /// The text under `key`; nil for none, and for an empty one, which means the same to Ollama.
    private func text(_ body: JSONNode, _ key: StaticString) throws(MalformedBody) -> String? {
        guard let text = try body.optional(key)?.string(), !text.isEmpty else { return nil }
        return text
    }

    private func object(to field: String, _ objection: String, _ request: inout ChatRequest) {
        request.unread.note(field, objection: objection)
    }

    private func readCommon(_ body: JSONNode, into request: inout ChatRequest) throws(MalformedBody) {
        request.streams = try body.optional("stream")?.boolean() ?? true
        // The last line of every stream brings it.
        request.asksForUsage = true
        request.answerForm = try body.optional("format").map(form) ?? .text
        request.reasoning = try body.optional("think").map(reasoning)
        if try body.optional("logprobs")?.boolean() == true {
            request.logProbabilities = try body.optional("top_logprobs")?.integer(in: 0...Int.max) ?? 0
        }
        if let options = body.optional("options") { try readOptions(options, into: &request) }
    }

    // MARK: Options

    private func readOptions(_ options: JSONNode, into request: inout ChatRequest) throws(MalformedBody) {
        guard options.kind == .object else { throw options.malformed("must be an object") }
        request.maxOutputTokens = try options.ollamaLimit()
        request.sampling.temperature = try options.optional("temperature")?.number()
        request.sampling.topP = try options.optional("top_p")?.number()
        request.sampling.topK = try unlessOff(options.optional("top_k")?.integer())
        request.sampling.minP = try unlessOff(options.optional("min_p")?.number())
        request.sampling.frequencyPenalty = try options.optional("frequency_penalty")?.number()
        request.sampling.presencePenalty = try options.optional("presence_penalty")?.number()
        request.sampling.seed = try options.optional("seed")?.integer()
        // To Ollama, -1 is no seed.
        if request.sampling.seed == -1 { request.sampling.seed = nil }
        if let stop = options.optional("stop") {
            if stop.kind == .string {
                request.stop = [try stop.string()]
            } else {
                for text in try stop.elements() { request.stop.append(try text.string()) }
            }
        }
        for name in Self.unreadOptions where options[named: name].map(\.isNull) == false {
            request.unread.note("options." + name)
        }
    }

    /// To Ollama, these are off at 0 and below.
    private func unlessOff<Number: SignedNumeric & Comparable>(_ value: Number?) -> Number? {
        value.flatMap { $0 > 0 ? $0 : nil }
    }

    /// What would change an answer of Ollama's and nobody else has. How the model is laid out on its machine changes
    /// none, and what isn't listed here is passed over by Ollama too.
    private static let unreadOptions = [
        "num_ctx", "num_keep", "typical_p", "tfs_z", "repeat_last_n", "repeat_penalty", "penalize_newline", "mirostat",
        "mirostat_tau", "mirostat_eta",
    ]

    // MARK: Tools, form and thoughts

    private func tool(_ function: JSONNode) throws(MalformedBody) -> ChatTool {
        ChatTool(
            name: try function.required("name").string(),
            description: try function.optional("description")?.string(),
            schema: function.optional("parameters").map { Array($0.raw) })
    }

    private func form(_ format: JSONNode) throws(MalformedBody) -> AnswerForm {
        if format.kind == .object { return .schema(AnswerSchema(schema: Array(format.raw))) }
        switch format.kind == .string ? try format.string() : "" {
        case "json": return .jsonObject
        case "" where format.kind == .string: return .text
        default: throw format.malformed("must be 'json' or a JSON schema")
        }
    }

    private func reasoning(_ think: JSONNode) throws(MalformedBody) -> ReasoningWish {
        switch think.kind {
        case .true: return .adaptive
        case .false: return .off
        case .string where think.contents.count > 0: return .effort(try think.string())
        default: throw think.malformed("must be true, false, 'low', 'medium', 'high' or 'max'")
        }
    }
}
