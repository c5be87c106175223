/// How an attempt at an upstream ended, as far as anyone can tell before a byte of it went to the client.
enum AttemptOutcome: Sendable, Equatable {
    /// It answered with a head.
    ///
    /// - shouldRetry: What its `x-should-retry` said; nil: nothing.
    case answered(status: Int, shouldRetry: Bool?)
    /// No connection came about: refused, no such name, TLS failed, or the connect timeout passed.
    case connectFailed
    /// The connection ended before the answer's first byte.
    case reset
    /// Nothing came within `timeouts.first_byte`.
    case firstByteTimedOut
    /// The call's own time, `timeouts.total`, is spent.
    case deadlinePassed
    /// What came is not HTTP, or not what this provider's format says.
    case unreadable

    /// Whether the same call may ask the same target again: not where the target said `x-should-retry: false`.
    var mayRepeat: Bool {
        if case .answered(_, shouldRetry: false) = self { false } else { true }
    }
}

/// What to do about an attempt's end.
enum AttemptVerdict: Sendable, Equatable {
    /// Pass the answer on to the client.
    case accept
    /// Try the same target once more with another of the provider's credentials.
    case tryAnotherCredential
    /// Try the next target; the last one's failure is the client's answer.
    case tryNextTarget
    /// Answer the client with this failure: another attempt would end like it.
    case giveUp

    /// - Parameter mayChangeCredential: Whether another credential is there and this call has not yet changed its own.
    ///   False where the client's own key is sent on.
    init(_ result: AttemptOutcome, mayChangeCredential: Bool) {
        switch result {
        case .answered(let status, let shouldRetry):
            self.init(status: status, shouldRetry: shouldRetry, mayChangeCredential: mayChangeCredential)
        case .connectFailed, .reset, .firstByteTimedOut:
            self = .tryNextTarget
        case .deadlinePassed, .unreadable:
            self = .giveUp
        }
    }

    private init(status: Int, shouldRetry: Bool?, mayChangeCredential: Bool) {
        switch status {
        case 200..<300: self = .accept
        case 401 where mayChangeCredential, 403 where mayChangeCredential, 429 where mayChangeCredential:
            self = .tryAnotherCredential
        // `x-should-retry: false` speaks for this upstream only, so the next target is still tried.
        case 408, 409, 425, 429, 500, 502, 503, 504, 529: self = .tryNextTarget
        default: self = shouldRetry == true ? .tryNextTarget : .giveUp
        }
    }
}
