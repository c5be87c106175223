/// Writes a Completions stream: chunks of text, the reason why it ended, the usage if it was asked for, `[DONE]`.
struct OpenAICompletionsStreamWriter: ChatStreamWriter {
    private let includeUsage: Bool
    private let id: String
    private let created: Int
    private var model: String
    private var usage: TokenUsage?

    init(_ call: AnsweredCall) {
        (includeUsage, id, created) = (call.request.asksForUsage, Self.id(of: call), call.created)
        model = call.request.model
    }

    static func id(of call: AnsweredCall) -> String { "cmpl-" + call.id }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .start(_, let model):
            if !model.isEmpty { self.model = model }
        case .textDelta(let text), .refusalDelta(let text):
            writeText(text, finishReason: nil, to: &stream)
        case .usage(let usage):
            self.usage = usage
        case .finish(let reason):
            writeText("", finishReason: OpenAICompletionsCodec.finishReason(reason), to: &stream)
        case .ping:
            stream.append(contentsOf: ": keep-alive\n\n".utf8)
        default:
            break  // a Completions request can't offer tools, and has no place for thoughts
        }
    }

    mutating func end(into stream: inout [UInt8]) {
        if includeUsage, let usage {
            writeChunk(to: &stream) { json in
                json.array("choices", [Int]()) { _, _ in }
                usage.writeAsOpenAIChat(to: &json)
            }
        }
        stream.append(contentsOf: "data: [DONE]\n\n".utf8)
    }

    mutating func fail(_ failure: ChatFailure, requestID: String, into stream: inout [UInt8]) {
        stream.append(contentsOf: OpenAIFailure.event(failure))
    }

    private func writeText(_ text: String, finishReason: String?, to stream: inout [UInt8]) {
        writeChunk(to: &stream) { json in
            OpenAICompletionsCodec.writeChoice(text, finishReason, to: &json)
            if includeUsage { json.null("usage") }
        }
    }

    private func writeChunk(to stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        stream.append(contentsOf: "data: ".utf8)
        JSONWriter.append(to: &stream) { json in
            json.object { json in
                json.field("id", id)
                json.field("object", "text_completion")
                json.field("created", created)
                json.field("model", model)
                members(&json)
            }
        }
        stream.append(contentsOf: "\n\n".utf8)
    }
}
