/// How Messages spells a call, its answer and its stream.
struct AnthropicMessagesCodec: ChatCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest {
        try AnthropicRequestReader.read(body, wantsAnswer: place.endpoint.operation != .tokenCount)
    }

    func encode(_ response: ChatResponse, to call: AnsweredCall, into body: inout [UInt8]) {
        let usage = response.usage ?? TokenUsage(inputUncached: call.estimatedInput)
        JSONWriter.append(to: &body) { json in
            json.object { json in
                guard call.place.endpoint.operation != .tokenCount else {
                    return json.field("input_tokens", usage.input)
                }
                json.field("id", Self.id(of: call))
                json.field("type", "message")
                json.field("role", "assistant")
                json.field("model", response.model.isEmpty ? call.request.model : response.model)
                json.field("content") { json in AnthropicBlockWriter.write(answer: response.parts, to: &json) }
                AnthropicStop(
                    response.stopReason, callsTools: !response.toolCalls.isEmpty, refusal: refusal(in: response.parts),
                    stops: call.request.stop
                ).write(to: &json)
                json.object("usage") { json in usage.writeAsAnthropic(to: &json, isWhole: true) }
            }
        }
    }

    static func id(of call: AnsweredCall) -> String { "msg_" + call.id }

    func makeStreamWriter(to call: AnsweredCall) -> any ChatStreamWriter { AnthropicStreamWriter(call) }

    /// The words in which the model refused, one after the other.
    private func refusal(in parts: [ChatPart]) -> String {
        parts.reduce(into: "") { text, part in
            if case .refusal(let more) = part.content { text += more }
        }
    }
}
