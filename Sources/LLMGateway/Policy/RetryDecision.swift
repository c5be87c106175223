/// Where a call goes after an attempt.
enum RetryDecision: Sendable, Equatable {
    /// Send it to this target, by its index, when the pause is over. `.zero`: at once.
    case tryTarget(Int, after: Duration)
    /// Send it to the same target with another of its credentials, at once.
    case tryAnotherCredential
    /// Send it nowhere: what the last attempt brought is the client's answer.
    case stop(Reason)

    /// Why a call is not tried again.
    enum Reason: String, Sendable {
        /// It was answered, or another attempt would fail like this one.
        case settled
        /// `retry.max_attempts` are made.
        case attemptsSpent = "attempts_spent"
        /// `timeouts.total` would pass during the pause.
        case noTimeLeft = "no_time_left"
        /// `retry.budget` of every provider that is left is spent.
        case budgetSpent = "budget_spent"
        /// Every target was skipped, asked not to be called again, or asked for a pause that is too long.
        case noTargetLeft = "no_target_left"
    }
}

/// Leads one call along its targets after a first attempt has failed.
///
/// Targets that the call has not been to come first, in their order and without a pause: another target's trouble is no
/// reason to wait. Then those that failed, the one whose pause ends first; a pause is counted from the failure. An attempt
/// is charged to its provider's ``RetryBudget`` when the call has been to that provider before: failing over adds nothing to
/// a provider's traffic, trying again does.
struct RetrySequence: Sendable {
    private struct Place {
        let provider: Int
        var failures = 0
        /// When it may be asked again; nil: it has not been asked.
        var readyAt: Instant?
        /// For the rest of this call.
        var isOut = false
    }

    private let backoff: Backoff
    private let attemptLimit: Int
    private let deadline: Instant
    private var places: [Place]
    private var providersAsked: Set<Int> = []

    /// - Parameters:
    ///   - maxAttempts: `retry.max_attempts`; counts as the number of usable targets when that is greater.
    ///   - providers: The provider of each target, by any number, in the order in which to try the targets.
    ///   - usable: How many of them, from the beginning, have no obstacle (see ``TargetRanking``). nil: all.
    ///   - deadline: When `timeouts.total` has passed.
    init(
        maxAttempts: Int, backoff: Backoff, providers: some Sequence<Int>, usable: Int? = nil,
        deadline: Instant
    ) {
        self.backoff = backoff
        self.deadline = deadline
        places = providers.map { Place(provider: $0) }
        attemptLimit = max(maxAttempts, usable ?? places.count)
    }

    /// What an attempt brought.
    struct Attempt: Sendable {
        /// By its index.
        var target: Int
        var verdict: AttemptVerdict
        /// Whether the target may be asked again by this call. See ``AttemptOutcome/mayRepeat``.
        var mayRepeat = true
        /// What the target asked for; see ``RetryAfter``.
        var retryAfter: Duration?
        /// What the target's provider has of its own; nil: the sequence's.
        var backoff: Backoff?
    }

    /// An attempt is over.
    ///
    /// - Parameters:
    ///   - attempts: How many the call has made along these targets, this one and those with other credentials included.
    ///   - takeRetry: Asks the budget of a provider, by its number. Called at most once per provider, and not for the first
    ///     attempt there.
    mutating func ended(
        _ attempt: Attempt, attempts: Int, at now: Instant,
        using random: inout some RandomNumberGenerator,
        takeRetry: (Int) -> Bool
    ) -> RetryDecision {
        switch attempt.verdict {
        case .accept, .giveUp: return .stop(.settled)
        case .tryAnotherCredential: return .tryAnotherCredential
        case .tryNextTarget: break
        }
        note(attempt, at: now, using: &random)
        return next(attempts: attempts, at: now, takeRetry: takeRetry)
    }

    /// An attempt has failed beside another one that was under way at the same time, and decides nothing.
    mutating func note(
        _ attempt: Attempt, at now: Instant, using random: inout some RandomNumberGenerator
    ) {
        providersAsked.insert(places[attempt.target].provider)
        places[attempt.target].failures += 1
        let pause = (attempt.backoff ?? backoff).pause(
            afterFailures: places[attempt.target].failures, retryAfter: attempt.retryAfter, using: &random)
        if let pause, attempt.mayRepeat {
            places[attempt.target].readyAt = now + pause
        } else {
            places[attempt.target].isOut = true
        }
    }

    /// The call could not be sent to the target, and was not: its breaker refused, its queue was full, its format can't
    /// say the call. It is left out from now on; the rest is as for ``ended(_:attempts:at:using:takeRetry:)``.
    mutating func skipped(
        _ target: Int, attempts: Int, at now: Instant, takeRetry: (Int) -> Bool
    ) -> RetryDecision {
        places[target].isOut = true
        return next(attempts: attempts, at: now, takeRetry: takeRetry)
    }

    /// Whether the call has not been to the target, and may go there.
    func isNew(_ target: Int) -> Bool { places[target].readyAt == nil && !places[target].isOut }

    private func next(
        attempts: Int, at now: Instant, takeRetry: (Int) -> Bool
    ) -> RetryDecision {
        guard places.contains(where: { !$0.isOut }) else { return .stop(.noTargetLeft) }
        guard attempts < attemptLimit else { return .stop(.attemptsSpent) }
        guard now < deadline else { return .stop(.noTimeLeft) }
        var refused: Set<Int> = []
        while let (target, pause) = soonest(at: now, without: refused) {
            guard now + pause < deadline else { return .stop(.noTimeLeft) }
            let provider = places[target].provider
            if !providersAsked.contains(provider) || takeRetry(provider) { return .tryTarget(target, after: pause) }
            refused.insert(provider)
        }
        return .stop(.budgetSpent)
    }

    /// The first target that was not asked, else the one whose pause ends first.
    private func soonest(
        at now: Instant, without refused: Set<Int>
    ) -> (target: Int, pause: Duration)? {
        var soonest: (target: Int, readyAt: Instant)?
        for (index, place) in places.enumerated() where !place.isOut && !refused.contains(place.provider) {
            guard let readyAt = place.readyAt else { return (index, .zero) }
            if soonest.map({ readyAt < $0.readyAt }) ?? true { soonest = (index, readyAt) }
        }
        return soonest.map { ($0.target, max(.zero, $0.readyAt - now)) }
    }
}
