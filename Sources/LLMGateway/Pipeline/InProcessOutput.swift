import NIOCore
import WireFormats

/// Writes an in-process model's events for the client, no faster than the client reads.
///
/// Used on the call's loop only, by the attempt and the job that it waits for; that is what makes it Sendable.
final class InProcessOutput: @unchecked Sendable {
    private let attempt: Attempt
    /// Whose client is answered: from the first word on, where two attempts are raced.
    private(set) var call: Call
    private var timer: LoopTimer?
    private let timeouts: UpstreamTimeouts
    private let makeWriter: (Call) -> EventWriter?
    private var writer: EventWriter?
    /// What came before the first word, where another attempt may still be quicker.
    private var early: [ChatEvent] = []
    private var hasClaimed = false
    private var isStreaming = false
    /// Whether the answer has its end: what a model says after that is nobody's.
    private var isOver = false
    /// Which time limit has ended the job; nil: none.
    private(set) var timeout: UpstreamError?

    /// - Parameter makeWriter: Makes what writes for a call's client; nil for an answer that is told all at once.
    init(_ attempt: Attempt, _ timeouts: UpstreamTimeouts, _ makeWriter: @escaping (Call) -> EventWriter?) {
        (self.attempt, call) = (attempt, attempt.call)
        (self.timeouts, self.makeWriter) = (timeouts, makeWriter)
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
        attempt.call.job?.cancel()
        call.clientCaughtUp()
    }

    func take(_ event: ChatEvent) async throws {
        try Task.checkCancellation()
        if isOver { throw CancellationError() }
        if attempt.call.race != nil, !hasClaimed, event.isBeginning { return early.append(event) }
        restartTimer()
        try claim()
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

    /// The client is this attempt's, and no other's.
    ///
    /// - Throws: ``AttemptFailure``: another was quicker.
    private func claim() throws(AttemptFailure) {
        guard !hasClaimed else { return }
        if let race = attempt.call.race { call = try race.claim(attempt).call }
        hasClaimed = true
        writer = makeWriter(call)
        for event in early { writer?.write(event) }
        early = []
    }

    private func noteStream() {
        guard hasBegun, !isStreaming else { return }
        isStreaming = true
        if let first = call.times.firstToken { call.times.end(.upstreamFirstByte, at: first) }
        call.provider?.metrics.streamsInFlight.add(1, on: call.state.shard)
    }

    func finish() throws(AttemptFailure) {
        try claim()
        isOver = true
        if call.streams { call.streamEnding = .completed }
        writer?.end()
        noteStream()
    }

    func fail(_ error: GatewayError) {
        isOver = true
        writer?.fail(error)
    }

    func answer(_ body: [UInt8], usage: TokenUsage?, model: String) throws(AttemptFailure) {
        try claim()
        call.usage = usage
        call.answeringModel = model
        call.answer(body)
    }

    deinit {
        if isStreaming { call.provider?.metrics.streamsInFlight.add(-1, on: call.state.shard) }
    }
}

extension ChatEvent {
    /// Whether nothing is said by it yet.
    fileprivate var isBeginning: Bool {
        switch self {
        case .start, .ping: true
        default: false
        }
    }
}
