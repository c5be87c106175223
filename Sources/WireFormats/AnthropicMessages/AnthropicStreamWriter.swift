/// Writes a stream of Messages. Its blocks never overlap: what comes while a tool call is open waits until it is whole.
struct AnthropicStreamWriter: ChatStreamWriter {
    /// The block that has begun and not ended.
    private enum OpenBlock: Equatable {
        case none
        case text
        /// A text that is told, with citations behind it.
        case citedText
        case thinking
        case call(Int)
    }

    private let id: String
    private let requestedModel: String
    private let stops: [String]
    private let estimatedInput: Int

    private var hasStarted = false
    private var open = OpenBlock.none
    /// How many blocks have begun.
    private var blocks = 0
    private var waiting = AnthropicWaitingPieces()
    private var callsTools = false
    private var refusal = ""
    private var reason: StopReason?
    private var usage: TokenUsage?

    init(_ call: AnsweredCall) {
        (id, requestedModel) = (AnthropicMessagesCodec.id(of: call), call.request.model)
        (stops, estimatedInput) = (call.request.stop, call.estimatedInput)
    }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .ping: write("ping", to: &stream) { _ in }
        case .usage(let usage): self.usage = usage
        case .finish(let reason): self.reason = reason
        case .failure: break
        case .start(_, let model): start(model, &stream)
        default:
            start("", &stream)
            if case .call(let index) = open, !isOf(index, event) {
                waiting.add(event)
            } else {
                writePiece(event, &stream)
                writeWaiting(&stream)
            }
        }
    }

    /// Whether a piece belongs to the call that is open.
    private func isOf(_ call: Int, _ event: ChatEvent) -> Bool {
        switch event {
        case .toolArgumentsDelta(let index, _), .toolEnd(let index): index == call
        default: false
        }
    }

    mutating func end(into stream: inout [UInt8]) {
        start("", &stream)
        repeat {
            closeBlock(&stream)
            writeWaiting(&stream)
        } while open != .none
        let stop = AnthropicStop(reason, callsTools: callsTools, refusal: refusal, stops: stops)
        let usage = usage ?? TokenUsage(inputUncached: estimatedInput)
        write("message_delta", to: &stream) { json in
            json.object("delta") { json in stop.write(to: &json) }
            json.object("usage") { json in usage.writeAsAnthropic(to: &json, isWhole: false) }
        }
        write("message_stop", to: &stream) { _ in }
    }

    mutating func fail(_ failure: ChatFailure, requestID: String, into stream: inout [UInt8]) {
        stream.append(contentsOf: AnthropicFailure.event(failure, requestID: requestID))
    }

    // MARK: The message

    private mutating func start(_ model: String, _ stream: inout [UInt8]) {
        guard !hasStarted else { return }
        hasStarted = true
        // The true number of output tokens comes with the end; one is what every answer has.
        let usage = usage ?? TokenUsage(inputUncached: estimatedInput, output: 1)
        write("message_start", to: &stream) { json in
            json.object("message") { json in
                json.field("id", id)
                json.field("type", "message")
                json.field("role", "assistant")
                json.field("model", model.isEmpty ? requestedModel : model)
                json.array("content", [Int]()) { _, _ in }
                json.null("stop_reason")
                json.null("stop_sequence")
                json.object("usage") { json in usage.writeAsAnthropic(to: &json, isWhole: true) }
            }
        }
    }

    // MARK: Pieces

    /// Writes a piece for which the way is free.
    private mutating func writePiece(_ event: ChatEvent, _ stream: inout [UInt8]) {
        switch event {
        case .textDelta(let text): write(text: text, &stream)
        case .refusalDelta(let words):
            refusal += words
            write(text: words, &stream)
        case .reasoningDelta(let text):
            guard !text.isEmpty else { return }
            openThinking(&stream)
            writeDelta("thinking_delta", &stream) { json in json.field("thinking", text) }
        case .reasoningEnd(let state): endThinking(state, &stream)
        case .hiddenReasoning(let state):
            guard state.origin == OpaqueState.anthropic else { return }
            writeWhole(ChatPart(.hiddenReasoning, state: state), &stream)
        case .foreign(let part): write(part, &stream)
        case .toolStart(let index, let id, let name, _): startCall(index, id: id, name: name, &stream)
        case .toolArgumentsDelta(let index, let piece):
            guard open == .call(index), !piece.isEmpty else { return }
            writeDelta("input_json_delta", &stream) { json in json.field("partial_json", piece) }
        case .toolEnd(let index): if open == .call(index) { closeBlock(&stream) }
        case .textState, .start, .usage, .finish, .ping, .failure: break
        }
    }

    private mutating func write(text: String, _ stream: inout [UInt8]) {
        guard !text.isEmpty else { return }
        if open != .text {
            openBlock(.text, &stream) { json in
                json.field("type", "text")
                json.field("text", "")
            }
        }
        writeDelta("text_delta", &stream) { json in json.field("text", text) }
    }

    private mutating func openThinking(_ stream: inout [UInt8]) {
        guard open != .thinking else { return }
        openBlock(.thinking, &stream) { json in
            json.field("type", "thinking")
            json.field("thinking", "")
            json.field("signature", "")
        }
    }

    /// A thought of another provider's goes without a signature: nobody could read it.
    private mutating func endThinking(_ state: OpaqueState?, _ stream: inout [UInt8]) {
        if let state, state.origin == OpaqueState.anthropic {
            openThinking(&stream)
            writeDelta("signature_delta", &stream) { json in json.field("signature", state.value) }
        }
        if open == .thinking { closeBlock(&stream) }
    }

    private mutating func startCall(_ index: Int, id: String, name: String, _ stream: inout [UInt8]) {
        callsTools = true
        let id = id.isEmpty ? "toolu_\(self.id.dropFirst(4))_\(index)" : id
        openBlock(.call(index), &stream) { json in
            json.field("type", "tool_use")
            json.field("id", id)
            json.field("name", name)
            json.object("input") { _ in }
        }
        writeDelta("input_json_delta", &stream) { json in json.field("partial_json", "") }
    }

    /// A citation belongs to the text before it, and ends it; another piece of Anthropic's is a block of its own.
    private mutating func write(_ part: ForeignPart, _ stream: inout [UInt8]) {
        guard part.isAnthropic else { return }
        guard part.type == AnthropicBlockReader.citationType else {
            return writeWhole(ChatPart(.foreign(part)), &stream)
        }
        guard open == .text || open == .citedText else { return }
        open = .citedText
        writeDelta("citations_delta", &stream) { json in json.field("citation", raw: part.json) }
    }

    private mutating func writeWhole(_ part: ChatPart, _ stream: inout [UInt8]) {
        closeBlock(&stream)
        write("content_block_start", to: &stream) { json in
            json.field("index", blocks)
            json.field("content_block") { json in AnthropicBlockWriter.write(part, to: &json) }
        }
        blocks += 1
        writeStop(&stream)
    }

    // MARK: Blocks

    private mutating func openBlock(
        _ block: OpenBlock, _ stream: inout [UInt8], _ members: (inout JSONWriter) -> Void
    ) {
        closeBlock(&stream)
        open = block
        write("content_block_start", to: &stream) { json in
            json.field("index", blocks)
            json.object("content_block", members)
        }
        blocks += 1
    }

    private func writeDelta(_ type: String, _ stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        write("content_block_delta", to: &stream) { json in
            json.field("index", blocks - 1)
            json.object("delta") { json in
                json.field("type", type)
                members(&json)
            }
        }
    }

    private mutating func closeBlock(_ stream: inout [UInt8]) {
        guard open != .none else { return }
        open = .none
        writeStop(&stream)
    }

    /// Writes what has waited for a call to be whole, up to the next one that isn't.
    private mutating func writeWaiting(_ stream: inout [UInt8]) {
        while !isInsideCall, let piece = waiting.next() {
            switch piece {
            case .event(let event): writePiece(event, &stream)
            case .call(let call):
                startCall(call.index, id: call.id, name: call.name, &stream)
                writePiece(.toolArgumentsDelta(index: call.index, call.arguments), &stream)
                if call.isWhole { closeBlock(&stream) }
            }
        }
    }

    private var isInsideCall: Bool { if case .call = open { true } else { false } }

    private func writeStop(_ stream: inout [UInt8]) {
        write("content_block_stop", to: &stream) { json in json.field("index", blocks - 1) }
    }

    // MARK: Framing

    private func write(_ type: String, to stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        ServerSentEvents.append(type, to: &stream, members)
    }
}
