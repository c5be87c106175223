import Testing

@testable import LLMGateway

@Suite struct ConcurrencyLimitTests {
    private typealias Limit = ConcurrencyLimit<String, Int>

    private func limit(_ limit: Int, queue: Int = 10, longestWait: Duration = .seconds(10)) -> Limit {
        Limit(limit: limit, queue: queue, longestWait: longestWait)
    }

    private func isAdmitted(_ limit: inout Limit, _ place: Int = 0, by key: String = "a") -> Bool {
        if case .admit = limit.enter(place, by: key) { true } else { false }
    }

    private func ticket(_ limit: inout Limit, _ place: Int, by key: String = "a") -> FairQueue<String, Int>.Ticket? {
        if case .wait(let ticket) = limit.enter(place, by: key) { ticket } else { nil }
    }

    @Test func `as many as the limit go ahead, the others wait for one to leave`() {
        var limit = limit(2)
        #expect(isAdmitted(&limit))
        #expect(isAdmitted(&limit))
        #expect(ticket(&limit, 7) != nil)
        #expect(limit.next() == nil)
        limit.leave()
        #expect(limit.next() == 7)
        #expect(limit.next() == nil)
        #expect(limit.inFlight == 2)
    }

    @Test func `keys take turns, however many calls one of them has waiting`() {
        var limit = limit(1)
        #expect(isAdmitted(&limit))
        for place in 1...3 { _ = ticket(&limit, place, by: "greedy") }
        _ = ticket(&limit, 10, by: "modest")
        var turns: [Int] = []
        for _ in 0..<4 {
            limit.leave()
            if let next = limit.next() { turns.append(next) }
        }
        #expect(turns == [1, 10, 2, 3])
    }

    @Test func `who has given up is passed over, and can't give up twice`() throws {
        var limit = limit(1)
        #expect(isAdmitted(&limit))
        let first = try #require(ticket(&limit, 1))
        _ = ticket(&limit, 2)
        let gaveUp = [limit.giveUp(first), limit.giveUp(first)]
        #expect(gaveUp == [true, false])
        limit.leave()
        #expect(limit.next() == 2)
    }

    @Test func `beyond the queue callers are refused, and so is everybody who may not wait at all`() {
        var full = limit(1, queue: 1)
        #expect(isAdmitted(&full))
        #expect(ticket(&full, 1) != nil)
        #expect(ticket(&full, 2) == nil)
        var impatient = limit(1, longestWait: .zero)
        #expect(isAdmitted(&impatient))
        #expect(ticket(&impatient, 1) == nil)
        #expect(impatient.queue.isEmpty)
    }

    @Test func `a limit that was raised lets in who waits before who comes`() {
        var limit = limit(1)
        #expect(isAdmitted(&limit))
        _ = ticket(&limit, 1)
        limit.follow(limit: 2, queue: 10, longestWait: .seconds(1))
        #expect(!isAdmitted(&limit, 2))
        #expect(limit.next() == 1)
        #expect(limit.next() == nil)
    }
}
