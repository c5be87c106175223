import Testing

@testable import LLMGateway

@Suite struct BackoffTests {
    let backoff = Backoff(baseDelay: .milliseconds(100), maxDelay: .seconds(5))

    @Test(arguments: [(1, 100), (2, 200), (3, 400), (6, 3200), (7, 5000), (1000, 5000)])
    func `a pause is random below a bound that doubles up to the longest`(failures: Int, bound: Int) {
        var random = SeededGenerator(seed: 3)
        let pauses = (0..<2000).compactMap { _ in
            backoff.pause(afterFailures: failures, retryAfter: nil, using: &random)
        }
        #expect(pauses.count == 2000)
        #expect(pauses.allSatisfy { $0 >= .zero && $0 < .milliseconds(bound) })
        // Full jitter: the whole range is used, evenly.
        let mean = pauses.reduce(.zero, +) / 2000
        #expect(mean > .milliseconds(bound) * 0.47 && mean < .milliseconds(bound) * 0.53)
        #expect(pauses.contains { $0 < .milliseconds(bound) * 0.02 })
    }

    @Test func `what the target asked for is waited out, and not much more`() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<500 {
            let pause = backoff.pause(afterFailures: 1, retryAfter: .seconds(2), using: &random) ?? .zero
            #expect(pause >= .seconds(2) && pause < .milliseconds(2100))
        }
        #expect(backoff.pause(afterFailures: 3, retryAfter: .zero, using: &random) == .zero)
    }

    @Test func `a target that asks for more than the longest pause is not waited for`() {
        var random = SeededGenerator(seed: 5)
        #expect(backoff.pause(afterFailures: 1, retryAfter: .seconds(5), using: &random) != nil)
        #expect(backoff.pause(afterFailures: 1, retryAfter: .milliseconds(5001), using: &random) == nil)
    }

    @Test func `without delays there are no pauses`() {
        var random = SeededGenerator(seed: 6)
        let none = Backoff(baseDelay: .zero, maxDelay: .zero)
        #expect(none.pause(afterFailures: 9, retryAfter: nil, using: &random) == .zero)
    }
}
