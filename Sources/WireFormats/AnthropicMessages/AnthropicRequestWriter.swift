/// Writes a request for Anthropic. All that can go wrong does so before the first byte.
struct AnthropicRequestWriter {
    /// What could not be said.
    let losses: [Loss]

    private let model: String
    private let streams: Bool
    private let endUser: String?
    private let allowsParallelCalls: Bool?
    private let tools: [ChatTool]
    private let choice: ToolChoice?
    private let dialogue: AnthropicDialogue
    private let thinking: AnthropicThinking
    private let sampling: AnthropicSampling
    private let schema: [UInt8]?
    private let stop: [String]
    private let cacheHint: CacheHint?

    /// Settles how the call is said.
    ///
    /// - Throws: ``Untranslatable`` for several answers, probabilities, media that Claude can't take, and schemas that it
    ///   can't follow.
    init(_ request: ChatRequest, for target: TargetTraits) throws(Untranslatable) {
        guard request.choices == 1 else {
            throw Untranslatable("n", "This model gives one answer a call; leave 'n' out and call it several times.")
        }
        guard request.logProbabilities == nil else {
            throw Untranslatable("logprobs", "This model tells no probabilities; leave 'logprobs' out.")
        }
        var losses = AnthropicLosses()
        var request = request
        if let detail = request.replaceSchema(for: target, forcesTools: true) {
            losses.note("response_format", detail)
        }
        if request.toolChoice == .named(AnswerTool.name) { request.allowsParallelCalls = false }
        schema = try Self.schema(request.answerForm, &losses)
        var dialogue = try AnthropicDialogue(request, losses: &losses)
        let thinking = AnthropicThinking(request, dialogue, for: target, losses: &losses)
        if thinking.refusesThoughts, dialogue.removeThoughtsOfLastTurn() {
            losses.note("reasoning", "what Claude thought earlier in this turn was left out, because it isn't to think")
        }
        if request.answerForm != .text, schema == nil {
            dialogue.instructions.append(
                .text("Answer with a single JSON object and nothing else: no prose, no code fence."))
        }
        sampling = AnthropicSampling(
            request.sampling, thinks: thinking.mode != .none, for: target, losses: &losses)
        stop = request.stop.filter { !$0.allSatisfy(\.isWhitespace) }
        if stop.count < request.stop.count { losses.note("stop", "texts of white space only were left out") }
        if request.verbosity != nil { losses.note("verbosity", "Anthropic has none") }

        var (tools, choice) = Self.tools(request, dialogue, &losses)
        var cacheHint = request.cacheHint
        AnthropicCacheMarks.fit(&tools, &dialogue, &cacheHint, losses: &losses)
        (model, streams, endUser) = (request.model, request.streams, request.endUser)
        (allowsParallelCalls, self.tools, self.choice) = (request.allowsParallelCalls, tools, choice)
        (self.dialogue, self.thinking, self.cacheHint) = (dialogue, thinking, cacheHint)
        self.losses = losses.all
    }

    // MARK: Settling

    /// The schema that the answer must follow. One that allows any object is no more than a wish for JSON.
    private static func schema(
        _ form: AnswerForm, _ losses: inout AnthropicLosses
    ) throws(Untranslatable) -> [UInt8]? {
        guard case .schema(let form) = form, let closed = try AnthropicSchema(closing: form.schema) else { return nil }
        if closed.dropsLimits {
            losses.note("response_format", "limits on lengths and sizes are told to the model, not guaranteed")
        } else if form.description != nil {
            losses.note("response_format", "the schema's description has no place")
        }
        return closed.json
    }

    /// The tools to offer, and whether they may or must be called. A dialogue that speaks of tools needs some.
    private static func tools(
        _ request: ChatRequest, _ dialogue: AnthropicDialogue, _ losses: inout AnthropicLosses
    ) -> ([ChatTool], ToolChoice?) {
        var (tools, choice) = (request.tools, request.toolChoice)
        if case .allowed(let names, let isRequired) = choice {
            let allowed = Set(names)
            tools.removeAll { !allowed.contains($0.name) }
            choice = isRequired ? .required : .auto
        }
        guard tools.isEmpty else { return (tools, choice) }
        if choice != nil, choice != .auto, choice != ToolChoice.none {
            losses.note("tool_choice", "there are no tools to choose from")
        }
        let mentioned = dialogue.toolNames.map { ChatTool(name: $0) }
        return (mentioned, mentioned.isEmpty ? nil : ToolChoice.none)
    }

    // MARK: Writing

    /// Writes the request as one value.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("model", model)
            json.field("max_tokens", thinking.maxTokens)
            if !dialogue.instructions.isEmpty {
                json.array("system", dialogue.instructions, AnthropicBlockWriter.write)
            }
            json.array("messages", dialogue.turns) { turn, json in
                json.object { json in
                    json.field("role", turn.speaker.rawValue)
                    json.array("content", turn.parts, AnthropicBlockWriter.write)
                }
            }
            if !tools.isEmpty {
                json.array("tools", tools, write)
                writeChoice(to: &json)
            }
            thinking.write(to: &json)
            writeOutput(to: &json)
            sampling.write(to: &json)
            if !stop.isEmpty { json.array("stop_sequences", stop) { text, json in json.value(text) } }
            json.field("stream", streams ? true : nil)
            if let user = endUser { json.object("metadata") { json in json.field("user_id", user) } }
            AnthropicBlockWriter.write(cacheHint, to: &json)
        }
    }

    private func write(_ tool: ChatTool, to json: inout JSONWriter) {
        json.object { json in
            json.field("name", tool.name)
            json.field("description", tool.description)
            json.field("input_schema", raw: AnthropicSchema.ofObject(tool.schemaOrEmpty))
            json.field("strict", tool.isStrict == true ? true : nil)
            AnthropicBlockWriter.write(tool.cacheHint, to: &json)
        }
    }

    private func writeChoice(to json: inout JSONWriter) {
        let isSingle = allowsParallelCalls == false
        guard choice != nil || isSingle else { return }
        json.object("tool_choice") { json in
            switch choice ?? .auto {
            case .auto, .allowed: json.field("type", "auto")
            case .required: json.field("type", "any")
            case .none: return json.field("type", "none")
            case .named(let name):
                json.field("type", "tool")
                json.field("name", name)
            }
            json.field("disable_parallel_tool_use", isSingle ? true : nil)
        }
    }

    private func writeOutput(to json: inout JSONWriter) {
        guard thinking.effort != nil || schema != nil else { return }
        json.object("output_config") { json in
            json.field("effort", thinking.effort)
            guard let schema else { return }
            json.object("format") { json in
                json.field("type", "json_schema")
                json.field("schema", raw: schema)
            }
        }
    }
}
