/// Decides who may be in flight at once, and who waits: first come, first served. Pure.
struct ConcurrencyLimit<Place> {
    /// 1 or more.
    let limit: Int
    /// Places in the queue; 0: nobody waits.
    let queueLimit: Int
    private(set) var inFlight = 0
    private(set) var queue: [Place] = []

    init(limit: Int, queueLimit: Int) {
        precondition(limit > 0 && queueLimit >= 0, "a limit of nothing would stop everything")
        (self.limit, self.queueLimit) = (limit, queueLimit)
    }

    enum Entry: Equatable {
        /// Go ahead; ``leave()`` afterwards.
        case admit
        /// Wait in the queue.
        case wait
        /// The queue is full.
        case refuse
    }

    /// Asks to begin. For `.wait` the place is in the queue afterwards.
    mutating func enter(_ place: @autoclosure () -> Place) -> Entry {
        if inFlight < limit {
            inFlight += 1
            return .admit
        }
        guard queue.count < queueLimit else { return .refuse }
        queue.append(place())
        return .wait
    }

    /// One is done.
    ///
    /// - Returns: Who takes its place, and is in flight from now on.
    mutating func leave() -> Place? {
        if queue.isEmpty {
            inFlight -= 1
            return nil
        }
        return queue.removeFirst()
    }

    /// Takes someone out of the queue.
    mutating func giveUp(_ isPlace: (Place) -> Bool) {
        queue.removeAll(where: isPlace)
    }
}
