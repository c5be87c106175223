import Testing

@testable import LLMGateway

@Suite struct HedgeTests {
    let start = Instant.now

    private func racing() -> Hedge {
        var hedge = Hedge(after: .seconds(2), from: start)
        #expect(hedge.startsSecond(at: start + .seconds(2)) { true })
        return hedge
    }

    @Test func `an answer in time needs no second`() {
        var hedge = Hedge(after: .seconds(2), from: start)
        #expect(
            !hedge.startsSecond(at: start + .seconds(1)) {
                Issue.record("nobody needs it"); return true
            })
        #expect(hedge.answered(.first) == .relay)
        #expect(!hedge.startsSecond(at: start + .seconds(3)) { true })
    }

    @Test(arguments: [Hedge.Side.first, .second])
    func `of two the first to answer is passed on, and the other is cancelled and not heard again`(winner: Hedge.Side) {
        var hedge = racing()
        #expect(hedge.answered(winner) == .relayAndCancelOther)
        #expect(hedge.answered(winner.other) == .ignore)
        #expect(hedge.failed(winner.other) == .ignore)
    }

    @Test(arguments: [Hedge.Side.first, .second])
    func `when one fails the other is waited for`(loser: Hedge.Side) {
        var hedge = racing()
        #expect(hedge.failed(loser) == .wait)
        #expect(hedge.failed(loser) == .ignore)
        #expect(hedge.answered(loser.other) == .relay)

        var unlucky = racing()
        #expect(unlucky.failed(loser) == .wait)
        #expect(unlucky.failed(loser.other) == .fail)
    }

    @Test func `a failure before the second is sent is an ordinary one`() {
        var hedge = Hedge(after: .seconds(2), from: start)
        #expect(hedge.failed(.first) == .fail)
        #expect(!hedge.startsSecond(at: start + .seconds(3)) { true })
    }

    @Test func `without another target there is no second, until there is one`() {
        var hedge = Hedge(after: .seconds(2), from: start)
        #expect(!hedge.startsSecond(at: hedge.dueAt) { false })
        #expect(hedge.startsSecond(at: hedge.dueAt + .seconds(1)) { true })
        #expect(!hedge.startsSecond(at: hedge.dueAt + .seconds(2)) { true }, "two are enough")
    }

    @Test(arguments: 1...200)
    func `whatever happens, one answer or one failure is passed on`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var hedge = Hedge(after: .seconds(1), from: start)
        var running: [Hedge.Side] = [.first]
        var ends = 0
        var now = start
        while !running.isEmpty {
            now += .milliseconds(300)
            if Bool.random(using: &random), hedge.startsSecond(at: now, takeTarget: { true }) {
                running.append(.second)
            }
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            let side = running.remove(at: Int.random(in: running.indices, using: &random))
            switch Bool.random(using: &random) ? hedge.answered(side) : hedge.failed(side) {
            case .relay, .fail: ends += 1
            case .relayAndCancelOther:
                ends += 1
                #expect(running == [side.other])
            case .wait: #expect(running == [side.other])
            case .ignore: #expect(ends == 1)
            }
        }
        #expect(ends == 1)
    }
}
