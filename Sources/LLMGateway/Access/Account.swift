import Synchronization

/// What one key, or all callers without one, may still do, and what is counted of them: the shell of ``Admission``, shared
/// by all loops. It outlives reloads; a key has the same one as long as there is a key of that name.
final class Account: Sendable {
    let metrics: KeyMetrics
    private let admission: Mutex<Admission>

    init(_ rules: Admission.Rules, metrics: KeyMetrics, at now: Instant, date: Int64) {
        self.metrics = metrics
        admission = Mutex(Admission(rules, at: now, date: date))
    }

    /// What a call is told when it asks: whether it may go on, and what its client may know of the limits.
    struct Answer: Sendable {
        /// nil: it may go on.
        var refusal: Admission.Refusal?
        var standing = RateStanding()
    }

    /// Takes a request and a place among the calls in flight.
    ///
    /// - Parameters:
    ///   - held: Where what was taken is put; left as it is when the call is refused.
    ///   - takesRequest: As in ``Admission/enter(takesRequest:at:)``.
    func enter(
        _ held: inout Admission.Reservation?, takesRequest: Bool = true, at now: Instant
    ) -> Answer {
        admission.withLock { admission in
            var answer = Answer()
            do throws(Admission.Refusal) {
                held = try admission.enter(takesRequest: takesRequest, at: now)
            } catch {
                answer.refusal = error
            }
            answer.standing = admission.standing(at: now)
            return answer
        }
    }

    /// Takes tokens and money too, or gives back everything.
    ///
    /// - Parameters:
    ///   - takesRequest: Whether the call has entered without its request, which is taken now.
    ///   - cost: In nano-dollars.
    ///   - date: Seconds since 1970.
    func reserve(
        _ held: inout Admission.Reservation?, takesRequest: Bool = false, tokens: Int, cost: Int64,
        at now: Instant, date: Int64
    ) -> Answer {
        admission.withLock { admission in
            var answer = Answer()
            if var entered = held.take() {
                do throws(Admission.Refusal) {
                    if takesRequest { entered = try admission.takeRequest(entered, at: now, date: date) }
                    held = try admission.reserve(entered, tokens: tokens, cost: cost, at: now, date: date)
                } catch {
                    answer.refusal = error
                }
            }
            answer.standing = admission.standing(at: now)
            return answer
        }
    }

    /// The call has ended, whatever came of it.
    ///
    /// - Parameters:
    ///   - used: Tokens, of all its attempts that were billed.
    ///   - cost: Theirs, in nano-dollars.
    func settle(
        _ held: consuming Admission.Reservation, tokens used: Int, cost: Int64, at now: Instant,
        date: Int64
    ) {
        var held: Admission.Reservation? = held
        admission.withLock { admission in
            if let held = held.take() { admission.settle(held, tokens: used, cost: cost, at: now, date: date) }
        }
    }

    /// The call was refused by something else before it was sent anywhere: it is as if it had not come.
    func cancel(_ held: consuming Admission.Reservation, at now: Instant, date: Int64) {
        var held: Admission.Reservation? = held
        admission.withLock { admission in
            if let held = held.take() { admission.cancel(held, at: now, date: date) }
        }
    }

    /// Goes on under other rules.
    ///
    /// - Returns: Whether the budget is new or has another period, so that it is to be restored from the ledger.
    func follow(_ rules: Admission.Rules, at now: Instant, date: Int64) -> Bool {
        admission.withLock { $0.follow(rules, at: now, date: date) }
    }

    /// Adds what the ledger knows of the budget's period, in nano-dollars.
    func restore(spent: Int64, date: Int64) {
        admission.withLock { $0.restore(spent: spent, date: date) }
    }

    /// What was spent of the budget in the period that it is now, in nano-dollars; 0 without a budget.
    func spent(at date: Int64) -> Int64 { admission.withLock { $0.budget?.spent(at: date) ?? 0 } }

    /// What is in force and what is taken, as it stands.
    var state: Admission { admission.withLock { $0 } }
}

/// How far a caller's limits are used up, as its client is told. nil: there is no such limit.
struct RateStanding: Sendable, Equatable {
    var requests: Admission.Standing?
    var tokens: Admission.Standing?

    var isEmpty: Bool { requests == nil && tokens == nil }
}

extension Admission {
    fileprivate func standing(at now: Instant) -> RateStanding {
        RateStanding(requests: requestStanding(at: now), tokens: tokenStanding(at: now))
    }
}

extension Admission.Rules {
    /// - Parameter general: What holds where the key says nothing.
    init(_ own: ClientKey.Limits, else general: LimitSettings) {
        requests = .requests(
            perMinute: own.requestsPerMinute ?? general.requestsPerMinute, burst: own.burst ?? general.burst)
        tokens = .tokens(perMinute: own.tokensPerMinute ?? general.tokensPerMinute)
        maxInFlight = own.maxInFlight ?? general.maxInFlight
        budget = own.budget
    }
}
