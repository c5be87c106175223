/// How Chat spells a call, its answer and its stream.
struct OpenAIChatCodec: ChatCodec {
    func decode(_ body: JSONNode) throws(MalformedBody) -> ChatRequest {
        try OpenAIChatRequestReader().read(body)
    }

    func encode(_ response: ChatResponse, into body: inout [UInt8]) {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("id", response.id)
                json.field("object", "chat.completion")
                json.field("created", response.created)
                json.field("model", response.model)
                json.array("choices", CollectionOfOne(response)) { response, json in
                    json.object { json in
                        json.field("index", 0)
                        json.object("message") { json in write(response, to: &json) }
                        json.null("logprobs")
                        json.nullable("finish_reason", response.stopReason?.openAIFinishReason)
                    }
                }
                response.usage?.writeAsOpenAIChat(to: &json)
            }
        }
    }

    private func write(_ response: ChatResponse, to json: inout JSONWriter) {
        let (text, calls) = (response.text, response.toolCalls)
        json.field("role", "assistant")
        json.nullable("content", text.isEmpty && !calls.isEmpty ? nil : text)
        json.null("refusal")
        guard !calls.isEmpty else { return }
        json.array("tool_calls", calls) { call, json in
            json.object { json in
                json.field("id", call.id)
                json.field("type", "function")
                json.object("function") { json in
                    json.field("name", call.name)
                    json.field("arguments", call.arguments)
                }
            }
        }
    }

    func makeStreamWriter(includeUsage: Bool, id: String, created: Int) -> any ChatStreamWriter {
        OpenAIChatStreamWriter(includeUsage: includeUsage, id: id, created: created)
    }
}
