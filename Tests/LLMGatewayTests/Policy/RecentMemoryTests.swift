import Testing

@testable import LLMGateway

@Suite struct RecentMemoryTests {
    private typealias Memory = RecentMemory<Int, String>
    private let start = Instant.now

    private func memory(entries: Int = 3, weight: Int = 100, lifetime: Duration = .seconds(60)) -> Memory {
        Memory(Memory.Limits(entries: entries, weight: weight, lifetime: lifetime))
    }

    @Test func `what was kept is found, and the latest value counts`() {
        var memory = memory()
        memory.keep("a", weight: 1, for: 1, at: start)
        memory.keep("b", weight: 5, for: 1, at: start)
        #expect(memory.value(for: 1, at: start) == "b" && memory.value(for: 2, at: start) == nil)
        #expect(memory.count == 1 && memory.weight == 5)
    }

    @Test func `with too many entries the one that was used longest ago is forgotten`() {
        var memory = memory(entries: 2)
        memory.keep("a", weight: 1, for: 1, at: start)
        memory.keep("b", weight: 1, for: 2, at: start)
        #expect(memory.value(for: 1, at: start) == "a")
        memory.keep("c", weight: 1, for: 3, at: start)
        #expect(memory.value(for: 2, at: start) == nil)
        #expect(memory.value(for: 1, at: start) == "a" && memory.value(for: 3, at: start) == "c")
    }

    @Test func `a heavy entry drives out as many as it needs, and one heavier than all may be is not kept`() {
        var memory = memory(entries: 10, weight: 10)
        for key in 1...5 { memory.keep("\(key)", weight: 2, for: key, at: start) }
        memory.keep("heavy", weight: 7, for: 6, at: start)
        #expect(memory.count == 2 && memory.weight == 9 && memory.value(for: 5, at: start) == "5")
        memory.keep("too heavy", weight: 11, for: 5, at: start)
        #expect(memory.value(for: 5, at: start) == nil && memory.value(for: 6, at: start) == "heavy")
        #expect(memory.weight == 7)
    }

    @Test func `an entry lives for a time after its last use`() {
        var memory = memory(lifetime: .seconds(10))
        memory.keep("a", weight: 1, for: 1, at: start)
        memory.keep("b", weight: 1, for: 2, at: start)
        #expect(memory.value(for: 1, at: start + .seconds(9)) == "a")
        #expect(memory.value(for: 2, at: start + .seconds(10)) == nil)
        #expect(memory.count == 1)
        #expect(memory.value(for: 1, at: start + .seconds(18)) == "a")
        #expect(memory.value(for: 1, at: start + .seconds(28)) == nil)
        #expect(memory.count == 0 && memory.weight == 0)
    }

    @Test func `it does what a plain list would do, whatever comes`() {
        var random = SeededGenerator(seed: 7)
        var memory = memory(entries: 5, weight: 20, lifetime: .seconds(30))
        /// The one that was used last is the last.
        var list: [(key: Int, value: String, weight: Int, usedAt: Instant)] = []
        var now = start
        for step in 0..<20_000 {
            now += .milliseconds(Int.random(in: 0..<6000, using: &random))
            let key = Int.random(in: 0..<9, using: &random)
            list.removeAll { now - $0.usedAt >= .seconds(30) }
            if Bool.random(using: &random) {
                let weight = Int.random(in: 1...22, using: &random)
                memory.keep("\(step)", weight: weight, for: key, at: now)
                list.removeAll { $0.key == key }
                if weight <= 20 {
                    list.append((key, "\(step)", weight, now))
                    while list.count > 5 || list.reduce(0, { $0 + $1.weight }) > 20 { list.removeFirst() }
                }
            } else {
                let expected = list.firstIndex { $0.key == key }.map { list.remove(at: $0) }
                if let expected { list.append((key, expected.value, expected.weight, now)) }
                #expect(memory.value(for: key, at: now) == expected?.value)
            }
            #expect(memory.count == list.count && memory.weight == list.reduce(0) { $0 + $1.weight })
        }
    }
}
