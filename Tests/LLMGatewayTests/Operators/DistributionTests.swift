import Testing

@testable import LLMGateway

@Suite struct DistributionTests {
    private func distribution(_ counts: UInt64...) -> Distribution {
        var distribution = Distribution(bounds: [1, 2, 4])
        distribution.add(counts)
        return distribution
    }

    @Test func `nothing measured has no percentiles`() {
        #expect(distribution(0, 0, 0, 0).quantile(0.5) == nil && Distribution(bounds: []).quantile(0.5) == nil)
    }

    @Test func `values are taken to be evenly spread within a bucket`() {
        let even = distribution(10, 10, 20, 0)
        #expect(even.quantile(0.25) == 1 && even.quantile(0.5) == 2)
        #expect(even.quantile(0.125) == 0.5 && even.quantile(0.75) == 3 && even.quantile(1) == 4)
        #expect(distribution(0, 4, 0, 0).quantile(0.5) == 1.5)
    }

    @Test func `above the last bound nobody knows how far`() {
        #expect(distribution(1, 0, 0, 9).quantile(0.9) == 4 && distribution(0, 0, 0, 1).quantile(0.5) == 4)
    }

    @Test func `quantiles rise with the share and stay within the buckets that were hit`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            var distribution = Distribution(bounds: [1, 2, 4])
            distribution.add((0..<4).map { _ in UInt64.random(in: 0...5, using: &random) })
            guard distribution.count > 0 else { continue }
            let values = stride(from: 0.0, through: 1, by: 0.05).compactMap(distribution.quantile)
            #expect(values.count == 21 && zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(values.allSatisfy { (0...4).contains($0) })
        }
    }

    @Test func `what was measured since is the difference, and never less than nothing`() {
        let difference = distribution(5, 6, 7, 8) - distribution(1, 6, 0, 9)
        #expect(difference.counts == [4, 0, 7, 0] && difference.count == 11)
    }
}

@Suite struct FiguresTests {
    @Test func `what was counted since is the difference`() {
        var (now, before) = (Figures(), Figures())
        for outcome in Outcome.allCases { now.outcomes[outcome] = 5 }
        (before.outcomes[.ok], before.outcomes[.timeout], before.outcomes[.rejected]) = (2, 1, 7)
        (now[.input], now[.cachedInput], now[.output], now.cost) = (100, 20, 9, 1.5)
        (before[.input], before[.output], before.cost) = (60, 9, 0.5)
        let difference = now - before
        #expect(
            difference.outcomes[.ok] == 3 && difference.outcomes[.timeout] == 4 && difference.outcomes[.rejected] == 0)
        #expect(difference.outcomes.requests == 22 && difference.outcomes.errors == 9)
        #expect(difference.input == 60 && difference[.output] == 0 && difference.cost == 1)
    }
}

@Suite struct ReadingHistoryTests {
    private let start = Instant.now

    @Test func `one compares with the newest that is old enough, or with the oldest that there is`() {
        var history = ReadingHistory<Int>(reach: .seconds(300))
        #expect(history.entry(atLeast: .seconds(60), before: start) == nil)
        for second in stride(from: 0, through: 1000, by: 10) {
            let now = start + .seconds(second)
            history.add(second, at: now)
            #expect(history.entry(atLeast: .seconds(60), before: now)?.reading == max(0, second - 60))
            #expect(history.entry(atLeast: .seconds(300), before: now)?.reading == max(0, second - 300))
        }
        let later = start + .seconds(1007)
        #expect(history.entry(atLeast: .seconds(60), before: later)?.reading == 940)
        #expect(history.entry(atLeast: .seconds(300), before: later)?.reading == 700)
    }

    @Test func `it reaches no further back than needed`() {
        var history = ReadingHistory<Int>(reach: .seconds(30))
        for second in 0..<100 { history.add(second, at: start + .seconds(second)) }
        #expect(history.entry(atLeast: .seconds(1000), before: start + .seconds(99))?.reading == 69)
    }
}
