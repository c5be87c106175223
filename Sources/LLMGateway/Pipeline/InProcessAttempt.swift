import NIOCore
import Tracing
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
        let (work, output) = try work()
        call.trace?.startAttempt(using: &call.state.random)
        call.countAttempt(at: provider)
        let start = NIODeadline.now()
        call.times.end(.translate, at: start)
        call.attemptWasSent(at: start)
        defer { output.stopTimer() }
        output.restartTimer()
        let (call, model) = (call, model)
        // A task begins with the context that it is made in.
        let job = InstrumentationContext.withValue(call.instrumentationContext) {
            Task(executorPreference: call.state.loop.executor) {
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
        }
        call.job = job
        // Whoever called it off before there was a job could not cancel it.
        if call.interruption != nil { job.cancel() }
        let result = await job.result
        call.job = nil
        let end = NIODeadline.now()
        call.times.end(output.hasBegun ? .upstreamStream : .upstreamFirstByte, at: end)
        call.targetMetrics?.upstreamDuration.observe((end - start).seconds, on: call.state.shard)
        call.attemptEnded(at: end)
        switch result {
        case .success:
            call.attemptCameTo(.status(200))
        case .failure(let error):
            try failed(error, output)
        }
    }

    private enum Work {
        case chat(ChatRequest)
        case embeddings(EmbeddingsRequest, any EmbeddingsCodec)
    }

    /// What the model is to do, and where its answer goes.
    private func work() throws(AttemptFailure) -> (Work, InProcessOutput) {
        do throws(GatewayError) {
            if call.operation == .embeddings, let codec = call.format.embeddings {
                var request = try call.embeddingsRequest(by: codec)
                request.model = target.model
                call.losses = try losses(of: request.unread)
                return (.embeddings(request, codec), InProcessOutput(call, provider.timeouts, nil))
            }
            if call.operation == .chat, let codec = call.format.chat {
                var request = try call.chatRequest(by: codec)
                request.model = target.model
                call.losses = try losses(of: request.unread)
                let writer = EventWriter(call, codec, call.answered(request), model: target.model)
                return (.chat(request), InProcessOutput(call, provider.timeouts, writer))
            }
        } catch {
            throw refuse(error.reason)
        }
        let name = call.format.id.name
        throw refuse(.notServed(model: call.outline?.model ?? "", format: name, provider: provider.name))
    }

    private func losses(of unread: [UnreadField]) throws(GatewayError) -> [Loss] {
        do throws(Untranslatable) { return try unread.losses() } catch {
            throw GatewayError(.untranslatable(error, provider: provider.name))
        }
    }

    private func refuse(_ reason: GatewayError.Reason) -> AttemptFailure {
        AttemptFailure(notAsked: GatewayError(reason), movesOn: false)
    }

    /// What the job's failure means: an error, or an error event where the answer has begun.
    private func failed(_ error: any Error, _ output: InProcessOutput) throws(AttemptFailure) {
        let cause = call.interruption ?? output.timeout
        let failure = cause.map { AttemptFailure($0, at: provider.name) } ?? meaning(of: error)
        let result = failure.result ?? .reset
        call.attemptCameTo(output.hasBegun ? .status(200) : result)
        guard output.hasBegun else { throw failure }
        call.streamEnding =
            switch cause {
            case .clientGone: .clientGone
            case .serverStopping: .drained
            case .timedOut(.total): .totalTimeout
            case .timedOut: .idleTimeout
            default: .upstreamCut
            }
        output.fail(failure.error)
    }

    private func meaning(of error: any Error) -> AttemptFailure {
        switch error {
        case InProcessFailure.refused(let failure):
            let body = UpstreamFailureBody(
                message: failure.message, type: failure.type, code: failure.code, param: failure.param)
            let refusal = UpstreamRefusal(status: failure.status, body: body, retryAfter: failure.retryAfter)
            return AttemptFailure(
                GatewayError(refusal.reason(from: provider.name), detail: "status \(failure.status)"),
                .answered(status: failure.status, shouldRetry: nil), .status(failure.status),
                retryAfter: failure.retryAfter)
        case InProcessFailure.brokenOff:
            return AttemptFailure(.brokenOff("the model broke off"), at: provider.name)
        default:
            return AttemptFailure(.brokenOff("\(error)"), at: provider.name)
        }
    }
}

/// Writes an in-process model's events for the client, no faster than the client reads.
///
/// Used on the call's loop only, by the attempt and the job that it waits for; that is what makes it Sendable.
private final class InProcessOutput: @unchecked Sendable {
    private let call: Call
    private var timer: LoopTimer?
    private let timeouts: UpstreamTimeouts
    private let writer: EventWriter?
    private var isStreaming = false
    /// Whether the answer has its end: what a model says after that is nobody's.
    private var isOver = false
    /// Which time limit has ended the job; nil: none.
    private(set) var timeout: UpstreamError?

    init(_ call: Call, _ timeouts: UpstreamTimeouts, _ writer: EventWriter?) {
        (self.call, self.timeouts, self.writer) = (call, timeouts, writer)
        timer = LoopTimer(call.state.loop.timers) { [unowned self] in self.timedOut() }
    }

    var hasBegun: Bool { writer?.hasBegun ?? false }

    func restartTimer() {
        let limit = TimeAmount(hasBegun ? timeouts.idle : timeouts.firstByte)
        timer?.arm(at: min(call.deadline, .now() + limit))
    }

    func stopTimer() { timer?.cancel() }

    /// The job is over, not the call: another target may take it.
    private func timedOut() {
        timeout = .timedOut(call.deadline <= .now() ? .total : hasBegun ? .idle : .firstByte)
        call.job?.cancel()
        call.clientCaughtUp()
    }

    func take(_ event: ChatEvent) async throws {
        try Task.checkCancellation()
        if isOver { throw CancellationError() }
        restartTimer()
        writer?.write(event)
        writer?.flush()
        noteStream()
        if !call.connection.isWritable {
            // The model isn't asked for anything while the client can't keep up.
            timer?.arm(at: call.deadline)
            await call.waitUntilWritable()
            restartTimer()
        }
        try Task.checkCancellation()
    }

    private func noteStream() {
        guard hasBegun, !isStreaming else { return }
        isStreaming = true
        if let first = call.times.firstToken { call.times.end(.upstreamFirstByte, at: first) }
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
