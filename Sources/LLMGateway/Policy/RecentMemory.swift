/// Remembers what was used last: so many entries, of so much weight together, and each for a time after its last use.
///
/// What was not used for the longest time is forgotten first. Every operation takes constant time, but for what it forgets.
struct RecentMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// How much is remembered.
    struct Limits: Sendable {
        var entries: Int
        /// In the unit of the entries' weights.
        var weight: Int
        var lifetime: Duration
    }

    /// An entry, between the one that was used before it and the one that was used after it.
    private struct Entry: Sendable {
        let key: Key
        var value: Value?
        var weight = 0
        var usedAt: Instant
        var older: Int?
        var newer: Int?
    }

    private let limits: Limits
    private var entries: [Entry] = []
    /// Places among the entries that are free.
    private var free: [Int] = []
    private var places: [Key: Int] = [:]
    private var oldest: Int?
    private var newest: Int?
    /// Of all entries together.
    private(set) var weight = 0

    init(_ limits: Limits) { self.limits = limits }

    var count: Int { places.count }

    /// Remembers a value in place of what was remembered under its key. One that is heavier than all may be is forgotten
    /// at once.
    mutating func keep(_ value: Value, weight: Int, for key: Key, at now: Instant) {
        forgetExpired(at: now)
        if let place = places[key] { forget(place) }
        guard weight <= limits.weight, limits.entries > 0 else { return }
        while let oldest, count >= limits.entries || self.weight > limits.weight - weight { forget(oldest) }
        let entry = Entry(key: key, value: value, weight: weight, usedAt: now)
        let place = free.popLast() ?? entries.count
        if place == entries.count { entries.append(entry) } else { entries[place] = entry }
        places[key] = place
        self.weight += weight
        link(place)
    }

    /// What is remembered under a key, which is a use of it.
    mutating func value(for key: Key, at now: Instant) -> Value? {
        forgetExpired(at: now)
        guard let place = places[key] else { return nil }
        unlink(place)
        entries[place].usedAt = now
        link(place)
        return entries[place].value
    }

    private mutating func forgetExpired(at now: Instant) {
        while let oldest, now - entries[oldest].usedAt >= limits.lifetime { forget(oldest) }
    }

    private mutating func forget(_ place: Int) {
        unlink(place)
        places[entries[place].key] = nil
        weight -= entries[place].weight
        entries[place].value = nil
        free.append(place)
    }

    /// Makes an entry the newest.
    private mutating func link(_ place: Int) {
        (entries[place].older, entries[place].newer) = (newest, nil)
        if let newest { entries[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (entries[place].older, entries[place].newer)
        if let older { entries[older].newer = newer } else { oldest = newer }
        if let newer { entries[newer].older = older } else { newest = older }
    }
}
