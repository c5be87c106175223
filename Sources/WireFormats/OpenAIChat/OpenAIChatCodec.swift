/// How Chat spells a call, its answer and its stream, on the client's side.
struct OpenAIChatCodec: ChatCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest {
        try OpenAIChatRequestReader().read(body)
    }

    func encode(_ response: ChatResponse, to call: AnsweredCall, into body: inout [UInt8]) {
        let style = OpenAIChatAnswerStyle(call)
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("id", style.id)
                json.field("object", "chat.completion")
                json.field("created", call.created)
                json.field("model", response.model.isEmpty ? call.request.model : response.model)
                json.array("choices", CollectionOfOne(response)) { response, json in
                    json.object { json in
                        json.field("index", 0)
                        json.object("message") { json in write(response, style, to: &json) }
                        json.null("logprobs")
                        json.field("finish_reason", finishReason(response, style))
                    }
                }
                response.usage?.writeAsOpenAIChat(to: &json)
            }
        }
    }

    /// There is always one: clients insist on it.
    private func finishReason(_ response: ChatResponse, _ style: OpenAIChatAnswerStyle) -> String {
        let reason = response.stopReason ?? StopReason.endTurn.given(toolCalls: !response.toolCalls.isEmpty)
        return style.finishReason(reason, hasRefused: !response.parts.refusal.isEmpty)
    }

    private func write(_ response: ChatResponse, _ style: OpenAIChatAnswerStyle, to json: inout JSONWriter) {
        let (text, refusal, reasoning) = (response.text, response.parts.refusal, response.parts.reasoning)
        let calls = response.parts.filter { if case .toolCall = $0.content { true } else { false } }
        json.field("role", "assistant")
        json.nullable("content", text.isEmpty && !(calls.isEmpty && refusal.isEmpty) ? nil : text)
        json.nullable("refusal", refusal.isEmpty ? nil : refusal)
        json.field("reasoning_content", reasoning.isEmpty ? nil : reasoning)
        let signed = response.parts.filter(\.isSignedReasoning)
        if !signed.isEmpty {
            var index = 0
            json.array("reasoning_details", signed) { part, json in
                guard let state = part.state else { return }
                OpenAIReasoning.writeDetails(of: part.content, state, index: &index, to: &json)
            }
        }
        if style.isOlder {
            if case .toolCall(let call)? = calls.first?.content {
                json.object("function_call") { json in
                    json.field("name", call.name)
                    json.field("arguments", call.arguments)
                }
            }
        } else if !calls.isEmpty {
            json.array("tool_calls", calls) { part, json in
                guard case .toolCall(let call) = part.content else { return }
                json.object { json in
                    json.field("id", call.id)
                    json.openAICall(call.name, call.arguments, isCustom: style.customTools.contains(call.name))
                    json.thoughtSignature(part.state)
                }
            }
        }
        json.thoughtSignature(
            response.parts.last { if case .text = $0.content { $0.state != nil } else { false } }?.state)
    }

    func makeStreamWriter(to call: AnsweredCall) -> any ChatStreamWriter {
        OpenAIChatStreamWriter(call)
    }
}

extension JSONWriter {
    /// A member that carries Gemini's signature, as Google's own Chat surfaces do; none for other states.
    mutating func thoughtSignature(_ state: OpaqueState?) {
        guard let state, state.origin == OpaqueState.google else { return }
        object("extra_content") { json in
            json.object("google") { json in json.field("thought_signature", state.value) }
        }
    }
}

extension ChatPart {
    /// Whether it is reasoning that its provider wants back.
    fileprivate var isSignedReasoning: Bool {
        switch content {
        case .reasoning, .hiddenReasoning: state != nil
        default: false
        }
    }
}

extension [ChatPart] {
    /// All refusals among them, one after the other.
    fileprivate var refusal: String {
        reduce(into: "") { text, part in if case .refusal(let more) = part.content { text += more } }
    }

    /// All reasoning among them, one after the other.
    fileprivate var reasoning: String {
        reduce(into: "") { text, part in if case .reasoning(let more) = part.content { text += more } }
    }
}
