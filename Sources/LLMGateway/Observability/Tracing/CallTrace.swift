/// Which calls are traced, and where their spans go.
struct CallTracing: Sendable {
    let sampling: TraceSampling
    let queue: SpanQueue
}

/// A call's place in a trace, from its beginning on.
struct CallTrace: Sendable {
    /// What the client says it calls from; nil: it says nothing, and the trace begins here.
    let parent: TraceContext?
    /// The call's own span.
    let context: TraceContext
    /// The span of the attempt that is made next, or under way.
    private(set) var attempt: SpanID
    /// The spans of code in this process that answers the call; nil: there is none.
    var inner: CallSpans?

    init(_ parent: TraceContext?, _ sampling: TraceSampling, using random: inout some RandomNumberGenerator) {
        let traceID = parent?.traceID ?? TraceID(using: &random)
        self.parent = parent
        context = TraceContext(
            traceID: traceID, spanID: SpanID(using: &random),
            isSampled: sampling.samples(parent: parent?.isSampled, traceID: traceID.low))
        attempt = context.spanID
    }

    /// What the upstream of the attempt is told.
    var ofAttempt: TraceContext {
        TraceContext(traceID: context.traceID, spanID: attempt, isSampled: context.isSampled)
    }

    /// Another attempt is about to be made.
    mutating func startAttempt(using random: inout some RandomNumberGenerator) { attempt = SpanID(using: &random) }
}
