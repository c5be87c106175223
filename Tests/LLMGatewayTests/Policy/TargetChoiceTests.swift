import Testing

@testable import LLMGateway

@Suite struct TargetChoiceTests {
    private func plan(_ strategy: Plan.Strategy, weights: [Int]) -> Plan {
        let targets = weights.enumerated().map { index, weight in
            Target(provider: index, providerName: "p\(index)", model: "m", weight: weight)
        }
        return Plan(strategy: strategy, targets: targets, source: .configuredModel)
    }

    private func order(
        _ plan: Plan, _ random: inout SeededGenerator, isUsable: (Target) -> Bool = { _ in true }
    ) -> [Int] {
        TargetChoice.order(of: plan, using: &random, isUsable: isUsable).map(\.provider)
    }

    @Test func `by priority targets come in the order of the plan`() {
        var random = SeededGenerator(seed: 1)
        #expect(order(plan(.priority, weights: [1, 9, 5]), &random) == [0, 1, 2])
    }

    @Test func `a target that is not usable comes after all that are`() {
        var random = SeededGenerator(seed: 1)
        let priority = plan(.priority, weights: [1, 1, 1])
        #expect(order(priority, &random) { $0.provider != 0 } == [1, 2, 0])

        let weighted = plan(.weighted, weights: [1000, 1, 1])
        for _ in 0..<100 {
            #expect(order(weighted, &random) { $0.provider != 0 }.last == 0)
        }
    }

    @Test func `when none is usable all are tried as if they were`() {
        var random = SeededGenerator(seed: 1)
        #expect(order(plan(.priority, weights: [1, 1]), &random) { _ in false } == [0, 1])
        #expect(order(plan(.priority, weights: [1]), &random) { _ in false } == [0])
    }

    @Test func `by weight the first is drawn in proportion, and so is the second among the rest`() {
        var random = SeededGenerator(seed: 42)
        let plan = plan(.weighted, weights: [6, 3, 1])
        var first = [0, 0, 0]
        var secondAfterFirst = [0, 0, 0]
        let rounds = 30_000
        for _ in 0..<rounds {
            let order = order(plan, &random)
            #expect(Set(order) == [0, 1, 2])
            first[order[0]] += 1
            if order[0] == 0 { secondAfterFirst[order[1]] += 1 }
        }
        let shares = first.map { Double($0) / Double(rounds) }
        #expect(abs(shares[0] - 0.6) < 0.02 && abs(shares[1] - 0.3) < 0.02 && abs(shares[2] - 0.1) < 0.02)
        #expect(abs(Double(secondAfterFirst[1]) / Double(first[0]) - 0.75) < 0.02)
    }

    @Test func `a target without weight is only for when no other is left`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            #expect(order(plan(.weighted, weights: [0, 1, 1]), &random).last == 0)
        }
        #expect(order(plan(.weighted, weights: [0, 0]), &random) == [0, 1])
    }
}
