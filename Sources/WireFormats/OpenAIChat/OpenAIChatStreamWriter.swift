/// Writes a Chat stream: the role, the deltas, the reason why it ended, the usage if it was asked for, `[DONE]`.
struct OpenAIChatStreamWriter: ChatStreamWriter {
    private let includeUsage: Bool
    private let id: String
    private let created: Int
    private var model = ""
    private var usage: TokenUsage?

    init(includeUsage: Bool, id: String, created: Int) {
        (self.includeUsage, self.id, self.created) = (includeUsage, id, created)
    }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .start(_, let model):
            self.model = model
            writeDelta(to: &stream) { json in
                json.field("role", "assistant")
                json.field("content", "")
            }
        case .textDelta(let text):
            writeDelta(to: &stream) { json in json.field("content", text) }
        case .toolStart(let index, let id, let name):
            writeCall(index, to: &stream) { json in
                json.field("id", id)
                json.field("type", "function")
                json.object("function") { json in
                    json.field("name", name)
                    json.field("arguments", "")
                }
            }
        case .toolArgumentsDelta(let index, let arguments):
            writeCall(index, to: &stream) { json in
                json.object("function") { json in json.field("arguments", arguments) }
            }
        case .toolEnd:
            break
        case .usage(let usage):
            self.usage = usage
        case .finish(let reason):
            writeDelta(to: &stream, finishReason: reason.openAIFinishReason) { _ in }
            writeEnd(to: &stream)
        }
    }

    private func writeCall(_ index: Int, to stream: inout [UInt8], _ call: (inout JSONWriter) -> Void) {
        writeDelta(to: &stream) { json in
            json.array("tool_calls", CollectionOfOne(index)) { index, json in
                json.object { json in
                    json.field("index", index)
                    call(&json)
                }
            }
        }
    }

    private func writeDelta(
        to stream: inout [UInt8], finishReason: String? = nil, _ delta: (inout JSONWriter) -> Void
    ) {
        writeChunk(to: &stream) { json in
            json.array("choices", CollectionOfOne(0)) { index, json in
                json.object { json in
                    json.field("index", index)
                    json.object("delta", delta)
                    json.null("logprobs")
                    json.nullable("finish_reason", finishReason)
                }
            }
            if includeUsage { json.null("usage") }
        }
    }

    private func writeEnd(to stream: inout [UInt8]) {
        if includeUsage, let usage {
            writeChunk(to: &stream) { json in
                json.array("choices", [Int]()) { _, _ in }
                usage.writeAsOpenAIChat(to: &json)
            }
        }
        stream.append(contentsOf: "data: [DONE]\n\n".utf8)
    }

    private func writeChunk(to stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        stream.append(contentsOf: "data: ".utf8)
        JSONWriter.append(to: &stream) { json in
            json.object { json in
                json.field("id", id)
                json.field("object", "chat.completion.chunk")
                json.field("created", created)
                json.field("model", model)
                members(&json)
            }
        }
        stream.append(contentsOf: "\n\n".utf8)
    }
}
