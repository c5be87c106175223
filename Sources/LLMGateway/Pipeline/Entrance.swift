import NIOCore
import WireFormats

/// What a call has taken of its caller's limits, to be settled when it ends, and how the limits stand.
struct Allowance: ~Copyable {
    var reservation: Admission.Reservation?
    var address: AddressLimit.Taken?
    /// What it has taken of limits that all replicas share.
    var shared: SharedReservation?
    /// Whether the call has entered without asking for its request: all replicas together have yet to be asked.
    var waitsForShared = false

    // What was set aside for the call.
    var reservedTokens = 0
    var reservedCost = Cost.zero

    // How the limits stood when they were last asked.
    var ofAccount = RateStanding()
    var ofAddress = RateStanding()

    /// What the client is told. Of two limits that count the same it is the one that has less left.
    var standing: RateStanding {
        guard let own = ofAccount.requests, let other = ofAddress.requests, own.remaining <= other.remaining else {
            return RateStanding(requests: ofAddress.requests ?? ofAccount.requests, tokens: ofAccount.tokens)
        }
        return ofAccount
    }
}

/// A caller's way into the gateway, and out again.
extension Call {
    /// The name of the client's key; empty for a client without one.
    var keyName: String { caller.name }

    /// Finds out who calls.
    func authenticate() throws(GatewayError) {
        let callers = state.callers
        guard !callers.isOpen else { return }
        defer { times.end(.auth, at: .now()) }
        guard let known = callers.caller(of: connection) else { throw GatewayError(.invalidAPIKey) }
        caller = known
    }

    /// Takes a request of the caller's limits, before the body is read.
    func enter() throws(GatewayError) {
        guard caller.isLimited else { return }
        defer { times.end(.admit, at: .now()) }
        let now = Instant.now
        allowance.waitsForShared = state.sharedLimits.map { !$0.isAway } ?? false
        if !allowance.waitsForShared { try takeOfAddress(at: now) }
        let answer = caller.account.enter(
            &allowance.reservation, takesRequest: !allowance.waitsForShared, at: now)
        allowance.ofAccount = answer.standing
        if answer.refusal != nil { giveBackAddress(at: now) }
        try heed(answer.refusal)
    }

    /// Says no to a model that the caller may not use.
    ///
    /// - Parameter plan: Where the name leads: a provider that the name itself pins is no part of what is allowed.
    func mayUseModel(of plan: Plan) throws(GatewayError) {
        guard let model = outline?.model, caller.key?.models.isEmpty == false else { return }
        let isPinned = plan.source == .pinnedByName || plan.source == .pinnedByStoredAnswer
        let name = isPinned ? snapshot.routes.directory.pin(in: model)?.model ?? model : model
        guard caller.mayUse(name) else { throw GatewayError(.modelNotAllowed(model)) }
    }

    /// Takes the tokens and the money that the call may need. What was taken is given back when it really used less.
    func reserve(for plan: Plan, in metrics: GatewayMetrics) async throws(GatewayError) {
        let isMetered = caller.isMetered && operation != .tokenCount && outline?.asksNothing != true
        guard isMetered || allowance.waitsForShared else { return }
        times.end(.route, at: .now())
        defer { times.end(.admit, at: .now()) }
        let wish = isMetered ? wish : BilledTokens()
        let cost = isMetered && caller.hasBudget ? greatestCost(of: wish, along: plan, in: metrics) : .zero
        try await take(tokens: wish.input + wish.output, cost, holding: longest(plan))
    }

    /// A call that ends before anything was reserved for it is a request like others: by itself a gateway counts those
    /// before it reads their bodies.
    ///
    /// - Returns: What the client is told: that, unless a limit is reached.
    func countRefused(because failure: GatewayError) async -> GatewayError {
        guard allowance.waitsForShared, failure.failureClass != .rejected else { return failure }
        defer { times.end(.admit, at: .now()) }
        do throws(GatewayError) { try await take(tokens: 0, .zero, holding: .seconds(60)) } catch { return error }
        return failure
    }

    private func take(tokens: Int, _ cost: Cost, holding: Duration) async throws(GatewayError) {
        let takesRequest = allowance.waitsForShared
        allowance.waitsForShared = false
        (allowance.reservedTokens, allowance.reservedCost) = (tokens, cost)
        if takesRequest, let shared = state.sharedLimits,
            let verdict = await shared.reserve(sharedWish(tokens, cost, holding: holding))
        {
            try heed(verdict)
            if let interruption { throw GatewayError(interruption.reason(at: "")) }
            return
        }
        let now = Instant.now
        if takesRequest { try takeOfAddress(at: now) }
        let answer = caller.account.reserve(
            &allowance.reservation, takesRequest: takesRequest, tokens: tokens, cost: cost.nanodollars,
            at: now, date: WallClock.now.seconds)
        allowance.ofAccount = answer.standing
        if answer.refusal != nil { giveBackAddress(at: now) }
        try heed(answer.refusal)
    }

    private func takeOfAddress(at now: Instant) throws(GatewayError) {
        guard let addresses = caller.addresses else { return }
        let client = connection.clientAddress(snapshot.clientAddresses)
        let answer = addresses.take(client, &allowance.address, at: now)
        allowance.ofAddress = answer.standing
        try heed(answer.refusal)
    }

    // MARK: Limits that replicas share

    private func sharedWish(_ tokens: Int, _ cost: Cost, holding: Duration) -> SharedReservationWish {
        let origin = snapshot.settings.limits.perAddress.map { limit in
            SharedReservationWish.Origin(
                address: "\(IPAddress.counted(connection.clientAddress(snapshot.clientAddresses)))", limit: limit)
        }
        return SharedReservationWish(
            key: caller.name, rules: caller.rules, origin: origin, tokens: tokens, cost: cost.nanodollars,
            spent: caller.hasBudget ? caller.account.spent(at: WallClock.now.seconds) : 0, holding: holding)
    }

    /// Longer than the call can take.
    private func longest(_ plan: Plan) -> Duration {
        plan.targets.reduce(.seconds(60)) { longest, target in
            max(longest, (snapshot.provider(target.provider)?.timeouts.total ?? .zero) + .seconds(60))
        }
    }

    private func heed(_ verdict: consuming SharedVerdict) throws(GatewayError) {
        allowance.ofAccount = RateStanding(requests: verdict.requests, tokens: verdict.tokens)
        allowance.ofAddress = RateStanding(requests: verdict.ofAddress, tokens: nil)
        do throws(Admission.Refusal) { allowance.shared = try verdict.reservation() } catch { try heed(error) }
    }

    /// Settles what the call has taken, with what it really used. Once, when nothing more can happen to it.
    func leave(_ failure: GatewayError?) {
        guard let reservation = allowance.reservation.take() else { return }
        let shared = allowance.shared.take()
        let (now, date) = (Instant.now, WallClock.now.seconds)
        if attempts == 0, let failure, failure.failureClass == .rejected {
            // The gateway had no room for it: that shall cost the caller nothing.
            caller.account.cancel(reservation, at: now, date: date)
            giveBackAddress(at: now)
            if let shared { state.sharedLimits?.cancel(shared) }
        } else {
            let (used, cost) = (tokensUsed, billedCost.nanodollars)
            caller.account.settle(reservation, tokens: used, cost: cost, at: now, date: date)
            if let shared { state.sharedLimits?.settle(shared, tokens: used, cost: cost) }
        }
    }

    private func giveBackAddress(at now: Instant) {
        guard let taken = allowance.address.take() else { return }
        caller.addresses?.giveBack(taken, at: now)
    }

    private func heed(_ refusal: Admission.Refusal?) throws(GatewayError) {
        guard let refusal else { return }
        caller.account.metrics.refused(by: LimitKind(refusal.limit), on: state.shard)
        throw GatewayError(.limitReached(refusal, budgetStatus: snapshot.settings.limits.budgetStatus.code))
    }

    // MARK: What a call may need

    /// What an answer is taken to be long whose length nobody has limited, in tokens.
    private static let usualOutput = 1024
    /// More than any model writes, and little enough to be multiplied.
    private static let mostOutput = 1_000_000_000

    /// Tokens, by estimate: of the input, and of the longest answers that the client allows.
    private var wish: BilledTokens {
        var wish = BilledTokens()
        wish.input = estimatedInputTokens
        guard operation == .chat, let outline else { return wish }
        let each = min(outline.maxOutputTokens ?? Self.usualOutput, Self.mostOutput)
        wish.output = each * min(max(1, outline.choices), 1000)
        return wish
    }

    /// What that costs at the dearest target that may answer; nothing where it is free or nobody knows.
    private func greatestCost(of wish: BilledTokens, along plan: Plan, in metrics: GatewayMetrics) -> Cost {
        plan.targets.reduce(Cost.zero) { greatest, target in
            let provider = snapshot.provider(target.provider)
            let profile = provider?.profile(of: target.model, listed: listed, in: metrics)
            return max(greatest, profile?.info.facts.price?.cost(of: wish) ?? .zero)
        }
    }
}

extension LimitKind {
    fileprivate init(_ limit: Admission.Limit) {
        self =
            switch limit {
            case .requests: .requests
            case .tokens: .tokens
            case .ip: .ip
            case .budget: .budget
            case .concurrency: .concurrency
            }
    }
}
