import NIOCore
import WireFormats

/// Writes an answer that is told in events: to a streaming client as they come, to another once they are all there.
/// Learns from them what was used.
final class EventWriter {
    private let call: Call
    private let codec: any ChatCodec
    private let answered: AnsweredCall
    private var writer: (any ChatStreamWriter)?
    /// nil where the answer isn't a provider's.
    private var states: StateKeeper?
    /// Gathered only for a client that doesn't stream.
    private var response: ChatResponse
    private var bytes: [UInt8] = []
    private var usage: TokenUsage?
    /// What the upstream calls the model.
    private var model: String
    private let shownModel: String?
    private var deltas = 0
    private var outputBytes = 0
    /// Whether there was more than the beginning of an answer.
    private(set) var hasSaid = false
    /// Whether the client has had an event.
    private(set) var hasBegun = false
    /// What the model said went wrong. Nothing is written from then on.
    private(set) var failure: UpstreamFailureBody?

    /// - Parameters:
    ///   - model: The target's name for the model, for answers that don't name theirs.
    ///   - upstream: What read the answer; nil for one that was made in this process.
    init(
        _ call: Call, _ codec: any ChatCodec, _ answered: AnsweredCall, model: String,
        from upstream: (any UpstreamChatCodec)? = nil
    ) {
        (self.call, self.codec, self.answered, self.model) = (call, codec, answered, model)
        shownModel = call.shownModel
        states = upstream.map {
            StateKeeper(call.state.memory, of: call.keyName, client: codec, upstream: $0, model: model)
        }
        response = ChatResponse(created: answered.created)
        if call.streams { writer = codec.makeStreamWriter(to: answered) }
    }

    /// Takes in an event. What it comes to is written with the next ``flush()``.
    func write(_ event: ChatEvent) {
        // Whether the client needs a sign of life is not for the upstream to say.
        guard failure == nil, event != .ping else { return }
        var event = event
        switch event {
        case .start(let id, let named):
            if !named.isEmpty { model = named }
            event = .start(id: id, model: shownModel ?? model)
        case .usage(let usage): self.usage = usage
        case .failure(let failure):
            self.failure = failure
            return
        case .textDelta(let text), .refusalDelta(let text), .toolArgumentsDelta(_, let text):
            deltas += 1
            outputBytes += text.utf8.count
        case .reasoningDelta(let text):
            deltas += 1
            outputBytes += text.utf8.count
            states?.note(event)
        case .reasoningEnd, .hiddenReasoning, .toolStart:
            states?.note(event)
        default: break
        }
        if case .start = event {} else { hasSaid = true }
        if writer != nil { writer?.write(event, into: &bytes) } else { response.add(event) }
    }

    /// Sends what was written.
    func flush() {
        guard !bytes.isEmpty else { return }
        handOn()
        call.connection.flush()
    }

    private func handOn() {
        if !hasBegun { begin() }
        guard !bytes.isEmpty else { return }
        let piece = ByteBuffer(bytes: bytes)
        bytes.removeAll(keepingCapacity: true)
        call.connection.write(piece: piece)
        call.keepForLog(piece)
    }

    private func begin() {
        hasBegun = true
        call.beginStream(upstream: nil)
    }

    /// The answer is whole.
    func end() {
        account(isComplete: true)
        guard writer != nil else { return answer() }
        writer?.note(call.answerTimes)
        writer?.end(into: &bytes)
        if let answer = writer?.wholeAnswer { call.keep(answer) }
        handOn()
        call.connection.endStream()
    }

    /// The answer is whole, and was never told in events.
    func end(with response: ChatResponse) {
        self.response = response
        if response.model.isEmpty { self.response.model = model } else { model = response.model }
        self.response.created = answered.created
        usage = response.usage
        states?.note(response.parts)
        outputBytes = response.writtenBytes
        account(isComplete: true)
        answer()
    }

    private func answer() {
        var body: [UInt8] = []
        if let shownModel { response.model = shownModel }
        response.times = call.answerTimes
        codec.encode(response, to: answered, into: &body)
        call.keep(body)
        call.answer(body)
    }

    /// Ends a stream that has begun with the error event of the client's format.
    func fail(_ error: GatewayError) {
        account(isComplete: false)
        call.failStream(error) { failure, requestID in
            var end: [UInt8] = []
            writer?.fail(failure, requestID: requestID, into: &end)
            return end
        }
    }

    /// Tells the call what was used.
    func account(isComplete: Bool) {
        if let states, states.hasKept { call.hasKeptState = true }
        call.answeringModel = model
        call.noteUsage(usage, isComplete: isComplete, pieces: deltas, bytes: outputBytes)
    }
}

extension Call {
    /// How long its answer has taken, now that it is whole.
    var answerTimes: AnswerTimes {
        let start = connection.headStarted
        return AnswerTimes(
            total: Int((NIODeadline.now() - start).nanoseconds),
            untilFirstToken: times.firstToken.map { Int(($0 - start).nanoseconds) })
    }

    /// A whole answer of the gateway's own writing.
    func answer(_ body: [UInt8]) {
        beginAnswer(status: 200, upstream: nil)
        let body = ByteBuffer(bytes: body)
        connection.finish(body: body)
        keepForLog(body)
    }

    /// What an answer must know of this call.
    func answered(_ request: consuming ChatRequest) -> AnsweredCall {
        if let shownModel { request.model = shownModel }
        return AnsweredCall(
            request, at: place, id: String(state.random.requestID().dropFirst("req_".count)),
            created: Int(WallClock.now.seconds), estimatedInput: estimatedInputTokens, storedID: keeping?.publicID,
            predecessor: predecessor)
    }

    /// Errs on the high side: three bytes a token.
    var estimatedInputTokens: Int { ((outline?.estimatedInputBytes ?? 0) + 2) / 3 }
}
