import NIOCore
import Tracing
import WireFormats

/// A call answered by code in this process: decoded into the canonical request, its events written in the client's
/// format.
struct InProcessAttempt {
    private let attempt: Attempt
    private let provider: ConfiguredProvider
    private let model: any InProcessProvider
    private var call: Call { attempt.call }
    private var target: Target { attempt.target }

    init(_ attempt: Attempt, at provider: ConfiguredProvider, _ model: any InProcessProvider) {
        (self.attempt, self.provider, self.model) = (attempt, provider, model)
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
                    try output.finish()
                case .embeddings(let request, let codec):
                    let response = try await model.embed(request)
                    var shown = response
                    if let name = call.shownModel { shown.model = name }
                    shown.times = call.answerTimes
                    var body: [UInt8] = []
                    codec.encode(shown, to: request, at: call.place, into: &body)
                    try output.answer(body, usage: response.usage, model: response.model)
                }
            }
        }
        call.job = job
        // Whoever called it off before there was a job could not cancel it.
        if call.interruption != nil { job.cancel() }
        let result = await job.result
        call.job = nil
        let end = NIODeadline.now()
        output.call.times.end(output.hasBegun ? .upstreamStream : .upstreamFirstByte, at: end)
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
                return (.embeddings(request, codec), InProcessOutput(attempt, provider.timeouts) { _ in nil })
            }
            if call.operation == .chat, let codec = call.format.chat {
                var request = try call.chatRequest(by: codec)
                request.model = target.model
                call.losses = try losses(of: request.unread)
                let model = target.model
                let output = InProcessOutput(attempt, provider.timeouts) { call in
                    EventWriter(call, codec, call.answered(request), model: model)
                }
                return (.chat(request), output)
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
        output.call.streamEnding =
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
        case let failure as AttemptFailure: return failure
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
