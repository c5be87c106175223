import NIOCore
import WireFormats

/// A call that has ended.
struct EndedCall {
    let call: Call
    /// Why it was not answered; nil: it was.
    let failure: GatewayError?
}

/// How a call ended: what is counted, logged and traced of it. A class, because it is large, and nearly all of it empty.
final class CallEnd {
    let failure: GatewayError?
    let view: ChatFailure?
    let outcome: Outcome
    let status: Int
    let time: NIODeadline
    let duration: TimeAmount
    /// The gateway's own part of the duration.
    let own: TimeAmount
    /// The trace that the call is a part of: the gateway's own, else what the client says; nil: there is none.
    let traceID: String?
    /// Whether its spans are sent.
    let isTraced: Bool

    init(_ call: Call, _ failure: GatewayError?, at time: NIODeadline) {
        self.failure = failure ?? call.streamFailure
        self.time = time
        // What came after the last attempt was about its answer, or the lack of one.
        call.times.end(call.attempts > 0 ? .translate : .route, at: time)
        duration = time - call.connection.headStarted
        own = duration - call.times.waits
        outcome = self.failure.flatMap { Outcome(rawValue: $0.failureClass.rawValue) } ?? .ok
        view = self.failure.map(call.clientView)
        let isGone = call.interruption == .clientGone && self.failure != nil
        // A stream that broke after its head has kept its 200, whatever came after.
        status = isGone ? 499 : call.streamFailure != nil ? 200 : view?.status ?? 200
        if let trace = call.trace, let tracing = call.snapshot.tracing {
            traceID = trace.context.traceID.text
            isTraced = tracing.sampling.keeps(
                isSampled: trace.context.isSampled,
                isFailure: Self.isFailure(outcome, status), duration: duration.duration)
        } else {
            traceID = call.connection.traceParent?.traceID.text
            isTraced = false
        }
        isExample = call.trace == nil || isTraced
    }

    /// Whether whoever looks at a histogram may be led to the call's trace: not where nobody recorded one.
    private let isExample: Bool
    var exemplar: String? { isExample ? traceID : nil }

    /// Whether a provider or the gateway failed the call, rather than the client.
    var isFailure: Bool { Self.isFailure(outcome, status) }

    private static func isFailure(_ outcome: Outcome, _ status: Int) -> Bool {
        outcome == .providerError || outcome == .timeout || status >= 500
    }
}
