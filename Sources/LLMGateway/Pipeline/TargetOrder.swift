import NIOCore
import WireFormats

/// The order in which a call tries the targets of its plan. The shell of ``TargetRanking`` and ``PanicFloor``.
struct TargetOrder {
    private let targets: [Target]
    /// By index into `targets`; empty: as they are listed.
    private let places: [Int]
    /// How many, from the first, have no obstacle.
    let usable: Int
    /// Whether the first is to be called although its breaker is open.
    let beginsWithTrial: Bool

    /// How many there are.
    var count: Int { targets.count }
    subscript(position: Int) -> Target { targets[places.isEmpty ? position : places[position]] }

    /// Of a single target, which is called in any case.
    private init(only targets: [Target]) {
        (self.targets, places, usable, beginsWithTrial) = (targets, [], 1, true)
    }

    private init(_ targets: [Target], _ places: [Int], usable: Int, beginsWithTrial: Bool) {
        (self.targets, self.places) = (targets, places)
        (self.usable, self.beginsWithTrial) = (usable, beginsWithTrial)
    }

    /// - Throws: ``GatewayError/Reason/unavailable(retryAfter:)`` while every target is open, and another call is finding
    ///   out how they are.
    static func of(
        _ plan: Plan, for call: Call, _ metrics: GatewayMetrics, _ watch: ProviderWatch
    ) throws(GatewayError) -> TargetOrder {
        guard plan.targets.count > 1 else { return TargetOrder(only: plan.targets) }
        let now = Instant.now
        func profile(_ target: Target) -> TargetProfile? {
            call.snapshot.provider(target.provider)?.profile(of: target.model, listed: call.listed, in: metrics)
        }
        var standings: [TargetStanding] = []
        standings.reserveCapacity(plan.targets.count)
        var isAnyClosed = false
        for target in plan.targets {
            let profile = profile(target)
            var standing = TargetStanding(weight: target.weight)
            switch plan.strategy {
            case .priority, .weighted: break
            case .leastLatency: standing.cost = profile?.health.cost(at: now) ?? 0
            case .leastBusy: standing.inFlight = profile?.health.inFlight ?? 0
            case .cheapest: standing.price = profile.flatMap { call.likelyCost(at: $0.info) }
            }
            if profile?.health.breaker(at: now).retryAfter != nil {
                standing.obstacle = .breakerOpen
            } else {
                isAnyClosed = true
                if !watch.isUsable(target.provider, target.providerName) { standing.obstacle = .notReady }
            }
            if let obstacle = standing.obstacle { call.passOver(target, PassedOver.Reason(obstacle)) }
            standings.append(standing)
        }
        let ranking = TargetRanking(
            of: standings, by: plan.strategy, preferred: call.preferredTarget(of: plan, standings),
            using: &call.state.random)
        let decision =
            isAnyClosed
            ? .choose : PanicFloor.decide(plan.targets.map { profile($0)?.health.breaker(at: now) ?? .closed })
        switch decision {
        case .choose:
            return TargetOrder(plan.targets, ranking.order, usable: ranking.usableCount, beginsWithTrial: false)
        case .trial(let index):
            let places = [index] + ranking.order.filter { $0 != index }
            return TargetOrder(plan.targets, places, usable: 1, beginsWithTrial: true)
        case .refuse(let retryAfter):
            throw GatewayError(.unavailable(retryAfter: retryAfter), detail: "every target's circuit breaker is open")
        }
    }
}

extension CircuitBreaker.Reading {
    /// Of a target that there is no breaker for.
    fileprivate static let closed = Self(phase: .closed, openSince: nil, retryAfter: nil, isProbing: false)
}

extension Call {
    /// An answer's usual length, in tokens, where the client sets no bound that is lower.
    private static let usualAnswer = 500

    /// About what the call costs there, in picodollars; nil where a price isn't known.
    fileprivate func likelyCost(at info: ModelInfo) -> Int64? {
        guard let price = info.facts.price, let outline else { return nil }
        let output = min(outline.maxOutputTokens ?? Self.usualAnswer, Self.usualAnswer)
        let tokens = BilledTokens(input: max(1, outline.estimatedInputBytes / 4), output: max(1, output))
        return price.cost(of: tokens).map { Int64($0.picodollars) }
    }
}
