import WireFormats

/// How an upstream's stream came to its end, and what that means: for the client, for the next target, for the metrics.
struct StreamEnd {
    /// Whether the answer was whole.
    let isComplete: Bool
    /// What the upstream said went wrong.
    let failure: UpstreamFailureBody?
    /// Whether what came is of another format.
    let isForeign: Bool
    /// Why the body didn't come to its end; nil: it did.
    let broken: UpstreamError?

    /// Whether there is nothing to complain of. An upstream that goes away once it has said all has done its part.
    var isClean: Bool {
        isComplete && failure == nil && (broken == nil || broken?.isEndOfUpstream == true)
    }

    /// Whether another target may do better, where the client has had nothing yet.
    var movesOn: Bool { failure == nil && broken?.isEndOfUpstream ?? true }

    func error(from provider: String, _ redactor: Redactor) -> GatewayError {
        if let understood = failure?.redacted(by: redactor) {
            let refusal = UpstreamRefusal(status: understood.status ?? 500, body: understood)
            return GatewayError(refusal.reason(from: provider), detail: "an error in the stream")
        }
        if isForeign {
            return GatewayError(.upstreamUnreadable(provider: provider), detail: "the stream is of another format")
        }
        guard let broken else {
            return GatewayError(
                .upstreamUnreachable(provider: provider), detail: "the stream ended without its terminator")
        }
        return GatewayError(broken.reason(at: provider), detail: broken.detail)
    }

    var ending: StreamEnding {
        if isClean { return .completed }
        if failure != nil { return .upstreamError }
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
    /// Whether it was the upstream that went away, rather than the client, the clock or the gateway.
    fileprivate var isEndOfUpstream: Bool {
        switch self {
        case .reset, .brokenOff, .connectFailed: true
        default: false
        }
    }
}
