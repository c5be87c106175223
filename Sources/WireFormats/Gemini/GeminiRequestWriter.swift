/// Writes a request for Google: the body of `generateContent` and of `streamGenerateContent`.
struct GeminiRequestWriter {
    private let request: ChatRequest
    private let dialogue: GeminiDialogue
    private let thinking: GeminiThinking?
    /// The longest answer, the thoughts included; nil: the model's own.
    private let maxTokens: Int?
    private let tools: [ChatTool]
    /// Whether the answer's form can't be asked for but in words.
    private let asksForFormInWords: Bool
    /// What the target can't be told.
    let losses: [Loss]

    /// - Throws: ``Untranslatable`` for what would get another answer.
    init(_ request: ChatRequest, for traits: TargetTraits) throws(Untranslatable) {
        guard request.choices == 1 else {
            throw Untranslatable("n", "Ask for one answer at a time: leave 'n' out, or set it to 1.")
        }
        guard request.logProbabilities == nil else {
            throw Untranslatable(
                "logprobs", "Gemini's probabilities can't be told in this format: leave 'logprobs' out.")
        }
        let model = GeminiModel(request.model)
        var losses = GeminiLosses()
        self.request = request
        dialogue = try GeminiDialogue(request, for: model, losses: &losses)
        var thinking = GeminiThinking.config(
            for: request.reasoning, style: traits.reasoning ?? model.reasoning, model: model, losses: &losses)
        let limit = traits.longestAnswer ?? .max
        maxTokens = request.maxOutputTokens.map { asked in
            var longest = min(asked, limit)
            thinking?.makeRoom(in: &longest, within: limit, of: model, losses: &losses)
            return longest
        }
        self.thinking = thinking
        tools = Self.tools(of: request)
        asksForFormInWords = request.answerForm != .text && !tools.isEmpty && model.choosesBetweenToolsAndSchema
        losses.add("response_format", "asked for in words, since the model has tools", if: asksForFormInWords)
        Self.addLosses(of: request, for: traits, to: &losses)
        self.losses = losses.list
    }

    /// The tools that the model may call. Those that it may not are left out: a choice among some of them can only be
    /// forced.
    private static func tools(of request: ChatRequest) -> [ChatTool] {
        guard case .allowed(let names, isRequired: false)? = request.toolChoice else { return request.tools }
        return request.tools.filter { names.contains($0.name) }
    }

    private static func addLosses(of request: ChatRequest, for traits: TargetTraits, to losses: inout GeminiLosses) {
        let sampling = request.sampling
        losses.add("min_p", "Gemini has none", if: sampling.minP != nil)
        losses.add("logit_bias", "Gemini has none", if: sampling.logitBias != nil)
        losses.add("seed", "Gemini's seeds have 32 bits", if: sampling.seed.map { Int32(exactly: $0) == nil } ?? false)
        losses.add("stop", "the first five were kept, the most that there may be", if: request.stop.count > mostStops)
        losses.add(
            "parallel_tool_calls", "Gemini can't be held to one call at a time",
            if: request.allowsParallelCalls == false)
        losses.add("verbosity", "Gemini has no such setting", if: request.verbosity != nil)
        losses.add(
            "strict", "Gemini doesn't promise that arguments follow their schema",
            if: request.tools.contains { $0.isStrict == true })
        losses.add(
            "max_tokens", "lowered to the longest that the model answers",
            if: (request.maxOutputTokens ?? 0) > (traits.longestAnswer ?? .max))
        losses.add("user", "Gemini isn't told who asks", if: request.endUser != nil)
        losses.add("cache_control", "Gemini caches by itself", if: request.hasCacheHints)
    }

    private static let mostStops = 5

    func write(to json: inout JSONWriter) {
        json.object { json in
            let instructions = dialogue.instructions + formInWords
            if !instructions.isEmpty {
                json.object("systemInstruction") { json in
                    json.array("parts", instructions) { part, json in part.write(to: &json) }
                }
            }
            json.array("contents", dialogue.contents) { content, json in content.write(to: &json) }
            if !tools.isEmpty { writeTools(to: &json) }
            json.object("generationConfig", writeGenerationConfig)
        }
    }

    private var formInWords: [GeminiPart] {
        guard asksForFormInWords else { return [] }
        guard case .schema(let form) = request.answerForm else {
            return [.text("Unless you call a tool, answer with nothing but a JSON object.")]
        }
        let schema = String(decoding: form.schema, as: UTF8.self)
        return [.text("Unless you call a tool, answer with nothing but JSON that follows this schema: \(schema)")]
    }

    // MARK: Tools

    private func writeTools(to json: inout JSONWriter) {
        json.array("tools", CollectionOfOne(tools)) { tools, json in
            json.object { json in
                json.array("functionDeclarations", tools) { tool, json in
                    json.object { json in
                        json.field("name", tool.name)
                        json.field("description", tool.description)
                        json.field("parametersJsonSchema", raw: tool.schema)
                    }
                }
            }
        }
        guard let choice = request.toolChoice else { return }
        json.object("toolConfig") { json in
            json.object("functionCallingConfig") { json in write(choice, to: &json) }
        }
    }

    private func write(_ choice: ToolChoice, to json: inout JSONWriter) {
        switch choice {
        case .auto, .allowed(_, isRequired: false): json.field("mode", "AUTO")
        case .none: json.field("mode", "NONE")
        case .required: json.field("mode", "ANY")
        case .named(let name): writeForced([name], to: &json)
        case .allowed(let names, isRequired: true): writeForced(names, to: &json)
        }
    }

    private func writeForced(_ names: [String], to json: inout JSONWriter) {
        json.field("mode", "ANY")
        json.array("allowedFunctionNames", tools.filter { names.contains($0.name) }) { tool, json in
            json.value(tool.name)
        }
    }

    // MARK: The answer

    private func writeGenerationConfig(to json: inout JSONWriter) {
        let sampling = request.sampling
        json.field("temperature", sampling.temperature)
        json.field("topP", sampling.topP)
        json.field("topK", sampling.topK)
        json.field("maxOutputTokens", maxTokens)
        if !request.stop.isEmpty {
            json.array("stopSequences", request.stop.prefix(Self.mostStops)) { stop, json in json.value(stop) }
        }
        json.field("seed", sampling.seed.flatMap { Int32(exactly: $0).map(Int.init) })
        json.field("presencePenalty", sampling.presencePenalty)
        json.field("frequencyPenalty", sampling.frequencyPenalty)
        if request.answerForm != .text, !asksForFormInWords {
            json.field("responseMimeType", "application/json")
            if case .schema(let form) = request.answerForm { json.field("responseJsonSchema", raw: form.schema) }
        }
        thinking?.write(to: &json)
    }
}

extension ChatRequest {
    /// Whether the client marked anything to be kept by the provider.
    fileprivate var hasCacheHints: Bool {
        cacheHint != nil || tools.contains { $0.cacheHint != nil } || instructions.contains { $0.cacheHint != nil }
            || turns.contains { $0.parts.contains { $0.cacheHint != nil } }
    }
}
