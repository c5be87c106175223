import Testing

@testable import LLMGateway

@Suite struct RetrySequenceTests {
    let start = Instant.now
    let backoff = Backoff(baseDelay: .milliseconds(100), maxDelay: .seconds(5))

    private func sequence(_ providers: [Int], maxAttempts: Int = 3, total: Duration = .seconds(600)) -> RetrySequence {
        RetrySequence(maxAttempts: maxAttempts, backoff: backoff, providers: providers, deadline: start + total)
    }

    private func failure(of target: Int, mayRepeat: Bool = true, retryAfter: Duration? = nil) -> RetrySequence.Attempt {
        RetrySequence.Attempt(target: target, verdict: .tryNextTarget, mayRepeat: mayRepeat, retryAfter: retryAfter)
    }

    /// `ended`, with randomness that doesn't matter and a budget that has enough.
    private func decide(
        _ sequence: inout RetrySequence, _ attempt: RetrySequence.Attempt, attempts: Int, after: Duration = .zero,
        takeRetry: (Int) -> Bool = { _ in true }
    ) -> RetryDecision {
        var random = SeededGenerator(seed: 1)
        return sequence.ended(attempt, attempts: attempts, at: start + after, using: &random, takeRetry: takeRetry)
    }

    @Test func `another target is tried first, at once and without a charge`() {
        var sequence = sequence([0, 1, 2])
        let isCharged: (Int) -> Bool = { _ in
            Issue.record("failing over was charged")
            return false
        }
        #expect(
            decide(&sequence, failure(of: 0), attempts: 1, takeRetry: isCharged) == .tryTarget(1, after: .zero))
        #expect(
            decide(&sequence, failure(of: 1), attempts: 2, takeRetry: isCharged) == .tryTarget(2, after: .zero))
    }

    @Test func `the only target is tried again after a pause, as often as allowed`() throws {
        var sequence = sequence([7])
        for attempts in 1...2 {
            let decision = decide(&sequence, failure(of: 0), attempts: attempts)
            guard case .tryTarget(0, let pause) = decision else {
                Issue.record("\(decision)")
                return
            }
            #expect(pause > .zero && pause < .milliseconds(100 * attempts))
        }
        #expect(decide(&sequence, failure(of: 0), attempts: 3) == .stop(.attemptsSpent))
    }

    @Test func `every target is tried, however few attempts there are`() {
        var sequence = sequence([0, 1, 2], maxAttempts: 1)
        #expect(decide(&sequence, failure(of: 0), attempts: 1) == .tryTarget(1, after: .zero))
        #expect(decide(&sequence, failure(of: 1), attempts: 2) == .tryTarget(2, after: .zero))
        #expect(decide(&sequence, failure(of: 2), attempts: 3) == .stop(.attemptsSpent))
    }

    @Test func `targets with an obstacle are tried when there are attempts left, and allow no more of them`() {
        var sequence = RetrySequence(
            maxAttempts: 2, backoff: backoff, providers: [0, 1, 2], usable: 1, deadline: start + .seconds(60))
        #expect(decide(&sequence, failure(of: 0), attempts: 1) == .tryTarget(1, after: .zero))
        #expect(decide(&sequence, failure(of: 1), attempts: 2) == .stop(.attemptsSpent))
    }

    @Test func `when all have failed, the one whose pause ends first is next`() {
        var sequence = sequence([0, 1], maxAttempts: 5)
        #expect(decide(&sequence, failure(of: 0, retryAfter: .seconds(2)), attempts: 1) == .tryTarget(1, after: .zero))
        guard case .tryTarget(1, let pause) = decide(&sequence, failure(of: 1), attempts: 2) else {
            Issue.record("the other one asked for two seconds")
            return
        }
        #expect(pause < .milliseconds(100))
    }

    @Test func `a pause counts from the failure`() {
        var sequence = sequence([0, 1], maxAttempts: 5)
        _ = decide(&sequence, failure(of: 0, retryAfter: .seconds(2)), attempts: 1)
        // The other one took five seconds to fail.
        #expect(
            decide(&sequence, failure(of: 1, retryAfter: .seconds(1)), attempts: 2, after: .seconds(5))
                == .tryTarget(0, after: .zero))
    }

    @Test func `a target that asks for too long a pause, or not to be asked again, is left out`() {
        var patient = sequence([0])
        #expect(decide(&patient, failure(of: 0, retryAfter: .seconds(60)), attempts: 1) == .stop(.noTargetLeft))

        var told = sequence([0, 1], maxAttempts: 5)
        #expect(decide(&told, failure(of: 0, mayRepeat: false), attempts: 1) == .tryTarget(1, after: .zero))
        guard case .tryTarget(1, _) = decide(&told, failure(of: 1), attempts: 2) else {
            Issue.record("the first one doesn't want to be asked again")
            return
        }
    }

    @Test func `a second attempt at the same provider is charged, at another target of it too`() {
        var sequence = sequence([4, 4])
        var charged: [Int] = []
        let decision = decide(&sequence, failure(of: 0), attempts: 1) {
            charged.append($0); return true
        }
        #expect(decision == .tryTarget(1, after: .zero))
        #expect(charged == [4])
    }

    @Test func `a spent budget leaves the targets of other providers`() {
        var sequence = sequence([4, 4, 9])
        #expect(decide(&sequence, failure(of: 0), attempts: 1) { _ in false } == .tryTarget(2, after: .zero))
        #expect(decide(&sequence, failure(of: 2), attempts: 2) { _ in false } == .stop(.budgetSpent))
    }

    @Test func `a pause that outlasts the call is not begun`() {
        var sequence = sequence([0], total: .seconds(3))
        #expect(decide(&sequence, failure(of: 0, retryAfter: .seconds(4)), attempts: 1) == .stop(.noTimeLeft))
        var late = self.sequence([0, 1], total: .seconds(3))
        #expect(decide(&late, failure(of: 0), attempts: 1, after: .seconds(3)) == .stop(.noTimeLeft))
    }

    @Test func `what is settled is not tried again, and credentials are the attempt's own affair`() {
        var sequence = sequence([0, 1])
        var attempt = failure(of: 0)
        attempt.verdict = .accept
        #expect(decide(&sequence, attempt, attempts: 1) == .stop(.settled))
        attempt.verdict = .giveUp
        #expect(decide(&sequence, attempt, attempts: 1) == .stop(.settled))
        attempt.verdict = .tryAnotherCredential
        #expect(decide(&sequence, attempt, attempts: 1) == .tryAnotherCredential)
    }

    @Test func `a target that could not be sent to costs no attempt and is not asked again`() {
        var sequence = sequence([0, 1], maxAttempts: 2)
        #expect(sequence.skipped(0, attempts: 0, at: start) { _ in true } == .tryTarget(1, after: .zero))
        guard case .tryTarget(1, _) = decide(&sequence, failure(of: 1), attempts: 1) else {
            Issue.record("one attempt is left")
            return
        }
        #expect(sequence.skipped(1, attempts: 1, at: start) { _ in true } == .stop(.noTargetLeft))
    }

    @Test(arguments: 1...200)
    func `a call ends after no more attempts than it may make, and never waits past its deadline`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let providers = (0..<Int.random(in: 1...5, using: &random)).map { _ in Int.random(in: 0...2, using: &random) }
        let maxAttempts = Int.random(in: 1...6, using: &random)
        let deadline = start + .seconds(Int.random(in: 1...30, using: &random))
        var sequence = RetrySequence(
            maxAttempts: maxAttempts, backoff: backoff, providers: providers, deadline: deadline)
        var (now, attempts, target, credit) = (start, 0, 0, Int.random(in: 0...4, using: &random))
        var asked: Set<Int> = []
        var triedFirst: [Int] = []
        while true {
            let decision: RetryDecision
            let mayTake: (Int) -> Bool = { provider in
                #expect(asked.contains(provider), "the first attempt at a provider is free")
                credit -= 1
                return credit >= 0
            }
            if Int.random(in: 0..<8, using: &random) == 0 {
                decision = sequence.skipped(target, attempts: attempts, at: now, takeRetry: mayTake)
            } else {
                attempts += 1
                if !triedFirst.contains(target) { triedFirst.append(target) }
                asked.insert(providers[target])
                now += .milliseconds(Int.random(in: 0...2000, using: &random))
                let attempt = RetrySequence.Attempt(
                    target: target, verdict: .tryNextTarget, mayRepeat: Bool.random(using: &random),
                    retryAfter: Bool.random(using: &random) ? .seconds(Int.random(in: 0...8, using: &random)) : nil)
                decision = sequence.ended(attempt, attempts: attempts, at: now, using: &random, takeRetry: mayTake)
            }
            guard case .tryTarget(let next, let pause) = decision else { break }
            #expect(pause >= .zero && now + pause < deadline)
            #expect(providers.indices.contains(next))
            (now, target) = (now + pause, next)
        }
        #expect(attempts <= max(maxAttempts, providers.count))
        if Set(providers).count == providers.count { #expect(triedFirst == triedFirst.sorted(), "in their order") }
    }

    @Test func `a provider's own pauses count for it`() {
        var sequence = sequence([0])
        var attempt = failure(of: 0, retryAfter: .seconds(8))
        attempt.backoff = Backoff(baseDelay: .zero, maxDelay: .seconds(10))
        #expect(decide(&sequence, attempt, attempts: 1) == .tryTarget(0, after: .seconds(8)))
    }

    @Test func `a target that failed beside another counts as asked`() {
        var sequence = sequence([0, 1, 2])
        var random = SeededGenerator(seed: 1)
        sequence.note(failure(of: 0), at: start, using: &random)
        #expect(!sequence.isNew(0) && sequence.isNew(1))
        #expect(decide(&sequence, failure(of: 1), attempts: 2) == .tryTarget(2, after: .zero))
    }
}
