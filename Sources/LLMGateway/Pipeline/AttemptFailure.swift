import WireFormats

/// Why an attempt gave the client no answer, and what that means for the next one.
struct AttemptFailure: Error {
    let error: GatewayError
    /// Whether another credential or another target may do better.
    let verdict: AttemptVerdict
    /// What the target was asked and how that ended; nil: it was not asked.
    let result: AttemptResult?
    /// How the attempt ended, where the target was asked.
    var outcome: AttemptOutcome?
    /// What the target asked for.
    var retryAfter: Duration?
    /// What it says about the target.
    var report: TargetHealth.Report
    /// Whether a kept connection broke before it brought a byte: a fresh one may do better, at once.
    var metDeadConnection = false

    /// The target was asked, and that ended without an answer for the client.
    ///
    /// - Parameter mayChangeCredential: See ``AttemptVerdict/init(_:mayChangeCredential:)``.
    init(
        _ error: GatewayError, _ outcome: AttemptOutcome, _ result: AttemptResult, retryAfter: Duration? = nil,
        mayChangeCredential: Bool = false
    ) {
        (self.error, self.outcome, self.result, self.retryAfter) = (error, outcome, result, retryAfter)
        verdict = AttemptVerdict(outcome, mayChangeCredential: mayChangeCredential)
        report = outcome.isTargetsFault ? .failed : .succeeded
    }

    /// The target was not asked.
    ///
    /// - Parameter movesOn: Whether another target may be.
    init(notAsked error: GatewayError, movesOn: Bool) {
        self.error = error
        verdict = movesOn ? .tryNextTarget : .giveUp
        result = nil
        report = .abandoned
    }

    /// The same, where there is no other credential to try.
    var withoutOtherCredential: AttemptFailure {
        guard let outcome, let result else { return self }
        return AttemptFailure(error, outcome, result, retryAfter: retryAfter)
    }

    /// Which of a model's fallbacks it leads to; nil: to none, since they would fail like it.
    var fallbackReason: FallbackReason? {
        switch error.reason {
        case .upstreamRateLimited: .rateLimit
        case .incapable(let incapable, _) where incapable.window != nil: .contextWindow
        case .upstreamRefusedRequest(let refusal, _), .upstreamFailed(let refusal, _):
            switch refusal.body.subject {
            case .contextWindow: .contextWindow
            case .contentPolicy: .contentPolicy
            case nil: verdict == .giveUp ? nil : .error
            }
        case .upstreamRefusedCredential, .upstreamUnreachable, .upstreamTimedOut, .upstreamUnreadable, .unavailable,
            .overloaded:
            .error
        default: nil
        }
    }
}

extension AttemptOutcome {
    /// Whether the circuit breaker is to hear of it: no connection, no answer or none in time, 408, 429 or 5xx; a call
    /// that goes round in a circle says nothing about the target.
    fileprivate var isTargetsFault: Bool {
        switch self {
        case .answered(let status, _): status == 408 || status == 429 || status >= 500 && status != 508
        case .connectFailed, .reset, .firstByteTimedOut, .deadlinePassed, .unreadable: true
        }
    }
}
