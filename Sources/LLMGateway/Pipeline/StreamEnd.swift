import WireFormats

/// How an upstream's stream came to its end, and what that means: for the client, for the next target, for the metrics.
struct StreamEnd {
    /// Whether the answer was whole.
    let isComplete: Bool
    /// What the upstream said went wrong, or in which way what it said can't be understood.
    let said: UpstreamFailureBody?
    /// Whether what came is of another format.
    let isForeign: Bool
    /// Why the body didn't come to its end; nil: it did.
    let broken: UpstreamError?

    /// Whether there is nothing to complain of. An upstream that goes away once it has said all has done its part, and so
    /// has one that then keeps its connection open and says nothing more.
    var isClean: Bool {
        isComplete && !isForeign && said == nil && (broken == nil || broken?.isEndOfUpstream == true)
    }

    /// What went wrong, where the stream isn't clean. Where the client has had nothing yet, another target may do better.
    func failure(from provider: String, _ redactor: Redactor) -> AttemptFailure {
        if let said, said.isUnreadable {
            return AttemptFailure(
                GatewayError(.upstreamUnreadable(provider: provider), detail: said.message ?? "an unreadable event"),
                .unreadable, .reset)
        }
        if let understood = said?.redacted(by: redactor) {
            let status = understood.likelyStatus
            let refusal = UpstreamRefusal(status: status, body: understood, retryAfter: understood.retryAfter)
            return AttemptFailure(
                GatewayError(refusal.reason(from: provider), detail: "an error in the stream"),
                .answered(status: status, shouldRetry: nil), .status(status), retryAfter: understood.retryAfter)
        }
        if isForeign {
            return AttemptFailure(
                GatewayError(.upstreamUnreadable(provider: provider), detail: "the stream is of another format"),
                .unreadable, .reset)
        }
        guard let broken else {
            return AttemptFailure(
                GatewayError(
                    .upstreamUnreachable(provider: provider), detail: "the stream ended without its terminator"),
                .reset, .reset)
        }
        return AttemptFailure(broken, at: provider)
    }

    var ending: StreamEnding {
        if isClean { return .completed }
        if let said { return said.isUnreadable ? .untranslatable : .upstreamError }
        return switch broken {
        case .clientGone: .clientGone
        case .timedOut(.total): .totalTimeout
        case .timedOut: .idleTimeout
        case .serverStopping: .drained
        case .malformed: .untranslatable
        default: isForeign ? .untranslatable : .upstreamCut
        }
    }
}

extension UpstreamError {
    /// Whether it was the upstream that went away or fell silent, rather than the client, the call's time or the gateway.
    fileprivate var isEndOfUpstream: Bool {
        switch self {
        case .reset, .brokenOff, .connectFailed, .timedOut(.idle): true
        default: false
        }
    }
}
