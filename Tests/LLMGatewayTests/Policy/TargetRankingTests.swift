import Testing

@testable import LLMGateway

@Suite struct TargetRankingTests {
    private func rank(
        _ targets: [TargetStanding], _ strategy: ChoiceStrategy, preferred: Int? = nil, seed: UInt64 = 1
    ) -> TargetRanking {
        var random = SeededGenerator(seed: seed)
        return TargetRanking(of: targets, by: strategy, preferred: preferred, using: &random)
    }

    /// How often each target comes first.
    private func shares(_ targets: [TargetStanding], _ strategy: ChoiceStrategy) -> [Double] {
        var random = SeededGenerator(seed: 11)
        var first = targets.map { _ in 0.0 }
        for _ in 0..<20_000 {
            let ranking = TargetRanking(of: targets, by: strategy, using: &random)
            first[ranking.order[0]] += 1 / 20_000
        }
        return first
    }

    @Test func `by priority targets come as they are listed`() {
        #expect(rank(Array(repeating: TargetStanding(), count: 4), .priority).order == [0, 1, 2, 3])
    }

    @Test func `by weight they come first in proportion`() {
        let shares = shares(
            [TargetStanding(weight: 6), TargetStanding(weight: 3), TargetStanding(weight: 1)], .weighted)
        for (share, expected) in zip(shares, [0.6, 0.3, 0.1]) { #expect(abs(share - expected) < 0.02) }
    }

    @Test func `without weight a target comes last, and all without weight as they are listed`() {
        for seed in 1...100 {
            let targets = [TargetStanding(weight: 0), TargetStanding(weight: 1), TargetStanding(weight: 2)]
            #expect(rank(targets, .weighted, seed: UInt64(seed)).order.last == 0)
        }
        #expect(rank([TargetStanding(weight: 0), TargetStanding(weight: 0)], .weighted).order == [0, 1])
    }

    @Test func `by price the cheapest comes first, equals as they are listed, unknown prices last`() {
        let prices: [Int64?] = [nil, 30, 10, 30, 0, nil]
        #expect(rank(prices.map { TargetStanding(price: $0) }, .cheapest).order == [4, 2, 1, 3, 0, 5])
    }

    @Test(arguments: [ChoiceStrategy.leastBusy, .leastLatency])
    func `of two the better one comes first, always`(strategy: ChoiceStrategy) {
        let targets = [TargetStanding(inFlight: 3, cost: 0.5), TargetStanding(inFlight: 2, cost: 0.4)]
        for seed in 1...50 { #expect(rank(targets, strategy, seed: UInt64(seed)).order == [1, 0]) }
    }

    @Test func `of many, two are compared: the best comes first most often, the worst never`() {
        let shares = shares((0..<5).map { TargetStanding(inFlight: $0) }, .leastBusy)
        // Of the ten pairs four hold the best, three the second, and so on.
        for (share, expected) in zip(shares, [0.4, 0.3, 0.2, 0.1, 0]) { #expect(abs(share - expected) < 0.02) }
    }

    @Test func `equals are chosen evenly`() {
        for share in shares(Array(repeating: TargetStanding(), count: 4), .leastLatency) {
            #expect(abs(share - 0.25) < 0.02)
        }
    }

    @Test func `what stands in a target's way puts it last, or out, and is said`() {
        let targets = [
            TargetStanding(obstacle: .breakerOpen), TargetStanding(obstacle: .lacks("images")),
            TargetStanding(obstacle: .notReady), TargetStanding(),
        ]
        for strategy in ChoiceStrategy.allCases {
            let ranking = rank(targets, strategy)
            #expect(ranking.order == [3, 2, 0])
            #expect(ranking.usableCount == 1)
            #expect(ranking.skipped.map(\.target) == [0, 1, 2])
            #expect(ranking.skipped.map(\.why) == [.breakerOpen, .lacks("images"), .notReady])
        }
        #expect(Obstacle.lacks("images").description == "does not take images")
    }

    @Test func `when all are passed over they are tried all the same, but not where the call can't go`() {
        let ranking = rank([TargetStanding(obstacle: .notReady), TargetStanding(obstacle: .breakerOpen)], .priority)
        #expect(ranking.order == [0, 1])
        #expect(ranking.usableCount == 0)
        #expect(rank([TargetStanding(obstacle: .lacks("tools"))], .priority).order.isEmpty)
    }

    @Test func `the preferred target comes first unless something stands in its way`() {
        let targets = [TargetStanding(), TargetStanding(), TargetStanding(obstacle: .notReady)]
        #expect(rank(targets, .priority, preferred: 1).order == [1, 0, 2])
        #expect(rank(targets, .priority, preferred: 0).order == [0, 1, 2])
        #expect(rank(targets, .priority, preferred: 2).order == [0, 1, 2])
    }

    @Test(arguments: 1...200)
    func `every target that can take the call is there once, those without obstacle first`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let obstacles: [Obstacle?] = [nil, nil, nil, .notReady, .breakerOpen, .lacks("audio")]
        let targets = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            TargetStanding(
                weight: Int.random(in: 0...3, using: &random), price: Int64.random(in: 0...3, using: &random),
                inFlight: Int.random(in: 0...3, using: &random), cost: Double.random(in: 0...3, using: &random),
                obstacle: obstacles.randomElement(using: &random) ?? nil)
        }
        for strategy in ChoiceStrategy.allCases {
            let ranking = TargetRanking(of: targets, by: strategy, preferred: 0, using: &random)
            let takers = targets.indices.filter { targets[$0].obstacle != .lacks("audio") }
            #expect(ranking.order.sorted() == takers)
            #expect(ranking.order.prefix(ranking.usableCount).allSatisfy { targets[$0].obstacle == nil })
            #expect(ranking.usableCount + ranking.skipped.count == targets.count)
            let spare = ranking.order.dropFirst(ranking.usableCount).map { targets[$0].obstacle }
            #expect(spare == spare.filter { $0 == .notReady } + spare.filter { $0 == .breakerOpen })
        }
    }

    @Test(arguments: [ChoiceStrategy.leastBusy, .leastLatency])
    func `with two choices no target gets far ahead of the others`(strategy: ChoiceStrategy) {
        var random = SeededGenerator(seed: 5)
        var targets = Array(repeating: TargetStanding(), count: 10)
        for _ in 0..<10_000 {
            let chosen = TargetRanking(of: targets, by: strategy, using: &random).order[0]
            targets[chosen].inFlight += 1
            targets[chosen].cost += 1
        }
        let loads = targets.map(\.inFlight)
        #expect((loads.max() ?? 0) - (loads.min() ?? 0) < 12, "one choice would spread them by more than a hundred")
    }
}
