import NIOCore
import WireFormats

/// A call answered by code in this process: decoded into the canonical request, its events written in the client's
/// format.
struct InProcessAttempt {
    private let call: Call
    private let target: Target
    private let provider: ConfiguredProvider
    private let model: any InProcessProvider

    init(_ call: Call, _ target: Target, _ provider: ConfiguredProvider, _ model: any InProcessProvider) {
        (self.call, self.target, self.provider, self.model) = (call, target, provider, model)
    }

    func run() async throws(AttemptFailure) {
        let work = try decode()
        call.attempts += 1
        let start = NIODeadline.now()
        let timer = LoopTimer(call.state.loop.timers) { [unowned call] in
            call.interrupt(.timedOut(call.connection.hasAnswered ? .idle : .firstByte))
        }
        let output = InProcessOutput(call, timer, provider.timeouts)
        defer { timer.cancel() }
        output.restartTimer()
        let (call, model) = (call, model)
        let job = Task(executorPreference: call.state.loop.executor) {
            switch work {
            case .chat(let request, let codec):
                output.begin(codec, streams: request.streams, asksForUsage: request.asksForUsage)
                try await model.chat(request) { try await output.take($0) }
                output.finish(codec)
            case .embeddings(let request, let codec):
                let response = try await model.embed(request)
                var body: [UInt8] = []
                codec.encode(response, to: request, into: &body)
                output.answer(body, usage: response.usage, model: response.model)
            }
        }
        call.job = job
        let result = await job.result
        call.job = nil
        call.times.firstByte = (call.times.firstToken ?? .now()) - start
        if let first = call.times.firstToken { call.times.body = .now() - first - call.times.clientStall }
        let shard = call.state.shard
        call.targetMetrics?.upstreamDuration.observe((NIODeadline.now() - start).seconds, on: shard)
        switch result {
        case .success:
            call.targetMetrics?.attempt(.status(200), on: shard)
        case .failure(let error):
            try failed(error, output)
        }
    }

    private enum Work {
        case chat(ChatRequest, any ChatCodec)
        case embeddings(EmbeddingsRequest, any EmbeddingsCodec)
    }

    private func decode() throws(AttemptFailure) -> Work {
        let decoded = call.body.withUnsafeReadableBytes { bytes -> Result<Work?, MalformedBody> in
            do throws(MalformedBody) {
                let node: JSONNode
                do throws(JSONError) { node = try call.state.tape.parse(bytes) } catch { throw MalformedBody(error) }
                if call.operation == .embeddings, let codec = call.format.embeddings {
                    var request = try codec.decode(node)
                    request.model = target.model
                    return .success(.embeddings(request, codec))
                }
                if call.operation == .chat, let codec = call.format.chat {
                    var request = try codec.decode(node)
                    request.model = target.model
                    return .success(.chat(request, codec))
                }
                return .success(nil)
            } catch {
                return .failure(error)
            }
        }
        switch decoded {
        case .success(let work?): return work
        case .success(nil):
            let name = call.format.id.name
            throw refuse(.notServed(model: call.outline?.model ?? "", format: name, provider: provider.name))
        case .failure(let malformed): throw refuse(.malformedBody(malformed))
        }
    }

    private func refuse(_ reason: GatewayError.Reason) -> AttemptFailure {
        AttemptFailure(error: GatewayError(reason), verdict: .giveUp, result: .connectError)
    }

    /// What the job's failure means: an error, or an error event where the answer has begun.
    private func failed(_ error: any Error, _ output: InProcessOutput) throws(AttemptFailure) {
        let (reason, detail, result, movesOn) = meaning(of: error)
        call.targetMetrics?.attempt(output.hasBegun ? .status(200) : result, on: call.state.shard)
        let failure = GatewayError(reason, detail: detail)
        guard output.hasBegun else {
            throw AttemptFailure(error: failure, verdict: movesOn ? .tryNextTarget : .giveUp, result: result)
        }
        output.account()
        call.streamEnding =
            switch call.interruption {
            case .clientGone: .clientGone
            case .serverStopping: .drained
            case .timedOut(.total): .totalTimeout
            case .timedOut: .idleTimeout
            default: .upstreamCut
            }
        call.failStream(failure) { call.format.failureEvent($0, requestID: $1) }
    }

    private func meaning(
        of error: any Error
    ) -> (reason: GatewayError.Reason, detail: String, AttemptResult, movesOn: Bool) {
        let name = provider.name
        if let cause = call.interruption {
            let isTimeout = if case .timedOut = cause { true } else { false }
            return (cause.reason(at: name), cause.detail, isTimeout ? .timeout : .reset, cause == .timedOut(.firstByte))
        }
        switch error {
        case InProcessFailure.refused(let failure):
            let body = UpstreamFailureBody(
                message: failure.message, type: failure.type, code: failure.code, param: failure.param)
            let refusal = UpstreamRefusal(status: failure.status, body: body, retryAfter: failure.retryAfter)
            let verdict = AttemptVerdict(
                .answered(status: failure.status, shouldRetry: nil), mayChangeCredential: false)
            return (
                refusal.reason(from: name), "status \(failure.status)", .status(failure.status),
                verdict == .tryNextTarget
            )
        case InProcessFailure.brokenOff:
            return (.upstreamUnreachable(provider: name), "the model broke off", .reset, true)
        default:
            return (.upstreamUnreachable(provider: name), "\(error)", .reset, true)
        }
    }
}

/// Writes an in-process model's events for the client: as they come to a streaming one, gathered for another.
///
/// Used on the call's loop only, by the attempt and the job that it waits for; that is what makes it Sendable.
private final class InProcessOutput: @unchecked Sendable {
    private let call: Call
    private let timer: LoopTimer
    private let timeouts: UpstreamTimeouts
    private var writer: (any ChatStreamWriter)?
    private var response = ChatResponse()
    /// For models that give their answers none.
    private lazy var id = "chatcmpl-" + call.state.random.requestID().dropFirst("req_".count)
    private var deltas = 0
    private(set) var hasBegun = false

    init(_ call: Call, _ timer: LoopTimer, _ timeouts: UpstreamTimeouts) {
        (self.call, self.timer, self.timeouts) = (call, timer, timeouts)
    }

    func restartTimer() {
        let limit = TimeAmount(hasBegun ? timeouts.idle : timeouts.firstByte)
        timer.arm(at: min(call.deadline, .now() + limit))
    }

    func begin(_ codec: any ChatCodec, streams: Bool, asksForUsage: Bool) {
        let created = Int(WallClock.now.seconds)
        response = ChatResponse(created: created)
        if streams { writer = codec.makeStreamWriter(includeUsage: asksForUsage, id: id, created: created) }
    }

    func take(_ event: ChatEvent) async throws {
        try Task.checkCancellation()
        if case .textDelta = event { deltas += 1 }
        response.add(event)
        restartTimer()
        guard var writer else { return }
        var bytes: [UInt8] = []
        writer.write(event, into: &bytes)
        self.writer = writer
        guard !bytes.isEmpty else { return }
        if !hasBegun { beginStream() }
        let piece = ByteBuffer(bytes: bytes)
        call.connection.write(piece: piece)
        call.keepForLog(piece)
        call.connection.flush()
        await call.waitUntilWritable()
        try Task.checkCancellation()
    }

    private func beginStream() {
        hasBegun = true
        call.times.firstToken = .now()
        call.provider?.metrics.streamsInFlight.add(1, on: call.state.shard)
        call.beginAnswer(status: 200, upstream: nil)
        call.connection.beginStream()
    }

    func finish(_ codec: any ChatCodec) {
        account()
        if writer == nil {
            var body: [UInt8] = []
            if response.id.isEmpty { response.id = id }
            codec.encode(response, into: &body)
            answer(body, usage: response.usage, model: response.model)
        } else {
            if !hasBegun { beginStream() }
            call.streamEnding = .completed
            call.connection.endStream()
        }
    }

    func answer(_ body: [UInt8], usage: TokenUsage?, model: String) {
        call.usage = usage
        call.answeringModel = model
        call.beginAnswer(status: 200, upstream: nil)
        let body = ByteBuffer(bytes: body)
        call.connection.finish(body: body)
        call.keepForLog(body)
    }

    /// Tells the call what was used; counted here where the model hasn't said.
    func account() {
        call.answeringModel = response.model
        call.usage = response.usage
        if response.usage == nil, deltas > 0 {
            call.usageIsEstimated = true
            call.usage = TokenUsage(
                inputUncached: (call.outline?.estimatedInputBytes ?? 0) / 4, output: deltas)
        }
    }

    deinit {
        if hasBegun { call.provider?.metrics.streamsInFlight.add(-1, on: call.state.shard) }
    }
}
