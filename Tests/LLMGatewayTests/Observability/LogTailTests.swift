import Testing

@testable import LLMGateway

@Suite struct LogTailTests {
    private func lines(_ tail: LogTail, _ count: Int = 1000) -> [String] {
        tail.last(count).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `the newest lines are the last, and no more than asked for`() {
        let tail = LogTail()
        #expect(lines(tail).isEmpty)
        tail.append(Array("a\nb\n".utf8))
        tail.append(Array("c\n\n".utf8))
        #expect(lines(tail) == ["a", "b", "c", ""])
        #expect(lines(tail, 2) == ["c", ""])
    }

    @Test func `however much is logged, it holds twice its capacity at most, in whole lines`() {
        let tail = LogTail(capacity: 100)
        for number in 0..<1000 {
            tail.append(Array("line \(number)\nand \(number)\n".utf8))
            let kept = lines(tail)
            #expect(kept.reduce(0) { $0 + $1.utf8.count + 1 } <= 200)
            #expect(kept.last == "and \(number)")
            #expect(kept.allSatisfy { $0.hasPrefix("line ") || $0.hasPrefix("and ") })
        }
        #expect(lines(tail).count > 8, "what fits is kept")
    }

    @Test func `a batch larger than all that is kept leaves its own end`() {
        let tail = LogTail(capacity: 30)
        tail.append(Array("before\n".utf8))
        let batch = (10..<60).map { "line \($0)\n" }.joined()
        tail.append(Array(batch.utf8))
        #expect(lines(tail) == ["line 57", "line 58", "line 59"])
        tail.append(Array((String(repeating: "x", count: 500) + "\n").utf8))
        #expect(lines(tail).isEmpty, "a line that is too long is not cut in two")
        tail.append(Array("after\n".utf8))
        #expect(lines(tail) == ["after"])
    }

    @Test func `more than a thousand lines are not handed out`() {
        let tail = LogTail()
        tail.append(Array((0..<1500).map { "\($0)\n" }.joined().utf8))
        #expect(lines(tail, 5000).count == 1000 && lines(tail).last == "1499" && lines(tail).first == "500")
    }
}
