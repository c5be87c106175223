/// How Responses is asked, and how its answers are read.
struct OpenAIResponsesUpstreamCodec: UpstreamChatCodec {
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss] {
        let request = try fitted(request)
        if request.choices > 1 {
            throw Untranslatable(
                "n", "This model's API gives one answer to a call; leave 'n' out and call several times.")
        }
        if request.logProbabilities != nil {
            throw Untranslatable(
                "logprobs", "Probabilities can't be had from this model by way of this API; leave them out.")
        }
        var input = OpenAIResponsesInputWriter()
        try input.add(request)
        JSONWriter.append(to: &body) { json in write(request, input, for: target, to: &json) }
        return input.losses + losses(request, for: target)
    }

    private func write(
        _ request: ChatRequest, _ input: OpenAIResponsesInputWriter, for target: TargetTraits,
        to json: inout JSONWriter
    ) {
        let effort = reasons(target) ? request.reasoning?.effortWord : nil
        json.object { json in
            json.field("model", request.model)
            json.field("instructions", input.instructions)
            json.field("input", input.write)
            json.field("max_output_tokens", request.maxOutputTokens.map { max($0, Self.shortestAnswer) })
            if target.takesSampling != false {
                json.field("temperature", request.sampling.temperature.map { min($0, Self.highestTemperature) })
                json.field("top_p", request.sampling.topP)
            }
            if let effort { json.object("reasoning") { json in json.field("effort", effort) } }
            if request.answerForm != .text || request.verbosity != nil {
                json.object("text") { json in
                    json.field("format", request.answerForm.writeAsResponses)
                    json.field("verbosity", request.verbosity)
                }
            }
            if !request.tools.isEmpty {
                json.array("tools", request.tools) { tool, json in
                    tool.writeAsResponses(to: &json, strictIfUnset: false)
                }
                if let choice = request.toolChoice {
                    json.field("tool_choice") { json in
                        choice.writeAsResponses(among: request.customToolNames, to: &json)
                    }
                }
                json.field("parallel_tool_calls", request.allowsParallelCalls)
            }
            json.field("user", request.endUser.flatMap { Self.isLong($0) ? nil : $0 })
            json.field("stream", request.streams ? true : nil)
            // What isn't stored must come back, and models that don't reason refuse to be asked for it.
            json.field("store", false)
            if reasons(target), let wish = request.reasoning, wish.effortWord != "none" {
                json.array("include", CollectionOfOne("reasoning.encrypted_content")) { $1.value($0) }
            }
        }
    }

    /// OpenAI takes no lower limit than this, in tokens.
    private static let shortestAnswer = 16
    private static let highestTemperature = 2.0

    /// OpenAI refuses longer names, in characters.
    private static func isLong(_ user: String) -> Bool { user.unicodeScalars.count > 64 }

    private func reasons(_ target: TargetTraits) -> Bool {
        if case .some(.none) = target.reasoning { return false }
        return true
    }

    private func losses(_ request: ChatRequest, for target: TargetTraits) -> [Loss] {
        let sampling = request.sampling
        let takesSampling = target.takesSampling != false
        let hasCacheHints =
            request.cacheHint != nil || request.tools.contains { $0.cacheHint != nil }
            || request.instructions.contains { $0.cacheHint != nil }
            || request.turns.contains { $0.parts.contains { $0.cacheHint != nil } }
        let wantsReasoning = request.reasoning.map { $0.effortWord != "none" } ?? false
        let unsaid: [(Bool, Loss)] = [
            (
                (request.maxOutputTokens ?? .max) < Self.shortestAnswer,
                Loss("max_tokens", "raised to 16, the least there is")
            ),
            (
                takesSampling && (sampling.temperature ?? 0) > Self.highestTemperature,
                Loss("temperature", "lowered to 2, the highest there is")
            ),
            (!takesSampling && (sampling.temperature ?? 1) != 1, Loss("temperature", "the model doesn't take it")),
            (!takesSampling && (sampling.topP ?? 1) != 1, Loss("top_p", "the model doesn't take it")),
            (sampling.topK != nil, Loss("top_k", "Responses has none")),
            (sampling.minP != nil, Loss("min_p", "Responses has none")),
            (sampling.frequencyPenalty != nil, Loss("frequency_penalty", "Responses has none")),
            (sampling.presencePenalty != nil, Loss("presence_penalty", "Responses has none")),
            (sampling.seed != nil, Loss("seed", "Responses has none")),
            (sampling.logitBias != nil, Loss("logit_bias", "Responses has none")),
            (!request.stop.isEmpty, Loss("stop", "Responses doesn't stop at texts")),
            (hasCacheHints, Loss("cache_control", "OpenAI caches by itself")),
            (wantsReasoning && !reasons(target), Loss("reasoning", "the model doesn't reason")),
            (
                request.reasoning == .adaptive && reasons(target) && target.reasoning != .adaptive,
                Loss("reasoning", "whether to reason is left to the model")
            ),
            (
                request.toolChoice?.forcesCalls == true && request.tools.isEmpty,
                Loss("tool_choice", "there are no tools")
            ),
            (request.endUser.map(Self.isLong) ?? false, Loss("user", "longer than OpenAI's 64 characters")),
        ]
        return unsaid.filter(\.0).map(\.1)
    }

    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
        let output = try answer.required("output").elements()
        if let status = answer["status"], status.equals("failed") || status.equals("cancelled") {
            throw status.malformed("says that there is no answer")
        }
        var events: [ChatEvent] = [.start(id: answer.responsesText("id"), model: answer.responsesText("model"))]
        var items = OpenAIResponsesItemReader()
        for (place, item) in output.enumerated() { items.end(item, at: place, into: &events) }
        events.append(.finish(items.stopReason(of: answer)))
        var response = ChatResponse(folding: events, created: answer["created_at"]?.wholeNumber ?? 0)
        response.usage = answer.optional("usage").flatMap { TokenUsage(openAI: $0) }
        return response
    }

    func makeStreamReader() -> any ChatStreamReader { OpenAIResponsesStreamReader() }

    var toolNames: ToolNameRule? { .usual }

    var takesCustomTools: Bool { true }

    func stateOrigin(of model: String) -> String? { OpaqueState.openAI }
}

extension ToolChoice {
    fileprivate var forcesCalls: Bool {
        switch self {
        case .auto, .none: false
        case .required, .named: true
        case .allowed(_, let isRequired): isRequired
        }
    }
}

extension JSONNode {
    /// The string under `key`; empty for anything else. For what an upstream says, and may leave out.
    func responsesText(_ key: StaticString) -> String {
        guard let value = self[key], value.kind == .string else { return "" }
        return value.decoded()
    }
}
