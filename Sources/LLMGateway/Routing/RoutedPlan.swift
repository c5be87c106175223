/// A plan, and what is known of its targets' limits.
struct RoutedPlan: Sendable {
    let plan: Plan
    /// What is known of each target, in the plan's order.
    let facts: [ModelFacts]
    /// The smallest window that any of them is known to have, in tokens; `Int.max`: of none it is known.
    let smallestWindow: Int
    /// What some of them are known not to do: for most plans nothing, and then nobody has to ask what a call needs.
    let cannot: Abilities

    init(_ plan: Plan, _ facts: [ModelFacts]) {
        (self.plan, self.facts) = (plan, facts)
        smallestWindow = facts.compactMap(\.contextWindow).min() ?? .max
        cannot = facts.reduce(into: []) { $0.formUnion($1.cannot) }
    }

    /// The plan less the targets that are known not to be able to answer a call.
    ///
    /// - Parameters:
    ///   - needs: What the call needs beside text.
    ///   - tokens: About how long its input is.
    func plan(for needs: Abilities, tokens: Int) -> Result<Plan, Incapable> {
        var able: [Target] = []
        var lacking: Abilities = []
        var widest = 0
        for (target, facts) in zip(plan.targets, facts) {
            let lacks = facts.cannot.intersection(needs)
            let window = facts.contextWindow ?? .max
            if lacks.isEmpty, tokens <= window {
                able.append(target)
            } else {
                lacking.formUnion(lacks)
                if tokens > window { widest = max(widest, window) }
            }
        }
        guard able.isEmpty else {
            var plan = plan
            plan.targets = able
            return .success(plan)
        }
        return .failure(Incapable(lacking: lacking, window: widest > 0 ? widest : nil, tokens: tokens))
    }
}

/// Why none of a plan's targets can answer a call.
struct Incapable: Error, Sendable, Equatable {
    /// What the call needs and the one or the other target doesn't do.
    let lacking: Abilities
    /// The largest window among the targets for which the call is too long; nil: it is too long for none.
    let window: Int?
    /// About how long the call's input is, in tokens.
    let tokens: Int
}
