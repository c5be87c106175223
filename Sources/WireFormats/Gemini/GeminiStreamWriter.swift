/// Writes a stream: a chunk for every piece, the last of which has the reason why it ended and the usage. As server-sent
/// events, or as one array.
struct GeminiStreamWriter: ChatStreamWriter {
    private let isArray: Bool
    private let id: String
    private var model: String
    private var usage: TokenUsage?
    private var finishReason: String?
    /// The calls whose arguments are still coming: a call is written whole.
    private var openCalls: [Int: OpenCall] = [:]
    private var hasWritten = false
    /// Whether the model has refused in words.
    private var hasRefused = false

    private struct OpenCall {
        var call: ToolCall
        let state: OpaqueState?
    }

    init(_ call: AnsweredCall) {
        (isArray, id, model) = (!call.place.geminiWantsEvents, call.id, call.request.model)
    }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .start(_, let model):
            if !model.isEmpty { self.model = model }
        case .textDelta(let text):
            write(.text(text), into: &stream)
        case .refusalDelta(let text):
            hasRefused = hasRefused || !text.isEmpty
            write(.text(text), into: &stream)
        case .textState(let state), .hiddenReasoning(let state):
            if let signature = state.geminiSignature { write(.text("", signature: signature), into: &stream) }
        case .reasoningDelta(let text):
            write(.text(text, isThought: true), into: &stream)
        case .reasoningEnd(let state):
            if let signature = state?.geminiSignature {
                write(.text("", isThought: true, signature: signature), into: &stream)
            }
        case .toolStart(let index, let id, let name, let state):
            openCalls[index] = OpenCall(call: ToolCall(id: id, name: name, arguments: ""), state: state)
        case .toolArgumentsDelta(let index, let more):
            openCalls[index]?.call.arguments += more
        case .toolEnd(let index):
            if let call = openCalls.removeValue(forKey: index) { write(call, into: &stream) }
        case .foreign(let part):
            if part.origin == OpaqueState.google { write(.raw(part.json), into: &stream) }
        case .usage(let usage):
            self.usage = usage
        case .finish(let reason):
            finishReason = reason.geminiFinishReason(inWords: hasRefused)
        case .ping, .failure:
            break
        }
    }

    mutating func end(into stream: inout [UInt8]) {
        for (_, call) in openCalls.sorted(by: { $0.key < $1.key }) { write(call, into: &stream) }
        openCalls = [:]
        let reason = finishReason ?? StopReason.other("").geminiFinishReason(inWords: false)
        write(
            GeminiChunk(parts: [], finishReason: reason, usage: usage, model: model, id: id), into: &stream)
        if isArray { stream.append(contentsOf: "\n]".utf8) }
    }

    mutating func fail(_ failure: ChatFailure, requestID: String, into stream: inout [UInt8]) {
        let end = isArray ? GeminiArray().failure(failure, isFirst: !hasWritten) : GeminiFailure.event(failure)
        stream.append(contentsOf: end)
    }

    private mutating func write(_ open: OpenCall, into stream: inout [UInt8]) {
        let part = ChatPart(.toolCall(open.call), state: open.state)
        if let part = GeminiPart(answer: part) { write(part, into: &stream) }
    }

    private mutating func write(_ part: GeminiPart, into stream: inout [UInt8]) {
        write(GeminiChunk(parts: [part], model: model, id: id), into: &stream)
    }

    private mutating func write(_ chunk: GeminiChunk, into stream: inout [UInt8]) {
        stream.append(contentsOf: (!isArray ? "data: " : hasWritten ? "\n,\r\n" : "[").utf8)
        hasWritten = true
        JSONWriter.appendLine(to: &stream) { json in chunk.write(to: &json) }
        if !isArray { stream.append(contentsOf: "\r\n\r\n".utf8) }
    }
}
