/// A target that a call could have gone to and was not sent to, and why.
struct PassedOver: Sendable, Equatable {
    let target: Target
    let reason: Reason

    /// The raw value is the word for it in what operators are shown.
    enum Reason: String, Sendable, CaseIterable {
        case breakerOpen = "breaker_open"
        /// Its provider was asked whether it is well, and isn't.
        case notReady = "not_ready"
        /// There was no room to wait in, or the wait was too long.
        case queueFull = "queue_full"
        case switchedOff = "switched_off"
        /// The model is known not to take what the call holds.
        case incapable
        /// Its format can't say the call.
        case untranslatable
        /// It has no such API, and there is no translation into one that it has.
        case notServed = "not_served"
        /// There was nothing to sign the call with.
        case noCredential = "no_credential"
        /// What the call refers to could not be fetched for it.
        case lacksPictures = "lacks_pictures"

        /// Why a target was not asked, by the error that came of that; nil: nobody wanted an answer any more.
        init?(_ error: GatewayError.Reason) {
            switch error {
            case .unavailable: self = .breakerOpen
            case .overloaded: self = .queueFull
            case .unresolved: self = .switchedOff
            case .incapable: self = .incapable
            case .untranslatable: self = .untranslatable
            case .notServed: self = .notServed
            case .upstreamRefusedCredential, .upstreamUnreachable: self = .noCredential
            case .malformedBody, .upstreamTimedOut: self = .lacksPictures
            default: return nil
            }
        }

        init(_ obstacle: Obstacle) {
            switch obstacle {
            case .lacks: self = .incapable
            case .notReady: self = .notReady
            case .breakerOpen: self = .breakerOpen
            }
        }
    }
}

extension Call {
    /// Remembers why a target comes after others, or not at all.
    func passOver(_ target: Target, _ reason: PassedOver.Reason) {
        if let trunk { return trunk.passOver(target, reason) }
        let note = PassedOver(target: target, reason: reason)
        if !passedOver.contains(note) { passedOver.append(note) }
    }

    /// The same, where a failure says that the target was not asked.
    func passOver(_ target: Target, because failure: AttemptFailure) {
        guard failure.result == nil, let reason = PassedOver.Reason(failure.error.reason) else { return }
        passOver(target, reason)
    }
}
