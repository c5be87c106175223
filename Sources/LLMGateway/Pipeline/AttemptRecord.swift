import NIOCore

/// What is remembered of one attempt, for those who explain a call afterwards.
struct AttemptRecord: Sendable {
    let target: Target
    /// Why it was made; nil: it was the call's first.
    let cause: AttemptCause?
    /// What the upstream was told is its caller's span; nil: nothing is traced.
    let span: SpanID?
    /// When it began to wait for a connection, or was sent where it had one at once; nil: it never came so far.
    var began: NIODeadline?
    /// When it was sent; nil: it never was.
    var sent: NIODeadline?
    /// When nothing more came of it.
    var ended: NIODeadline?
    /// What it came to, as it is counted; nil: it was called off, or had no room to wait in.
    var result: AttemptResult?
    /// What the upstream calls it.
    var upstreamRequestID: String?
    /// Whether it was called off because another one was quicker.
    var isSuperseded = false

    fileprivate mutating func change(_ body: (inout AttemptRecord) -> Void) { body(&self) }
}

/// A call's attempts in the order in which they were made. The first, nearly always the only one, takes no memory of
/// its own.
struct AttemptHistory: Sendable {
    private var first: AttemptRecord?
    private var others: [AttemptRecord] = []

    var count: Int { first == nil ? 0 : 1 + others.count }

    var all: [AttemptRecord] { first.map { [$0] + others } ?? [] }

    /// - Returns: Where it is.
    mutating func append(_ record: AttemptRecord) -> Int {
        if first == nil { first = record } else { others.append(record) }
        return count - 1
    }

    /// Adds to what is remembered; of an attempt that isn't there, nothing is.
    mutating func change(_ position: Int, _ body: (inout AttemptRecord) -> Void) {
        if position == 0 {
            first?.change(body)
        } else if others.indices.contains(position - 1) {
            body(&others[position - 1])
        }
    }
}

extension Call {
    /// The attempt that is under way, or was the last, has come so far: it waits for a connection, or was sent.
    func attemptBegan(at time: NIODeadline) {
        changeRecord { if $0.began == nil { $0.began = time } }
    }

    /// It was sent.
    func attemptWasSent(at time: NIODeadline) {
        changeRecord { record in
            if record.began == nil { record.began = time }
            record.sent = time
        }
    }

    /// Counts what it came to: once for each attempt.
    ///
    /// - Parameter upstreamRequestID: What the answer's head says.
    func attemptCameTo(_ result: AttemptResult, upstreamRequestID: String? = nil) {
        targetMetrics?.attempt(result, on: state.shard)
        changeRecord { record in
            record.result = result
            record.upstreamRequestID = upstreamRequestID
        }
    }

    /// Counts it although it came to nothing of the upstream's doing, being called off or without room to wait in: what
    /// was begun is counted, and it was this side that broke it off.
    func attemptWasCutShort() { targetMetrics?.attempt(.reset, on: state.shard) }

    /// Another one was quicker.
    func attemptWasSuperseded() { changeRecord { $0.isSuperseded = true } }

    /// Nothing more comes of it.
    func attemptEnded(at time: NIODeadline) { changeRecord { $0.ended = time } }

    private func changeRecord(_ body: (inout AttemptRecord) -> Void) {
        guard let attemptPosition else { return }
        (trunk ?? self).history.change(attemptPosition, body)
    }
}
