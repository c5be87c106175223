/// Breakers choose among targets; they never close the door. When none of a model's targets may be called, one call at a
/// time still goes through, to the target that has been open longest.
///
/// (Envoy's panic threshold does the same for hosts that are all thought unhealthy. It lets everyone through, which is
/// too many for a provider that is coming back.)
enum PanicFloor {
    enum Decision: Sendable, Equatable {
        /// No panic: a target, if not the first, may be called.
        case choose
        /// Let this call through to the target with this index, by ``CircuitBreaker/admitTrial(at:)``.
        case trial(Int)
        /// Another call is finding out; asking again may be worth it after this long.
        case refuse(retryAfter: Duration)
    }

    /// - Parameter breakers: One reading per target that the call could go to. At least one.
    static func decide(_ breakers: some Sequence<CircuitBreaker.Reading>) -> Decision {
        var longest: (index: Int, since: Instant)?
        var shortestWait: Duration?
        var isProbing = false
        for (index, breaker) in breakers.enumerated() {
            guard let wait = breaker.retryAfter, let since = breaker.openSince else { return .choose }
            if longest.map({ since < $0.since }) ?? true { longest = (index, since) }
            shortestWait = min(shortestWait ?? wait, wait)
            isProbing = isProbing || breaker.isProbing
        }
        guard let longest, let shortestWait else { return .choose }
        return isProbing ? .refuse(retryAfter: shortestWait) : .trial(longest.index)
    }
}
