/// Writes a Chat request for an upstream: one line a field.
struct OpenAIChatRequestWriter {
    /// What could not be said.
    private(set) var losses: OpenAIChatLosses

    private let request: ChatRequest
    private let target: TargetTraits
    private let model: OpenAIModelName
    private let messages: [OpenAIChatMessage]

    /// - Throws: ``Untranslatable`` for what the canonical answer has no room for, and for media that Chat can't show.
    init(_ request: ChatRequest, for target: TargetTraits) throws(Untranslatable) {
        guard request.choices == 1 else {
            throw Untranslatable("n", "Ask for one answer at a time; this model's provider speaks another API format.")
        }
        guard request.logProbabilities == nil else {
            throw Untranslatable(
                "logprobs", "Leave out the probabilities of tokens; this model's provider speaks another API format.")
        }
        (self.request, self.target, model) = (request, target, OpenAIModelName(request.model))
        let dialogue = try OpenAIChatDialogue(request, for: model)
        (messages, losses) = (dialogue.messages, dialogue.losses)
    }

    mutating func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("model", request.model)
            json.array("messages", messages) { message, json in message.write(to: &json) }
            json.field(model.wantsCompletionLimit ? "max_completion_tokens" : "max_tokens", request.maxOutputTokens)
            writeSampling(to: &json)
            if !request.stop.isEmpty { json.array("stop", request.stop) { text, json in json.value(text) } }
            writeTools(to: &json)
            writeForm(to: &json)
            writeReasoning(to: &json)
            json.field("verbosity", request.verbosity)
            writeUser(to: &json)
            guard request.streams else { return }
            json.field("stream", true)
            guard target.takesUsageWish else { return }
            json.object("stream_options") { json in json.field("include_usage", true) }
        }
        if request.cacheHint != nil { losses.add("cache_control", "left out; the provider keeps what it likes") }
    }

    private mutating func writeSampling(to json: inout JSONWriter) {
        let sampling = sampling
        json.field("temperature", sampling.temperature)
        json.field("top_p", sampling.topP)
        json.field("frequency_penalty", sampling.frequencyPenalty)
        json.field("presence_penalty", sampling.presencePenalty)
        json.field("seed", sampling.seed)
        json.field("logit_bias", raw: sampling.logitBias)
        if sampling.topK != nil { losses.add("top_k", "left out; Chat has no such field") }
        if sampling.minP != nil { losses.add("min_p", "left out; Chat has no such field") }
    }

    /// How to draw, as far as the model lets itself be told.
    private var sampling: Sampling {
        mutating get {
            var sampling = request.sampling
            guard target.takesSampling == false else { return sampling }
            func refuse<Value>(_ field: String, _ value: inout Value?) {
                if value != nil { losses.add(field, "left out; the model doesn't take it") }
                value = nil
            }
            if sampling.temperature != 1 { refuse("temperature", &sampling.temperature) }
            if sampling.topP != 1 { refuse("top_p", &sampling.topP) }
            refuse("frequency_penalty", &sampling.frequencyPenalty)
            refuse("presence_penalty", &sampling.presencePenalty)
            refuse("logit_bias", &sampling.logitBias)
            return sampling
        }
    }

    /// OpenAI refuses longer names; Claude Code's are.
    private static let longestUser = 64

    private mutating func writeUser(to json: inout JSONWriter) {
        guard let user = request.endUser else { return }
        if user.unicodeScalars.count <= Self.longestUser {
            json.field("user", user)
        } else {
            losses.add("user", "left out; it is longer than \(Self.longestUser) characters")
        }
    }

    // MARK: Tools

    private mutating func writeTools(to json: inout JSONWriter) {
        var tools = request.tools
        if case .allowed(let names, _)? = request.toolChoice, !model.knowsAllowedTools {
            // Who isn't offered a tool can't call it.
            let allowed = Set(names)
            tools = tools.filter { allowed.contains($0.name) }
        }
        guard !tools.isEmpty else { return }
        if tools.contains(where: { $0.cacheHint != nil }) {
            losses.add("cache_control", "left out; the provider keeps what it likes")
        }
        json.array("tools", tools) { tool, json in
            json.object { json in Self.write(tool, to: &json) }
        }
        writeChoice(to: &json)
        json.field("parallel_tool_calls", request.allowsParallelCalls)
    }

    private static func write(_ tool: ChatTool, to json: inout JSONWriter) {
        if let input = tool.customInput {
            json.field("type", "custom")
            return json.object("custom") { json in
                json.field("name", tool.name)
                json.field("description", tool.description)
                input.writeAsOpenAI(wrapsGrammar: true, to: &json)
            }
        }
        json.field("type", "function")
        json.object("function") { json in
            json.field("name", tool.name)
            json.field("description", tool.description)
            json.field("parameters", raw: tool.schema)
            json.field("strict", tool.isStrict)
        }
    }

    private func writeChoice(to json: inout JSONWriter) {
        let customTools = request.customToolNames
        func named(_ name: String, to json: inout JSONWriter) {
            let kind = customTools.contains(name) ? "custom" : "function"
            json.field("type", kind)
            json.object(kind) { json in json.field("name", name) }
        }
        switch request.toolChoice {
        case nil: break
        case .auto: json.field("tool_choice", "auto")
        case .some(.none): json.field("tool_choice", "none")
        case .required: json.field("tool_choice", "required")
        case .named(let name): json.object("tool_choice") { json in named(name, to: &json) }
        case .allowed(let names, let isRequired):
            let mode = isRequired ? "required" : "auto"
            guard model.knowsAllowedTools else { return json.field("tool_choice", mode) }
            json.object("tool_choice") { json in
                json.field("type", "allowed_tools")
                json.object("allowed_tools") { json in
                    json.field("mode", mode)
                    json.array("tools", names) { name, json in json.object { json in named(name, to: &json) } }
                }
            }
        }
    }

    // MARK: The answer

    private func writeForm(to json: inout JSONWriter) {
        switch request.answerForm {
        case .text: break
        case .jsonObject: json.object("response_format") { json in json.field("type", "json_object") }
        case .schema(let form):
            json.object("response_format") { json in
                json.field("type", "json_schema")
                json.object("json_schema") { json in
                    json.field("name", form.name ?? "answer")
                    json.field("description", form.description)
                    json.field("schema", raw: form.schema)
                    json.field("strict", form.isStrict)
                }
            }
        }
    }

    private mutating func writeReasoning(to json: inout JSONWriter) {
        guard let wish = request.reasoning else { return }
        guard let effort = wish.effortWord else {
            // A model that is known to think does so by itself.
            if target.reasoning != .adaptive { losses.add("reasoning", "whether to think is left to the model") }
            return
        }
        if target.reasoning != TargetTraits.ReasoningStyle.none {
            json.field("reasoning_effort", effort)
        } else if request.reasoning != .off {
            losses.add("reasoning", "left out; the model doesn't think")
        }
    }
}
