/// How Converse spells a call, its answer and its stream.
struct BedrockConverseCodec: UpstreamChatCodec {
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss] {
        var writer = BedrockConverseRequestWriter(try fitted(request), for: target)
        return try writer.write(into: &body)
    }

    /// Needs `output`. The answer has no id and names no model.
    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
        let output = try answer.required("output")
        guard output.kind == .object else { throw output.malformed("must be an object") }
        var response = ChatResponse()
        if let content = output.optional("message")?.optional("content") {
            for block in try content.elements() {
                if let part = try part(block) { response.parts.append(part) }
            }
        }
        response.usage = answer.optional("usage").flatMap { TokenUsage(bedrock: $0) }
        if let reason = answer.optional("stopReason") {
            response.stopReason = StopReason(
                bedrock: try reason.string(), stop: Self.stopSequence(answer["additionalModelResponseFields"])
            ).given(toolCalls: !response.toolCalls.isEmpty)
        }
        return response
    }

    func makeStreamReader() -> any ChatStreamReader { BedrockConverseStreamReader() }

    var toolNames: ToolNameRule? { .usual }

    var readableAddresses: ReadableAddresses { .beginning([BedrockMedia.s3]) }

    var emulatesSchemas: Bool { true }

    func stateOrigin(of model: String) -> String? { BedrockModel(model).isClaude ? OpaqueState.anthropic : nil }

    /// The binary framing that AWS has for streams.
    var streamContentType: String { "application/vnd.amazon.eventstream" }

    /// nil for a block that says nothing, or nothing to a client: calls of tools that ran at the provider.
    private func part(_ block: JSONNode) throws(MalformedBody) -> ChatPart? {
        if let text = block.optional("text") {
            return try text.string().nonEmpty.map(ChatPart.text)
        } else if let call = block.optional("toolUse") {
            guard call["type"]?.equals("server_tool_use") != true else { return nil }
            let arguments = call.optional("input").map { String(decoding: $0.raw, as: UTF8.self) } ?? ""
            if AnswerTool.isCalled(call["name"]) { return .text(arguments) }
            return .toolCall(
                ToolCall(
                    id: try call.required("toolUseId").string(), name: try call.required("name").string(),
                    arguments: arguments))
        } else if let reasoning = block.optional("reasoningContent") {
            return try part(reasoning: reasoning)
        } else if let cited = block.optional("citationsContent")?.optional("content") {
            var text = ""
            for piece in try cited.elements() { text += try piece.optional("text")?.string() ?? "" }
            return text.nonEmpty.map(ChatPart.text)
        }
        return nil
    }

    private func part(reasoning: JSONNode) throws(MalformedBody) -> ChatPart? {
        if let hidden = reasoning.optional("redactedContent") {
            var base64 = try hidden.string()
            let bytes = base64.withUTF8 { Base64.decode(UnsafeRawBufferPointer($0)) }
            return bytes.flatMap(OpaqueState.init(hiddenReasoning:)).map { ChatPart(.hiddenReasoning, state: $0) }
        }
        guard let reasoning = reasoning.optional("reasoningText") else { return nil }
        return ChatPart(
            .reasoning(try reasoning.optional("text")?.string() ?? ""),
            state: try reasoning.optional("signature")?.string().nonEmpty.map {
                OpaqueState(origin: OpaqueState.anthropic, value: $0)
            })
    }

    /// Which text the answer stopped at, as Claude says it in a whole answer or in the end of a stream.
    static func stopSequence(_ fields: JSONNode?) -> String? {
        let node = fields?.optional("stop_sequence") ?? fields?.optional("delta")?.optional("stop_sequence")
        return node?.kind == .string ? node?.decoded() : nil
    }
}

extension OpaqueState {
    /// Reasoning that Claude keeps to itself: a text, which Bedrock takes for bytes; nil for bytes that are none.
    init?(hiddenReasoning bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self), !text.isEmpty else { return nil }
        self.init(origin: OpaqueState.anthropic, value: text)
    }
}

extension StopReason {
    /// A `stopReason` of Converse's.
    init(bedrock word: String, stop: String?) {
        self =
            switch word {
            case "end_turn": .endTurn
            case "stop_sequence": .stopSequence(stop)
            case "max_tokens": .maxTokens
            case "tool_use": .toolCall
            case "content_filtered", "guardrail_intervened": .contentFiltered
            case "model_context_window_exceeded": .contextFull
            case "malformed_tool_use", "malformed_model_output": .malformedCall
            default: .other(word)
            }
    }
}

extension TokenUsage {
    /// Reads a `usage` of Converse's, whose input leaves out what was cached; nil when it counts nothing.
    init?(bedrock node: JSONNode) {
        guard node["inputTokens"]?.wholeNumber != nil || node["outputTokens"]?.wholeNumber != nil else { return nil }
        func count(_ key: StaticString) -> Int { node[key]?.wholeNumber ?? 0 }
        let written = node["cacheDetails"].map { Array($0.anyElements) } ?? []
        let writtenLong = written.first { $0["ttl"]?.equals("1h") == true }?["inputTokens"]?.wholeNumber ?? 0
        self.init(
            inputUncached: count("inputTokens"), cacheRead: count("cacheReadInputTokens"),
            cacheWrite: count("cacheWriteInputTokens"),
            cacheWriteLong: min(writtenLong, count("cacheWriteInputTokens")),
            output: count("outputTokens"))
    }
}

extension String {
    /// The text, if there is any.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
