import Testing
import WireFormats

@testable import LLMGateway

@Suite struct AttemptVerdictTests {
    private func verdict(_ status: Int, shouldRetry: Bool? = nil, mayChange: Bool = false) -> AttemptVerdict {
        AttemptVerdict(.answered(status: status, shouldRetry: shouldRetry), mayChangeCredential: mayChange)
    }

    @Test(arguments: [408, 409, 425, 429, 500, 502, 503, 504, 529])
    func `a passing trouble moves on to the next target`(status: Int) {
        #expect(verdict(status) == .tryNextTarget)
        #expect(verdict(status, shouldRetry: false) == .tryNextTarget)
    }

    @Test(arguments: [301, 304, 400, 401, 402, 403, 404, 405, 410, 413, 422, 451, 501, 505])
    func `anything else is final, unless the upstream asks for another try`(status: Int) {
        #expect(verdict(status) == .giveUp)
        #expect(verdict(status, shouldRetry: true) == .tryNextTarget)
    }

    @Test(arguments: [401, 403, 429])
    func `what is about a credential is tried once with another`(status: Int) {
        #expect(verdict(status, mayChange: true) == .tryAnotherCredential)
        #expect(verdict(500, mayChange: true) == .tryNextTarget)
    }

    @Test func `a success is accepted`() {
        #expect(verdict(200) == .accept)
        #expect(verdict(204, shouldRetry: true, mayChange: true) == .accept)
    }

    @Test func `a connection's failure moves on, a spent deadline or nonsense doesn't`() {
        let results: [AttemptOutcome] = [.connectFailed, .reset, .firstByteTimedOut, .deadlinePassed, .unreadable]
        let verdicts = results.map { AttemptVerdict($0, mayChangeCredential: true) }
        #expect(verdicts == [.tryNextTarget, .tryNextTarget, .tryNextTarget, .giveUp, .giveUp])
    }

    @Test func `the same target is not asked again by a call that it told so`() {
        #expect(!AttemptOutcome.answered(status: 429, shouldRetry: false).mayRepeat)
        #expect(AttemptOutcome.answered(status: 429, shouldRetry: true).mayRepeat)
        #expect(AttemptOutcome.answered(status: 503, shouldRetry: nil).mayRepeat)
        #expect(AttemptOutcome.connectFailed.mayRepeat)
    }
}
