/// Writes a Chat stream: the role, the deltas, the reason why it ended, the usage if it was asked for, `[DONE]`.
struct OpenAIChatStreamWriter: ChatStreamWriter {
    private let style: OpenAIChatAnswerStyle
    private let includeUsage: Bool
    private let created: Int
    private var model: String
    private var usage: TokenUsage?
    private var hasRefused = false
    /// The reasoning since the last piece of it was whole: a signature is written together with all that it signs, so
    /// that it stays right however a client puts deltas together.
    private var reasoning = ""
    /// The index of the next of the details, of which each has its own.
    private var details = 0
    /// The numbers of the calls of custom tools.
    private var customCalls: Set<Int> = []

    init(_ call: AnsweredCall) {
        style = OpenAIChatAnswerStyle(call)
        (includeUsage, created, model) = (call.request.asksForUsage, call.created, call.request.model)
    }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .start(_, let model):
            if !model.isEmpty { self.model = model }
            writeDelta(to: &stream) { json in
                json.field("role", "assistant")
                json.field("content", "")
            }
        case .textDelta(let text):
            writeDelta(to: &stream) { json in json.field("content", text) }
        case .textState(let state):
            guard state.origin == OpaqueState.google else { return }
            writeDelta(to: &stream) { json in json.thoughtSignature(state) }
        case .refusalDelta(let text):
            hasRefused = true
            writeDelta(to: &stream) { json in json.field("refusal", text) }
        case .reasoningDelta(let text):
            reasoning += text
            writeDelta(to: &stream) { json in json.field("reasoning_content", text) }
        case .reasoningEnd(let state):
            if let state { writeDetails(of: .reasoning(reasoning), state, to: &stream) }
            reasoning = ""
        case .hiddenReasoning(let state):
            writeDetails(of: .hiddenReasoning, state, to: &stream)
        case .toolStart(let index, let id, let name, let state):
            writeStart(index, id: id, name: name, state, to: &stream)
        case .toolArgumentsDelta(let index, let arguments):
            writeArguments(index, arguments, to: &stream)
        case .usage(let usage):
            self.usage = usage
        case .finish(let reason):
            let word = style.finishReason(reason, hasRefused: hasRefused)
            writeDelta(to: &stream, finishReason: word) { _ in }
        case .ping:
            stream.append(contentsOf: ": keep-alive\n\n".utf8)
        case .toolEnd, .foreign, .failure:
            break
        }
    }

    private mutating func writeDetails(of content: ChatPart.Content, _ state: OpaqueState, to stream: inout [UInt8]) {
        var next = details
        writeDelta(to: &stream) { json in
            json.array("reasoning_details", CollectionOfOne(state)) { state, json in
                OpenAIReasoning.writeDetails(of: content, state, index: &next, to: &json)
            }
        }
        details = next
    }

    // MARK: Calls

    private mutating func writeStart(
        _ index: Int, id: String, name: String, _ state: OpaqueState?, to stream: inout [UInt8]
    ) {
        if style.isOlder {
            return writeOlderCall(index, to: &stream) { json in
                json.field("name", name)
                json.field("arguments", "")
            }
        }
        let isCustom = style.customTools.contains(name)
        if isCustom { customCalls.insert(index) }
        writeCall(index, to: &stream) { json in
            json.field("id", id)
            json.openAICall(name, "", isCustom: isCustom)
            json.thoughtSignature(state)
        }
    }

    private func writeArguments(_ index: Int, _ arguments: String, to stream: inout [UInt8]) {
        if style.isOlder {
            return writeOlderCall(index, to: &stream) { json in json.field("arguments", arguments) }
        }
        writeCall(index, to: &stream) { json in
            json.openAICall(nil, arguments, isCustom: customCalls.contains(index))
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

    /// The older form has room for one call.
    private func writeOlderCall(_ index: Int, to stream: inout [UInt8], _ function: (inout JSONWriter) -> Void) {
        guard index == 0 else { return }
        writeDelta(to: &stream) { json in json.object("function_call", function) }
    }

    // MARK: Chunks

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

    mutating func fail(_ failure: ChatFailure, requestID: String, into stream: inout [UInt8]) {
        stream.append(contentsOf: OpenAIFailure.event(failure))
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

    private func writeChunk(to stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        stream.append(contentsOf: "data: ".utf8)
        JSONWriter.append(to: &stream) { json in
            json.object { json in
                json.field("id", style.id)
                json.field("object", "chat.completion.chunk")
                json.field("created", created)
                json.field("model", model)
                members(&json)
            }
        }
        stream.append(contentsOf: "\n\n".utf8)
    }
}
