/// What a call needs of what all replicas share.
struct SharedReservationWish: Sendable, Equatable {
    /// The name of its key; empty for callers without one.
    var key: String
    /// What the key may do. Calls at once are each replica's own affair.
    var rules: Admission.Rules
    /// Where it comes from, and how often anyone there may call; nil: that is not limited.
    var origin: Origin?
    /// What the call may use: its input by estimate, and the longest answer that it allows.
    var tokens: Int
    /// What that may cost, in nano-dollars. 0 for what is free and for what has no known price.
    var cost: Int64
    /// What was spent of the budget in its present period, as far as this replica knows, in nano-dollars. It counts where
    /// Redis has nothing of it, or has lost it.
    var spent: Int64 = 0
    /// How long its money is held, should nobody settle it: longer than the call can take.
    var holding: Duration

    struct Origin: Sendable, Equatable {
        /// The address, or its network, in one spelling.
        var address: String
        var limit: RateLimit
    }
}

/// What a call has taken of what all replicas share. Settle it: its money is held for long else.
struct SharedReservation: ~Copyable, Sendable {
    let key: String
    let rules: Admission.Rules
    let origin: SharedReservationWish.Origin?
    /// Of the token bucket.
    let tokens: Int
    /// Nano-dollars; 0: none.
    let cost: Int64
    /// Until when the money is held, in seconds since 1970 by the clock of Redis.
    let heldUntil: Int64
}

/// Whether a call may go on, and what the rate-limit headers say.
struct SharedVerdict: ~Copyable, Sendable {
    enum Outcome: ~Copyable, Sendable {
        case granted(SharedReservation)
        /// Nothing was taken.
        case refused(Admission.Refusal)

        fileprivate consuming func get() throws(Admission.Refusal) -> SharedReservation {
            switch consume self {
            case .granted(let reservation): return reservation
            case .refused(let refusal): throw refusal
            }
        }
    }

    let outcome: Outcome
    /// How the key's limits stand; nil: no limit.
    let requests: Admission.Standing?
    let tokens: Admission.Standing?
    /// How its address' limit of requests stands; nil: no limit.
    let ofAddress: Admission.Standing?

    /// What was taken.
    ///
    /// - Throws: ``Admission/Refusal``: nothing was.
    consuming func reservation() throws(Admission.Refusal) -> SharedReservation { try outcome.get() }
}

/// What ``SharedLimitScripts/reserve`` answers.
struct SharedReservationReply: Sendable, Equatable {
    /// What may refuse, by number less one.
    private static let limits: [Admission.Limit] = [.requests, .tokens, .budget]

    let refusal: Admission.Refusal?
    let requestsLeft: Int
    let requestsFullAfter: Duration
    let tokensLeft: Int
    let tokensFullAfter: Duration
    /// What was taken of the token bucket.
    let charge: Int
    /// In seconds since 1970; 0: no money is held.
    let heldUntil: Int64

    /// - Returns: nil for what isn't its answer.
    init?(_ reply: RedisReply) {
        guard let numbers = reply.elements?.compactMap(\.integer), numbers.count == 8,
            let refused = Int(exactly: numbers[0]),
            (0...Self.limits.count).contains(refused)
        else { return nil }
        func count(_ index: Int) -> Int { Int(clamping: numbers[index]) }
        func time(_ index: Int) -> Duration { .microseconds(numbers[index]) }
        refusal =
            refused == 0
            ? nil
            : Admission.Refusal(limit: Self.limits[refused - 1], retryAfter: numbers[1] < 0 ? nil : time(1))
        (requestsLeft, requestsFullAfter, tokensLeft, tokensFullAfter) = (count(2), time(3), count(4), time(5))
        (charge, heldUntil) = (count(6), numbers[7])
    }

    /// How a limit of requests stands after it.
    func requests(of limit: RateLimit?) -> Admission.Standing? {
        limit.map { Admission.Standing(limit: $0.amount, remaining: requestsLeft, reset: requestsFullAfter) }
    }

    /// How a limit of tokens stands after it.
    func tokens(of limit: RateLimit?) -> Admission.Standing? {
        limit.map { Admission.Standing(limit: $0.amount, remaining: tokensLeft, reset: tokensFullAfter) }
    }
}

extension SharedReservationWish {
    /// Whether anything that is shared is limited at all.
    var isLimited: Bool { isKeyLimited || origin != nil }
    var isKeyLimited: Bool { rules.requests != nil || rules.tokens != nil || rules.budget != nil }

    /// Takes what the key has.
    var keyCall: RedisScript.Call {
        let cost = min(max(0, cost), Budget.mostPerCall)
        return SharedLimitScripts.reserve.call(
            RedisKey.limits(ofKey: key),
            SharedLimitArguments.bucket(rules.requests) + SharedLimitArguments.bucket(rules.tokens) + [
                "\(max(0, tokens))", rules.budget.map { "\($0.amount)" } ?? "", rules.budget?.period.rawValue ?? "",
                "\(rules.budget == nil ? 0 : cost)", "\(max(1, holding.components.seconds))",
                "\(max(0, spent))",
            ])
    }

    /// Takes what the address has; nil: it isn't limited.
    var originCall: RedisScript.Call? {
        origin.map { origin in
            SharedLimitScripts.reserve.call(
                RedisKey.limits(ofAddress: origin.address),
                SharedLimitArguments.bucket(origin.limit) + ["0", "0", "0", "", "", "0", "1", "0"])
        }
    }

    func reservation(_ reply: SharedReservationReply?) -> SharedReservation {
        let holdsMoney = (reply?.heldUntil ?? 0) > 0
        return SharedReservation(
            key: key, rules: rules, origin: origin, tokens: reply?.charge ?? 0,
            cost: holdsMoney ? min(cost, Budget.mostPerCall) : 0, heldUntil: reply?.heldUntil ?? 0)
    }
}

extension SharedReservation {
    private var isKeyLimited: Bool { rules.requests != nil || rules.tokens != nil || rules.budget != nil }

    /// What is left to do when the call has ended.
    ///
    /// - Parameters:
    ///   - used: Tokens.
    ///   - spent: Nano-dollars.
    borrowing func settling(tokens used: Int, cost spent: Int64) -> RedisScript.Call? {
        guard rules.tokens != nil || rules.budget != nil else { return nil }
        return keyCall(requests: 0, used: used, spent: spent)
    }

    /// What is left to do when something else has refused the call: everything goes back.
    borrowing func cancelling() -> [RedisScript.Call] {
        let ofOrigin = origin.map { origin in
            SharedLimitScripts.settle.call(
                RedisKey.limits(ofAddress: origin.address),
                SharedLimitArguments.bucket(origin.limit) + ["0", "0", "1", "0", "0", "0", "0", "", "0"])
        }
        return (ofOrigin.map { [$0] } ?? []) + (isKeyLimited ? [keyCall(requests: 1, used: 0, spent: 0)] : [])
    }

    private borrowing func keyCall(requests: Int, used: Int, spent: Int64) -> RedisScript.Call {
        SharedLimitScripts.settle.call(
            RedisKey.limits(ofKey: key),
            SharedLimitArguments.bucket(rules.requests) + SharedLimitArguments.bucket(rules.tokens) + [
                "\(requests)", "\(tokens)", "\(max(0, used))", "\(cost)", "\(heldUntil)",
                rules.budget?.period.rawValue ?? "", "\(min(max(0, spent), Budget.mostPerCall))",
            ])
    }
}

/// How limits are told to the scripts.
enum SharedLimitArguments {
    /// The rate per second and the capacity; zeros: no limit.
    static func bucket(_ limit: RateLimit?) -> [String] {
        limit.map { ["\($0.perSecond)", "\($0.capacity)"] } ?? ["0", "0"]
    }
}
