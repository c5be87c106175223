/// Limits that all replicas share: one round trip takes all that a call needs, or nothing, by the clock of Redis.
///
/// An address and a key lie in different places of a Redis Cluster, so each is asked by itself; both questions travel
/// together, and what one has granted is given back when the other refuses.
final class SharedLimits: Sendable {
    private let link: RedisLink

    init(_ link: RedisLink) { self.link = link }

    /// Whether Redis is out of reach, as far as anyone knows.
    var isAway: Bool { link.isAway }

    /// Takes what a call needs. Called once for each call.
    ///
    /// - Returns: nil when Redis is out of reach, or answers something else: then what the replica has by itself must do.
    func reserve(_ wish: SharedReservationWish) async -> SharedVerdict? {
        guard wish.isLimited else {
            return SharedVerdict(outcome: .granted(wish.reservation(nil)), requests: nil, tokens: nil, ofAddress: nil)
        }
        let ofOrigin = wish.originCall
        let calls = (ofOrigin.map { [$0] } ?? []) + (wish.isKeyLimited ? [wish.keyCall] : [])
        guard !link.isAway, let replies = await link.run(calls) else { return nil }
        let read = replies.compactMap { SharedReservationReply($0) }
        guard read.count == calls.count else { return nil }
        let origin = ofOrigin == nil ? nil : read.first
        let key = wish.isKeyLimited ? read.last : nil
        return verdict(on: wish, origin: origin, key: key)
    }

    private func verdict(
        on wish: SharedReservationWish, origin: SharedReservationReply?, key: SharedReservationReply?
    ) -> SharedVerdict {
        let requests = key?.requests(of: wish.rules.requests)
        let tokens = key?.tokens(of: wish.rules.tokens)
        let ofAddress = origin?.requests(of: wish.origin?.limit)
        func refused(_ refusal: Admission.Refusal) -> SharedVerdict {
            SharedVerdict(outcome: .refused(refusal), requests: requests, tokens: tokens, ofAddress: ofAddress)
        }
        if let refusal = origin?.refusal {
            if let key, key.refusal == nil {
                var other = wish
                other.origin = nil
                cancel(other.reservation(key))
            }
            return refused(Admission.Refusal(limit: .ip, retryAfter: refusal.retryAfter))
        }
        if let refusal = key?.refusal {
            if origin != nil {
                var other = wish
                other.rules = Admission.Rules()
                cancel(other.reservation(nil))
            }
            return refused(refusal)
        }
        return SharedVerdict(
            outcome: .granted(wish.reservation(key)), requests: requests, tokens: tokens, ofAddress: ofAddress)
    }

    /// The call has ended: what it really used takes the place of what was reserved. Returns at once; lost when Redis is
    /// out of reach, its money then comes back by itself.
    ///
    /// - Parameters:
    ///   - used: Tokens, of all its attempts that were billed.
    ///   - cost: Theirs, in nano-dollars.
    func settle(_ reservation: consuming SharedReservation, tokens used: Int, cost: Int64) {
        if let call = reservation.settling(tokens: used, cost: cost) { link.tell(call) }
    }

    /// The call was refused by something else before it was sent anywhere: everything is given back.
    func cancel(_ reservation: consuming SharedReservation) {
        for call in reservation.cancelling() { link.tell(call) }
    }
}
