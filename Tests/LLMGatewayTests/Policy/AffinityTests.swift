import Testing

@testable import LLMGateway

@Suite struct AffinityTests {
    let start = Instant.now

    private func targets(_ names: String...) -> [UInt64] { names.map { Affinity.fingerprint($0.utf8) } }

    private func rendezvous(_ conversation: UInt64, _ targets: [UInt64], weights: [Int]? = nil) -> Int? {
        let weights = weights ?? targets.map { _ in 1 }
        return Affinity.rendezvous(
            of: conversation, among: zip(targets, weights).map { (fingerprint: $0, weight: $1) })
    }

    @Test func `a conversation stays with the target that served it last`() {
        var affinity = Affinity(at: start)
        let plan = targets("a", "b", "c")
        #expect(affinity.target(of: 7, among: plan, at: start) == nil)
        affinity.served(7, by: plan[2], at: start)
        #expect(affinity.target(of: 7, among: plan, at: start) == 2)
        affinity.served(7, by: plan[1], at: start)
        #expect(affinity.target(of: 7, among: plan, at: start) == 1)
        #expect(affinity.target(of: 7, among: targets("a", "c"), at: start) == nil, "that target is gone")
        #expect(affinity.target(of: 8, among: plan, at: start) == nil)
    }

    @Test func `what is talked about is remembered, what was silent is forgotten`() {
        var affinity = Affinity(lifetime: .seconds(60), at: start)
        affinity.served(1, by: 10, at: start)
        affinity.served(2, by: 10, at: start)
        for minute in 1...5 {
            let now = start + .seconds(minute * 60)
            #expect(affinity.target(of: 1, among: [10], at: now) == 0)
            affinity.served(1, by: 10, at: now)
        }
        #expect(affinity.target(of: 2, among: [10], at: start + .seconds(300)) == nil)
        #expect(affinity.target(of: 1, among: [10], at: start + .seconds(1000)) == nil)
    }

    @Test func `memory is bounded, and the latest are remembered`() {
        var affinity = Affinity(limit: 100, at: start)
        var mostKept = 0
        for conversation in 0..<10_000 {
            affinity.served(UInt64(conversation), by: 1, at: start)
            mostKept = max(mostKept, affinity.count)
        }
        #expect(mostKept <= 100)
        #expect((9950..<10_000).allSatisfy { affinity.target(of: UInt64($0), among: [1], at: start) == 0 })
    }

    @Test func `new conversations spread by weight, the same one always to the same target`() {
        let plan = targets("openai/gpt-4o", "azure/gpt-4o", "vertex/gemini")
        var counts = [0.0, 0, 0]
        for conversation in 0..<20_000 {
            let fingerprint = Affinity.fingerprint("session \(conversation)".utf8)
            guard let chosen = rendezvous(fingerprint, plan, weights: [5, 3, 2]) else { continue }
            #expect(rendezvous(fingerprint, plan, weights: [5, 3, 2]) == chosen)
            counts[chosen] += 1 / 20_000
        }
        for (share, expected) in zip(counts, [0.5, 0.3, 0.2]) { #expect(abs(share - expected) < 0.02) }
    }

    @Test func `a target that goes moves its own conversations only`() {
        let plan = targets("a", "b", "c", "d")
        var moved = [0, 0, 0]
        var movedForNothing = 0
        for conversation in 0..<4000 as Range<UInt64> {
            guard let before = rendezvous(conversation, plan),
                let after = rendezvous(conversation, Array(plan.dropLast()))
            else { continue }
            if before == 3 { moved[after] += 1 } else if after != before { movedForNothing += 1 }
        }
        #expect(movedForNothing == 0)
        #expect(moved.allSatisfy { $0 > 250 }, "and they spread over the rest")
    }

    @Test func `a target without weight gets no new conversation`() {
        #expect((0..<500).allSatisfy { rendezvous($0, [1, 2], weights: [0, 1]) == 1 })
        #expect(rendezvous(3, [1, 2], weights: [0, 0]) == nil)
        #expect(rendezvous(3, []) == nil)
    }

    @Test func `a fingerprint is the same in every process`() {
        #expect(Affinity.fingerprint("conversation".utf8) == 0xF017D12162238C46)
        #expect(Affinity.fingerprint("".utf8) != Affinity.fingerprint("\0".utf8))
    }
}
