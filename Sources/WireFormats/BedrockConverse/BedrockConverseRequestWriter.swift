/// Writes a Converse request; the model's id goes into the path.
struct BedrockConverseRequestWriter {
    private let request: ChatRequest
    private let model: BedrockModel
    private let dialogue: BedrockConverseDialogue
    private let reasoning: BedrockReasoning
    /// The mark behind the whole dialogue, where its last part asks for none itself.
    private let endHint: CacheHint?
    private var blocks: BedrockConverseBlockWriter

    init(_ request: ChatRequest, for target: TargetTraits) {
        var losses = LossList()
        let model = BedrockModel(request.model)
        var request = request
        if let detail = request.replaceSchema(for: target, forcesTools: model.isClaude || model.isNova) {
            losses.add("response_format", detail)
        }
        let dialogue = BedrockConverseDialogue(request, for: model, losses: &losses)
        reasoning = BedrockReasoning(request, in: dialogue.turns, of: model, target, losses: &losses)
        (self.request, self.model, self.dialogue) = (request, model, dialogue)
        endHint = dialogue.turns.last?.parts.last?.innermostHint == nil ? request.cacheHint : nil
        let toolHints = request.tools.count { $0.cacheHint != nil }
        blocks = BedrockConverseBlockWriter(
            for: model, cacheHints: toolHints + dialogue.cacheHints + (endHint == nil ? 0 : 1), losses: losses)
    }

    /// Writes the body behind what it holds.
    mutating func write(into body: inout [UInt8]) throws(Untranslatable) -> [Loss] {
        guard request.choices == 1 else {
            throw Untranslatable("n", "Ask for one answer at a time; this model gives no more.")
        }
        guard request.logProbabilities == nil else {
            throw Untranslatable("logprobs", "Leave 'logprobs' out; this model doesn't tell them.")
        }
        JSONWriter.append(to: &body) { json in
            json.object { json in
                // In the order in which the model reads them, which is the order of the cache marks.
                writeTools(to: &json)
                writeDialogue(to: &json)
                writeInference(to: &json)
                writeModelFields(to: &json)
                writeOutput(to: &json)
            }
        }
        if let objection = blocks.objection { throw objection }
        noteLosses()
        return blocks.losses.losses
    }

    private mutating func writeDialogue(to json: inout JSONWriter) {
        if !dialogue.instructions.isEmpty {
            json.array("system", dialogue.instructions) { part, json in blocks.write(instruction: part, to: &json) }
        }
        let last = dialogue.turns.count - 1
        json.array("messages", dialogue.turns.enumerated()) { turn, json in
            blocks.write(turn.element, endHint: turn.offset == last ? endHint : nil, to: &json)
        }
    }

    // MARK: Tools

    /// Converse refuses tool calls in a dialogue without tools: what was called is then told anew, as far as known.
    private mutating func writeTools(to json: inout JSONWriter) {
        let hasHistory = dialogue.hasTools
        var tools = request.tools
        if case .allowed(let names, _)? = request.toolChoice, tools.contains(where: { names.contains($0.name) }) {
            tools = tools.filter { names.contains($0.name) }
        }
        if request.toolChoice == ToolChoice.none {
            blocks.losses.add(
                "tool_choice", "Converse can't forbid tools in a dialogue with calls", if: hasHistory && !tools.isEmpty)
            if !hasHistory { tools = [] }
        }
        let isRebuilt = tools.isEmpty && hasHistory
        if isRebuilt { tools = dialogue.calledTools.map { ChatTool(name: $0) } }
        guard !tools.isEmpty else { return }

        json.object("toolConfig") { json in
            json.array("tools", tools) { tool, json in
                json.object { json in
                    json.object("toolSpec") { json in Self.write(tool, to: &json) }
                }
                blocks.writeCachePoint(tool.cacheHint, isTool: true, to: &json)
            }
            if !isRebuilt, let choice = request.toolChoice { Self.write(choice, to: &json) }
        }
    }

    private static func write(_ tool: ChatTool, to json: inout JSONWriter) {
        json.field("name", tool.name)
        json.field("description", tool.description?.isEmpty == true ? nil : tool.description)
        json.object("inputSchema") { json in json.field("json", raw: objectSchema(tool.schemaOrEmpty)) }
        json.field("strict", tool.isStrict == true ? true : nil)
    }

    /// Converse wants to be told that arguments are an object.
    private static func objectSchema(_ schema: [UInt8]) -> [UInt8] {
        let tape = JSONTape()
        defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
        return schema.withUnsafeBytes { bytes in
            guard let root = try? tape.parse(bytes), root.kind == .object, root["type"] == nil,
                let members = try? root.members()
            else { return schema }
            let isEmpty = members.first { _ in true } == nil
            return Array((isEmpty ? #"{"type":"object""# : #"{"type":"object","#).utf8) + root.raw.dropFirst()
        }
    }

    private static func write(_ choice: ToolChoice, to json: inout JSONWriter) {
        let field: (name: String, tool: String?)
        switch choice {
        case .none: return
        case .auto, .allowed(_, isRequired: false): field = ("auto", nil)
        case .required, .allowed(_, isRequired: true): field = ("any", nil)
        case .named(let name): field = ("tool", name)
        }
        json.object("toolChoice") { json in
            json.object(field.name) { json in json.field("name", field.tool) }
        }
    }

    // MARK: How to answer

    private mutating func writeInference(to json: inout JSONWriter) {
        var (temperature, topP) = (request.sampling.temperature, request.sampling.topP)
        if let given = temperature, given > 1 {
            blocks.losses.add("temperature", "lowered to 1, the highest there is")
            temperature = 1
        }
        if reasoning.thinking != nil {
            blocks.losses.add("temperature", "Claude thinks at 1 only", if: temperature.map { $0 != 1 } == true)
            blocks.losses.add("top_p", "Claude takes 0.95 and more while it thinks", if: topP.map { $0 < 0.95 } == true)
            temperature = nil
            topP = topP.flatMap { $0 < 0.95 ? nil : $0 }
        }
        let stop = stopSequences
        json.object("inferenceConfig") { json in
            json.field("maxTokens", reasoning.maxTokens)
            json.field("temperature", temperature)
            json.field("topP", topP)
            if !stop.isEmpty { json.array("stopSequences", stop) { text, json in json.value(text) } }
        }
    }

    /// Empty ones are refused, by Claude blank ones too.
    private var stopSequences: [String] {
        request.stop.filter { model.isClaude ? ChatPart.text($0).isSaying : !$0.isEmpty }
    }

    /// What Bedrock hands through to the model in its own words, and what it shall hand back.
    private mutating func writeModelFields(to json: inout JSONWriter) {
        let (thinking, topK) = (reasoning.thinking, request.sampling.topK)
        let takesTopK = (model.isClaude && thinking == nil) || model.isNova
        if thinking != nil || topK != nil && takesTopK {
            json.object("additionalModelRequestFields") { json in
                if let thinking { Self.write(thinking, to: &json) }
                if let topK, model.isNova {
                    json.object("inferenceConfig") { json in json.field("topK", topK) }
                } else if takesTopK {
                    json.field("top_k", topK)
                }
            }
        }
        blocks.losses.add("top_k", "the model has none, or none while it thinks", if: topK != nil && !takesTopK)
        if model.isClaude, !stopSequences.isEmpty {
            let path = request.streams ? "/delta/stop_sequence" : "/stop_sequence"
            json.array("additionalModelResponseFieldPaths", [path]) { path, json in json.value(path) }
        }
    }

    private static func write(_ thinking: BedrockReasoning.Thinking, to json: inout JSONWriter) {
        json.object("thinking") { json in
            switch thinking {
            case .adaptive: json.field("type", "adaptive")
            case .budget(let tokens):
                json.field("type", "enabled")
                json.field("budget_tokens", tokens)
            }
        }
    }

    private func writeOutput(to json: inout JSONWriter) {
        var schema: AnswerSchema?
        if case .schema(let wanted) = request.answerForm { schema = wanted }
        guard schema != nil || reasoning.effort != nil else { return }
        json.object("outputConfig") { json in
            json.field("effort", reasoning.effort)
            guard let schema else { return }
            json.object("textFormat") { json in
                json.field("type", "json_schema")
                json.object("structure") { json in
                    json.object("jsonSchema") { json in
                        json.field("name", schema.name)
                        json.field("description", schema.description)
                        json.field("schema", String(decoding: schema.schema, as: UTF8.self))
                    }
                }
            }
        }
    }

    private mutating func noteLosses() {
        let sampling = request.sampling
        blocks.losses.add("min_p", "Converse has none", if: sampling.minP != nil)
        blocks.losses.add("frequency_penalty", "Converse has none", if: (sampling.frequencyPenalty ?? 0) != 0)
        blocks.losses.add("presence_penalty", "Converse has none", if: (sampling.presencePenalty ?? 0) != 0)
        blocks.losses.add("seed", "Converse has none", if: sampling.seed != nil)
        blocks.losses.add("logit_bias", "Converse has none", if: sampling.logitBias != nil)
        blocks.losses.add("verbosity", "Converse has none", if: request.verbosity != nil)
        blocks.losses.add("user", "Converse has none", if: request.endUser != nil)
        blocks.losses.add(
            "parallel_tool_calls", "Converse can't forbid them",
            if: request.allowsParallelCalls == false && !request.tools.isEmpty)
        blocks.losses.add("stop", "blank ones are refused", if: stopSequences.count < request.stop.count)
    }
}
