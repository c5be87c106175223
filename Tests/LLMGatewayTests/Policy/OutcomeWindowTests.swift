import Testing

@testable import LLMGateway

@Suite struct OutcomeWindowTests {
    let start = Instant.now

    @Test func `what is older than the window is forgotten, what is younger than nine tenths of it is not`() {
        var window = OutcomeWindow(.seconds(30), from: start)
        window.record(failed: true, at: start)
        window.record(failed: false, at: start + .seconds(27) - .nanoseconds(1))
        #expect((window.calls, window.failures) == (2, 1))
        window.record(failed: false, at: start + .seconds(30))
        #expect((window.calls, window.failures) == (2, 0))
        window.record(failed: true, at: start + .seconds(3000))
        #expect((window.calls, window.failures) == (1, 1))
        #expect(window.failureRate == 1)
    }

    @Test func `without calls there is no rate, and a clock that goes back adds to the newest part`() {
        var window = OutcomeWindow(.seconds(30), from: start)
        #expect(window.failureRate == 0)
        window.record(failed: true, at: start + .seconds(60))
        window.record(failed: false, at: start)
        #expect(window.failureRate == 0.5)
    }

    @Test(arguments: 1...10)
    func `it counts what a list of everything would count`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var window = OutcomeWindow(.seconds(10), from: start)
        var all: [(part: Int, failed: Bool)] = []
        var milliseconds = 0
        for _ in 0..<1000 {
            milliseconds += Int.random(
                in: 0..<(Int.random(in: 0..<50, using: &random) == 0 ? 15_000 : 120), using: &random)
            let failed = Bool.random(using: &random)
            window.record(failed: failed, at: start + .milliseconds(milliseconds))
            all.append((milliseconds / 1000, failed))
            let seen = all.suffix(500).filter { $0.part > milliseconds / 1000 - 10 }
            #expect(window.calls == seen.count)
            #expect(window.failures == seen.count { $0.failed })
        }
    }
}
