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
        if call.isAnswerableHere { return call.answerHere() }
        let timer = LoopTimer(call.state.loop.timers) { [unowned call] in
            call.interrupt(.timedOut(call.hasBegun ? .idle : .firstByte))
        }
        let (work, output) = try work(timer)
        call.attempts += 1
        let start = NIODeadline.now()
        defer { timer.cancel() }
        output.restartTimer()
        let (call, model) = (call, model)
        let job = Task(executorPreference: call.state.loop.executor) {
            switch work {
            case .chat(let request):
                let executor = call.state.loop.executor
                let sink = ChatEventSink { event in
                    try await withTaskExecutorPreference(executor) { try await output.take(event) }
                }
                try await model.chat(request, emit: sink)
                output.finish()
            case .embeddings(let request, let codec):
                let response = try await model.embed(request)
                var shown = response
                if let name = call.shownModel { shown.model = name }
                var body: [UInt8] = []
                codec.encode(shown, to: request, at: call.place, into: &body)
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
        case chat(ChatRequest)
        case embeddings(EmbeddingsRequest, any EmbeddingsCodec)
    }

    /// What the model is to do, and where its answer goes.
    private func work(_ timer: LoopTimer) throws(AttemptFailure) -> (Work, InProcessOutput) {
        do throws(GatewayError) {
            if call.operation == .embeddings, let codec = call.format.embeddings {
                var request = try call.embeddingsRequest(by: codec)
                request.model = target.model
                return (.embeddings(request, codec), InProcessOutput(call, timer, provider.timeouts, nil))
            }
            if call.operation == .chat, let codec = call.format.chat {
                var request = try call.chatRequest(by: codec)
                request.model = target.model
                do throws(Untranslatable) { call.losses = try request.lossOfUnread() } catch {
                    throw GatewayError(.untranslatable(error, provider: provider.name))
                }
                let writer = EventWriter(call, codec, call.answered(request), model: target.model)
                return (.chat(request), InProcessOutput(call, timer, provider.timeouts, writer))
            }
        } catch {
            throw refuse(error.reason)
        }
        let name = call.format.id.name
        throw refuse(.notServed(model: call.outline?.model ?? "", format: name, provider: provider.name))
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
        call.streamEnding =
            switch call.interruption {
            case .clientGone: .clientGone
            case .serverStopping: .drained
            case .timedOut(.total): .totalTimeout
            case .timedOut: .idleTimeout
            default: .upstreamCut
            }
        output.fail(failure)
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

/// Writes an in-process model's events for the client, no faster than the client reads.
///
/// Used on the call's loop only, by the attempt and the job that it waits for; that is what makes it Sendable.
private final class InProcessOutput: @unchecked Sendable {
    private let call: Call
    private let timer: LoopTimer
    private let timeouts: UpstreamTimeouts
    private let writer: EventWriter?
    private var isStreaming = false
    /// Whether the answer has its end: what a model says after that is nobody's.
    private var isOver = false

    init(_ call: Call, _ timer: LoopTimer, _ timeouts: UpstreamTimeouts, _ writer: EventWriter?) {
        (self.call, self.timer, self.timeouts, self.writer) = (call, timer, timeouts, writer)
    }

    var hasBegun: Bool { writer?.hasBegun ?? false }

    func restartTimer() {
        let limit = TimeAmount(hasBegun ? timeouts.idle : timeouts.firstByte)
        timer.arm(at: min(call.deadline, .now() + limit))
    }

    func take(_ event: ChatEvent) async throws {
        try Task.checkCancellation()
        if isOver { throw CancellationError() }
        restartTimer()
        writer?.write(event)
        writer?.flush()
        noteStream()
        await call.waitUntilWritable()
        try Task.checkCancellation()
    }

    private func noteStream() {
        guard hasBegun, !isStreaming else { return }
        isStreaming = true
        call.provider?.metrics.streamsInFlight.add(1, on: call.state.shard)
    }

    func finish() {
        isOver = true
        if call.streams { call.streamEnding = .completed }
        writer?.end()
        noteStream()
    }

    func fail(_ error: GatewayError) {
        isOver = true
        writer?.fail(error)
    }

    func answer(_ body: [UInt8], usage: TokenUsage?, model: String) {
        call.usage = usage
        call.answeringModel = model
        call.answer(body)
    }

    deinit {
        if isStreaming { call.provider?.metrics.streamsInFlight.add(-1, on: call.state.shard) }
    }
}
