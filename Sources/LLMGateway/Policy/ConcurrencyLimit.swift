/// Decides who may be in flight at once, and who waits in a ``FairQueue``. Pure.
struct ConcurrencyLimit<Key: Hashable, Place> {
    /// 1 or more.
    private(set) var limit: Int
    private(set) var inFlight = 0
    private(set) var queue: FairQueue<Key, Place>
    /// How long anyone may wait; whoever waits sees to it, by ``giveUp(_:)``.
    private(set) var longestWait: Duration

    /// - Parameter queue: Places for those who wait; 0: nobody does.
    init(limit: Int, queue: Int, longestWait: Duration) {
        precondition(limit > 0, "a limit of nothing would stop everything")
        (self.limit, self.longestWait) = (limit, longestWait)
        self.queue = FairQueue(limit: queue)
    }

    enum Entry {
        /// Go ahead; ``leave()`` afterwards.
        case admit
        /// Wait: a turn will come, unless ``giveUp(_:)`` comes first.
        case wait(FairQueue<Key, Place>.Ticket)
        /// Wait, and this one doesn't any more: it has to make room.
        case waitInstead(of: Place, FairQueue<Key, Place>.Ticket)
        /// The queue is full, or nobody may wait.
        case refuse
    }

    /// Asks to begin.
    mutating func enter(_ place: @autoclosure () -> Place, by key: Key) -> Entry {
        // Those who wait come first, should the limit have been raised a moment ago.
        if inFlight < limit, queue.isEmpty {
            inFlight += 1
            return .admit
        }
        guard longestWait > .zero else { return .refuse }
        switch queue.enter(place(), by: key) {
        case .wait(let ticket): return .wait(ticket)
        case .waitInstead(let displaced, let ticket): return .waitInstead(of: displaced, ticket)
        case .refuse: return .refuse
        }
    }

    /// One is done.
    mutating func leave() {
        inFlight -= 1
    }

    /// Whose turn it is, and who is in flight from now on; to be called until it finds nobody, whenever someone left or
    /// the limit was raised.
    mutating func next() -> Place? {
        guard inFlight < limit, let place = queue.next() else { return nil }
        inFlight += 1
        return place
    }

    /// Takes someone out of the queue.
    ///
    /// - Returns: Whether they waited; false: they were let in a moment ago, or had to make room.
    mutating func giveUp(_ ticket: FairQueue<Key, Place>.Ticket) -> Bool {
        queue.remove(ticket) != nil
    }

    /// Goes on under other rules, after a reload.
    mutating func follow(limit: Int, queue places: Int, longestWait: Duration) {
        precondition(limit > 0, "a limit of nothing would stop everything")
        (self.limit, self.longestWait) = (limit, longestWait)
        queue.follow(limit: places)
    }
}

extension ConcurrencyLimit.Entry: Sendable where Key: Sendable, Place: Sendable {}
