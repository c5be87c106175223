import Testing

@testable import LLMGateway

@Suite struct TraceSamplingTests {
    private func sampling(_ ratio: Double, alwaysAbove: Duration = .seconds(30)) -> TraceSampling {
        TraceSampling(ratio: ratio, alwaysAbove: alwaysAbove)
    }

    @Test(arguments: [0, 0.001, 0.1, 0.5, 0.9, 1]) func `about so many traces are sampled as the ratio says`(
        ratio: Double
    ) {
        var random = SeededGenerator(seed: 7)
        let sampling = sampling(ratio)
        let count = (0..<20_000).count { _ in sampling.samples(parent: nil, traceID: random.next()) }
        #expect(abs(Double(count) / 20_000 - ratio) < 0.015)
    }

    @Test func `none at 0 and all at 1, without exception`() {
        for low in [UInt64.min, 1, 1 << 55, (1 << 56) - 1, 1 << 56, .max] {
            #expect(!sampling(0).samples(parent: nil, traceID: low))
            #expect(sampling(1).samples(parent: nil, traceID: low))
        }
    }

    @Test func `what a lower ratio samples, a higher one does too`() {
        var random = SeededGenerator(seed: 8)
        for _ in 0..<5000 {
            let traceID = random.next()
            let ratios = [Double.random(in: 0...1, using: &random), .random(in: 0...1, using: &random)].sorted()
            let (low, high) = (sampling(ratios[0]), sampling(ratios[1]))
            if low.samples(parent: nil, traceID: traceID) { #expect(high.samples(parent: nil, traceID: traceID)) }
        }
    }

    @Test func `the same trace gets the same answer from every replica`() {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<1000 {
            let traceID = random.next()
            let answers = (0..<3).map { _ in sampling(0.37).samples(parent: nil, traceID: traceID) }
            #expect(Set(answers).count == 1)
        }
    }

    @Test func `a client that has a trace decides`() {
        #expect(sampling(0).samples(parent: true, traceID: 0))
        #expect(!sampling(1).samples(parent: false, traceID: .max))
    }

    @Test func `failures and what takes long are kept though they were not sampled`() {
        let sampling = sampling(0, alwaysAbove: .seconds(1))
        #expect(sampling.keeps(isSampled: false, isFailure: true, duration: .zero))
        #expect(sampling.keeps(isSampled: false, isFailure: false, duration: .milliseconds(1001)))
        #expect(!sampling.keeps(isSampled: false, isFailure: false, duration: .seconds(1)))
        #expect(sampling.keeps(isSampled: true, isFailure: false, duration: .zero))
    }

    @Test(arguments: [-1, Double.nan, -Double.infinity]) func `what is no ratio samples nothing`(ratio: Double) {
        #expect(!sampling(ratio).samples(parent: nil, traceID: .max))
        #expect(sampling(Double.infinity).samples(parent: nil, traceID: 0))
    }
}
