/// What was read at intervals, as far back as somebody may want to compare with. Pure.
struct ReadingHistory<Reading> {
    typealias Entry = (time: Instant, reading: Reading)

    /// How far back it must reach.
    let reach: Duration
    private var entries: [Entry] = []

    init(reach: Duration) { self.reach = reach }

    /// - Parameter now: Not before that of the last one.
    mutating func add(_ reading: Reading, at now: Instant) {
        entries.append((now, reading))
        // The newest one that is older than needed is what the longest comparison is made with.
        while entries.count > 1, now - entries[1].time >= reach { entries.removeFirst() }
    }

    /// The newest that is at least so old; while there is none, the oldest. nil: there was none at all.
    func entry(atLeast age: Duration, before now: Instant) -> Entry? {
        entries.last { now - $0.time >= age } ?? entries.first
    }
}
