/// Which of a plan's targets comes first, second, …
enum TargetChoice {
    /// The order in which to try a plan's targets: every one of them, once.
    ///
    /// Targets that are not usable come last, after all that are, in the same manner: they are skipped while another is
    /// left, but a plan never becomes empty.
    ///
    /// - Parameters:
    ///   - random: Drawn from once per position of a `weighted` plan of two targets or more; otherwise untouched.
    ///   - isUsable: Whether the target's provider is thought to be well. Called once per target, and not
    ///     for a single one.
    static func order(
        of plan: Plan, using random: inout some RandomNumberGenerator, isUsable: (Target) -> Bool
    ) -> [Target] {
        guard plan.targets.count > 1 else { return plan.targets }
        var usable: [Target] = []
        var spare: [Target] = []
        usable.reserveCapacity(plan.targets.count)
        for target in plan.targets {
            if isUsable(target) { usable.append(target) } else { spare.append(target) }
        }
        switch plan.strategy {
        case .priority: return usable + spare
        case .weighted: return shuffled(usable, using: &random) + shuffled(spare, using: &random)
        }
    }

    /// Each next one drawn by its weight among those that are left; those of no weight last, in their order.
    private static func shuffled(_ targets: [Target], using random: inout some RandomNumberGenerator) -> [Target] {
        var left = targets
        var total = left.reduce(0) { $0 + $1.weight }
        var order: [Target] = []
        order.reserveCapacity(left.count)
        while left.count > 1, total > 0 {
            var draw = Int.random(in: 0..<total, using: &random)
            let drawn = left.firstIndex { target in
                draw -= target.weight
                return draw < 0
            }
            let target = left.remove(at: drawn ?? 0)
            total -= target.weight
            order.append(target)
        }
        return order + left
    }
}
