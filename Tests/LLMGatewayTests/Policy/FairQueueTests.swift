import Testing

@testable import LLMGateway

@Suite struct FairQueueTests {
    private typealias Queue = FairQueue<String, Int>

    private func queue(limit: Int = 100) -> Queue { Queue(limit: limit) }

    @discardableResult
    private func enter(_ queue: inout Queue, _ place: Int, by key: String) -> Queue.Ticket? {
        if case .wait(let ticket) = queue.enter(place, by: key) { ticket } else { nil }
    }

    private func drain(_ queue: inout Queue) -> [Int] {
        var places: [Int] = []
        while let place = queue.next() { places.append(place) }
        return places
    }

    @Test func `one key's places are first come, first served`() {
        var queue = queue()
        for place in 1...5 { enter(&queue, place, by: "a") }
        #expect(drain(&queue) == [1, 2, 3, 4, 5])
        #expect(queue.isEmpty)
        #expect(queue.next() == nil)
    }

    @Test func `keys take turns, however many each has waiting`() {
        var queue = queue()
        for place in 1...4 { enter(&queue, place, by: "a") }
        enter(&queue, 10, by: "b")
        enter(&queue, 11, by: "b")
        enter(&queue, 20, by: "c")
        #expect(drain(&queue) == [1, 10, 20, 2, 11, 3, 4])
    }

    @Test func `who comes back has no turn before those who waited`() {
        var queue = queue()
        enter(&queue, 1, by: "a")
        enter(&queue, 10, by: "b")
        #expect(queue.next() == 1)
        enter(&queue, 2, by: "a")
        enter(&queue, 20, by: "c")
        #expect(drain(&queue) == [10, 2, 20])
    }

    @Test func `someone who no longer waits is taken out, once`() {
        var queue = queue()
        let tickets = (1...3).compactMap { enter(&queue, $0, by: "a") }
        enter(&queue, 10, by: "b")
        #expect(queue.remove(tickets[1]) == 2)
        #expect(queue.remove(tickets[1]) == nil)
        #expect(queue.count == 3)
        #expect(drain(&queue) == [1, 10, 3])
        #expect(queue.remove(tickets[0]) == nil)
    }

    @Test func `a ticket is no good for the next one in the same place`() {
        var queue = queue()
        let old = enter(&queue, 1, by: "a")
        #expect(queue.next() == 1)
        enter(&queue, 2, by: "a")
        #expect(old.flatMap { queue.remove($0) } == nil)
        #expect(queue.count == 1)
    }

    @Test func `a full queue refuses, and one without places always does`() {
        var queue = queue(limit: 2)
        #expect(enter(&queue, 1, by: "a") != nil)
        #expect(enter(&queue, 2, by: "a") != nil)
        #expect(enter(&queue, 3, by: "a") == nil)
        #expect(drain(&queue) == [1, 2])
        var none = self.queue(limit: 0)
        #expect(enter(&none, 1, by: "a") == nil)
    }

    @Test func `a key that fills the queue keeps nobody out`() {
        var queue = queue(limit: 4)
        for place in 1...4 { enter(&queue, place, by: "a") }
        var displaced: [Int] = []
        for place in [10, 11, 12] {
            if case .waitInstead(let other, _) = queue.enter(place, by: "b") { displaced.append(other) }
        }
        #expect(displaced == [4, 3], "two each: then neither makes room for the other")
        if case .waitInstead(let other, _) = queue.enter(20, by: "c") { displaced.append(other) }
        #expect(displaced.count == 3)
        #expect(queue.count == 4)
    }

    @Test(arguments: 1...20)
    func `it does what plain lists would do, and leaves nobody waiting for more than a round`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = Int.random(in: 1...20, using: &random)
        var queue = queue(limit: limit)
        var model = PlainQueue(limit: limit)
        var tickets: [Int: Queue.Ticket] = [:]
        /// For each key at the head of whose line somebody waits: turns of others since it came to wait or had one.
        var passedOver: [String: [String]] = [:]
        for place in 0..<1500 {
            switch Int.random(in: 0..<7, using: &random) {
            case 0...3:
                // One key asks far more often than the others.
                let key = Bool.random(using: &random) ? "greedy" : "key\(Int.random(in: 0..<6, using: &random))"
                let expected = model.enter(place, by: key)
                switch queue.enter(place, by: key) {
                case .wait(let ticket):
                    #expect(expected == .wait)
                    tickets[place] = ticket
                case .waitInstead(let other, let ticket):
                    let isFair = model.displaced(other, for: key)
                    #expect(expected == .displaces && isFair)
                    tickets[place] = ticket
                    model.add(place, by: key)
                case .refuse: #expect(expected == .refuse)
                }
            case 4, 5:
                let served = queue.next()
                #expect(served == model.next())
                if let key = model.lastServed, served != nil {
                    for waiting in model.round where waiting != key { passedOver[waiting, default: []].append(key) }
                    passedOver[key] = nil
                }
            default:
                guard let (place, ticket) = tickets.randomElement(using: &random) else { continue }
                tickets[place] = nil
                #expect(queue.remove(ticket) == model.remove(place))
            }
            for key in passedOver.keys where !model.round.contains(key) { passedOver[key] = nil }
            #expect(
                passedOver.values.allSatisfy { Set($0).count == $0.count },
                "nobody is passed over twice by the same key")
            #expect(queue.count == model.count)
        }
    }
}

/// The queue as one would write it without a thought for time.
private struct PlainQueue {
    private struct Waiting {
        let place: Int
        let key: String
    }

    enum Entry { case wait, displaces, refuse }

    let limit: Int
    private var waiting: [Waiting] = []
    /// Keys with somebody waiting, in the order of their turns.
    private(set) var round: [String] = []
    private(set) var lastServed: String?

    init(limit: Int) { self.limit = limit }

    var count: Int { waiting.count }

    private func count(of key: String) -> Int { waiting.count { $0.key == key } }

    mutating func enter(_ place: Int, by key: String) -> Entry {
        if waiting.count < limit {
            add(place, by: key)
            return .wait
        }
        return round.contains { count(of: $0) > count(of: key) + 1 } ? .displaces : .refuse
    }

    mutating func add(_ place: Int, by key: String) {
        if !round.contains(key) { round.append(key) }
        waiting.append(Waiting(place: place, key: key))
    }

    /// - Returns: Whether it was right to take this one out: the newest of a key that has most, and two more than `key`.
    mutating func displaced(_ place: Int, for key: String) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.place == place }) else { return false }
        let victim = waiting[index].key
        let most = round.map { count(of: $0) }.max() ?? 0
        let isFair =
            count(of: victim) == most && most > count(of: key) + 1 && waiting.last { $0.key == victim }?.place == place
        take(index)
        return isFair
    }

    mutating func next() -> Int? {
        guard let key = round.first, let index = waiting.firstIndex(where: { $0.key == key }) else { return nil }
        round.append(round.removeFirst())
        lastServed = key
        return take(index)
    }

    mutating func remove(_ place: Int) -> Int? {
        waiting.firstIndex { $0.place == place }.map { take($0) }
    }

    @discardableResult
    private mutating func take(_ index: Int) -> Int {
        let taken = waiting.remove(at: index)
        if count(of: taken.key) == 0 { round.removeAll { $0 == taken.key } }
        return taken.place
    }
}
