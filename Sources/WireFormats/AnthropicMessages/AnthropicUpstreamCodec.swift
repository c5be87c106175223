/// How a server of Messages is called, and what its answers and streams say.
struct AnthropicUpstreamCodec: UpstreamChatCodec {
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss] {
        let writer = try AnthropicRequestWriter(fitted(request), for: target)
        JSONWriter.append(to: &body) { json in writer.write(to: &json) }
        return writer.losses
    }

    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
        var response = ChatResponse(
            id: answer.optional("id")?.decoded() ?? "", model: answer.optional("model")?.decoded() ?? "")
        var reader = AnthropicBlockReader(isAnswer: true)
        for block in try answer.required("content").elements() {
            if AnswerTool.isCalled(block["name"]), block["type"]?.equals("tool_use") == true {
                response.parts.append(
                    .text(block.optional("input").map { String(decoding: $0.raw, as: UTF8.self) } ?? ""))
            } else {
                try reader.add(block, to: &response.parts)
            }
        }
        response.usage = answer.optional("usage").flatMap { TokenUsage(anthropic: $0) }
        response.stopReason = AnthropicStop.read(answer, callsTools: !response.toolCalls.isEmpty)
        // Where the model has said nothing, the provider's words say why.
        if response.stopReason == .refusal, response.text.isEmpty, let words = AnthropicStop.explanation(answer) {
            response.parts.append(ChatPart(.refusal(words)))
        }
        return response
    }

    func makeStreamReader() -> any ChatStreamReader { AnthropicStreamReader() }

    var emulatesSchemas: Bool { true }

    var toolNames: ToolNameRule? { .usual }

    func stateOrigin(of model: String) -> String? { OpaqueState.anthropic }
}
