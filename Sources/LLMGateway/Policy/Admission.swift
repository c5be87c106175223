/// What one key may still do: requests and tokens per time, money per period, calls at once. Pure.
///
/// A call asks twice, as it becomes known: ``enter(at:)`` before its body is read, ``reserve(_:tokens:cost:at:date:)`` when
/// tokens and prices are known. Each takes all that it needs or nothing, and a refusal by the second gives back what the
/// first has taken. In between and afterwards the call holds a ``Reservation``, a value that cannot be copied: the compiler
/// sees to it that it is settled once at most. The shell settles it when the call ends, however it ends.
struct Admission: Sendable {
    struct Rules: Sendable, Equatable {
        /// nil: no limit; so for all of these.
        var requests: RateLimit?
        var tokens: RateLimit?
        /// 0: no limit.
        var maxInFlight = 0
        var budget: Budget.Limit?

        /// The part of one of so many replicas that can't ask each other. Calls at once are each one's own anyway.
        func divided(by replicas: Int) -> Rules {
            guard replicas > 1 else { return self }
            var part = self
            part.requests = requests?.divided(by: replicas)
            part.tokens = tokens?.divided(by: replicas)
            part.budget = budget.map { Budget.Limit(amount: $0.amount / Int64(replicas), period: $0.period) }
            return part
        }
    }

    /// What refused a call; the raw value is the metric's label.
    enum Limit: String, Sendable, CaseIterable {
        case requests, tokens
        /// Requests per address, see ``KeyedBuckets``.
        case ip
        case budget, concurrency
    }

    struct Refusal: Error, Sendable, Equatable {
        let limit: Limit
        /// nil: waiting doesn't help, since the budget is for all time.
        let retryAfter: Duration?
    }

    /// What a call has taken. Settle it, or the key has one call less for good.
    struct Reservation: ~Copyable, Sendable {
        fileprivate var request: TokenBucket.Charge?
        fileprivate var tokens: TokenBucket.Charge?
        fileprivate var money: Budget.Hold?
    }

    /// What a caller is told to wait for a call to end: nobody knows when that will be.
    private static let pauseWhileBusy: Duration = .seconds(1)

    private(set) var rules: Rules
    private var requests: TokenBucket?
    private var tokens: TokenBucket?
    private(set) var budget: Budget?
    private(set) var inFlight = 0

    /// - Parameter date: Seconds since 1970, for the budget's calendar.
    init(_ rules: Rules, at now: Instant, date: Int64) {
        self.rules = rules
        requests = rules.requests.map { TokenBucket($0, at: now) }
        tokens = rules.tokens.map { TokenBucket($0, at: now) }
        budget = rules.budget.map { Budget($0, at: date) }
    }

    /// Takes a request and a place among the calls in flight.
    ///
    /// - Parameter takesRequest: Whether the request is taken here: where replicas share their limits it isn't, unless they
    ///   turn out not to (``takeRequest(_:at:date:)``).
    /// - Throws: ``Refusal`` by `concurrency` or `requests`; nothing was taken.
    mutating func enter(
        takesRequest: Bool = true, at now: Instant
    ) throws(Refusal) -> Reservation {
        guard rules.maxInFlight == 0 || inFlight < rules.maxInFlight else {
            throw Refusal(limit: .concurrency, retryAfter: Self.pauseWhileBusy)
        }
        let request = takesRequest ? try takeRequest(at: now) : nil
        inFlight += 1
        return Reservation(request: request)
    }

    /// Takes the request of a call that has entered without.
    ///
    /// - Throws: ``Refusal`` by `requests`; everything was given back.
    mutating func takeRequest(
        _ reservation: consuming Reservation, at now: Instant, date: Int64
    ) throws(Refusal) -> Reservation {
        precondition(reservation.request == nil, "a request is taken once")
        do throws(Refusal) {
            reservation.request = try takeRequest(at: now)
        } catch {
            cancel(reservation, at: now, date: date)
            throw error
        }
        return reservation
    }

    private mutating func takeRequest(at now: Instant) throws(Refusal) -> TokenBucket.Charge? {
        do throws(Shortage) {
            return try requests?.reserve(1, at: now)
        } catch {
            throw Refusal(limit: .requests, retryAfter: error.retryAfter)
        }
    }

    /// Takes tokens and money for a call that has entered. Called once for each at most.
    ///
    /// - Parameters:
    ///   - tokens: What the call may use: its input by estimate, and the longest answer that it allows.
    ///   - cost: What that may cost, in nano-dollars. 0 for what is free and for what has no known price.
    /// - Throws: ``Refusal`` by `tokens` or `budget`: the one that takes longer to pass, when both refuse. Everything was
    ///   given back, the request too.
    mutating func reserve(
        _ reservation: consuming Reservation, tokens amount: Int, cost: Int64, at now: Instant,
        date: Int64
    ) throws(Refusal) -> Reservation {
        precondition(reservation.tokens == nil && reservation.money == nil, "tokens and money are reserved once")
        var refusal: Refusal?
        do throws(Shortage) {
            reservation.tokens = try tokens?.reserve(amount, at: now)
        } catch {
            refusal = Refusal(limit: .tokens, retryAfter: error.retryAfter)
        }
        do throws(Budget.Spent) {
            reservation.money = try budget?.reserve(cost, at: date)
        } catch {
            let isLonger = error.retryAfter.map { $0 > refusal?.retryAfter ?? .zero } ?? true
            if isLonger { refusal = Refusal(limit: .budget, retryAfter: error.retryAfter) }
        }
        guard let refusal else { return reservation }
        cancel(reservation, at: now, date: date)
        throw refusal
    }

    /// The call has ended: answered, failed or left, what it used is known or estimated.
    ///
    /// - Parameters:
    ///   - used: Tokens, of all its attempts that were billed.
    ///   - cost: Theirs, in nano-dollars.
    mutating func settle(
        _ reservation: consuming Reservation, tokens used: Int, cost: Int64, at now: Instant,
        date: Int64
    ) {
        inFlight -= 1
        if let charge = reservation.tokens { tokens?.settle(charge, used: used, at: now) }
        // A budget that came with a reload counts what ends from then on.
        budget?.settle(reservation.money ?? .nothing, cost: cost, at: date)
    }

    /// The call was refused by something else before it was sent anywhere: everything is given back, the request too.
    mutating func cancel(_ reservation: consuming Reservation, at now: Instant, date: Int64) {
        if let charge = reservation.request { requests?.settle(charge, used: 0, at: now) }
        settle(reservation, tokens: 0, cost: 0, at: now, date: date)
    }

    /// Adds what the ledger knows of the budget's period, from before the start.
    mutating func restore(spent: Int64, date: Int64) {
        budget?.restore(spent: spent, at: date)
    }

    /// Goes on under other rules, after a reload: buckets are as full as they were, in proportion, and calls in flight
    /// are settled as ever.
    ///
    /// - Returns: Whether the budget is new or has another period, so that it must be restored from the ledger.
    mutating func follow(_ rules: Rules, at now: Instant, date: Int64) -> Bool {
        Self.follow(rules.requests, &requests, at: now)
        Self.follow(rules.tokens, &tokens, at: now)
        self.rules = rules
        guard let limit = rules.budget else {
            budget = nil
            return false
        }
        if budget != nil { return budget?.follow(limit, at: date) ?? false }
        budget = Budget(limit, at: date)
        return true
    }

    private static func follow(_ limit: RateLimit?, _ bucket: inout TokenBucket?, at now: Instant) {
        guard let limit else { return bucket = nil }
        if bucket == nil { bucket = TokenBucket(limit, at: now) } else { bucket?.follow(limit, at: now) }
    }

    /// What rate-limit headers say.
    struct Standing: Sendable, Equatable {
        /// The rate: per minute, or per what the limit says.
        let limit: Int
        let remaining: Int
        /// Until the bucket is full.
        let reset: Duration
    }

    /// nil: no limit.
    func requestStanding(at now: Instant) -> Standing? { requests.map { Standing(of: $0, at: now) } }

    /// nil: no limit.
    func tokenStanding(at now: Instant) -> Standing? { tokens.map { Standing(of: $0, at: now) } }
}

extension Admission.Standing {
    init(of bucket: TokenBucket, at now: Instant) {
        self.init(limit: bucket.limit.amount, remaining: bucket.remaining(at: now), reset: bucket.fullAfter(at: now))
    }
}
