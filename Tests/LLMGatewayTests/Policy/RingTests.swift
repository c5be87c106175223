import Testing

@testable import LLMGateway

@Suite struct RingTests {
    @Test func `the last so many are there, the oldest first`() {
        for capacity in 1...7 {
            var ring = Ring<Int>(capacity: capacity)
            #expect(ring.all.isEmpty && ring.oldest == nil)
            for number in 0..<30 {
                ring.append(number)
                let expected = Array(max(0, number - capacity + 1)...number)
                #expect(ring.all == expected && ring.oldest == expected.first && ring.count == expected.count)
            }
        }
    }

    @Test func `who has gone is let go of`() {
        final class Thing {}
        var ring = Ring<Thing>(capacity: 2)
        weak var first: Thing?
        do {
            let thing = Thing()
            first = thing
            ring.append(thing)
        }
        ring.append(Thing())
        #expect(first != nil)
        ring.append(Thing())
        #expect(first == nil && ring.count == 2)
    }
}
