/// A queue in which keys take turns: each key's places are first come, first served, and between the keys it goes round.
///
/// So a key waits for one call of every other key that waits, however many those have queued (round-robin fair queueing;
/// Nagle, RFC 970). When the queue is full, a key that has fewer waiting displaces the newest of the key that has most, so
/// that nobody can keep others out by filling it. Everything takes the same time for any length, but for displacing, which
/// looks at each key that waits.
struct FairQueue<Key: Hashable, Place> {
    /// What finds a place again, once.
    struct Ticket: Hashable, Sendable {
        fileprivate let slot: Int
        fileprivate let serial: UInt64
    }

    private static var none: Int { -1 }

    /// A place in the queue, linked to its neighbours in its key's line. Free when `place` is nil.
    private struct Slot {
        var place: Place?
        var serial: UInt64 = 0
        var line = none
        var before = none
        var after = none
    }

    /// The places of one key, linked to its neighbours in the round. Free when `key` is nil.
    private struct Line {
        var key: Key?
        var first = none
        var last = none
        var count = 0
        var before = none
        var after = none
    }

    /// Places; 0: nobody waits.
    private(set) var limit: Int
    private(set) var count = 0

    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var lines: [Line] = []
    private var freeLines: [Int] = []
    private var lineOfKey: [Key: Int] = [:]
    /// Whose turn is next.
    private var upcoming = none
    private var serial: UInt64 = 0

    init(limit: Int) {
        precondition(limit >= 0, "a queue has no less than no places")
        self.limit = limit
    }

    var isEmpty: Bool { count == 0 }

    /// Goes on under other rules, after a reload. Whoever waits stays, even where there are more than places now.
    mutating func follow(limit: Int) {
        precondition(limit >= 0, "a queue has no less than no places")
        self.limit = limit
    }

    enum Entry {
        /// It waits.
        case wait(Ticket)
        /// It waits, and this one doesn't any more.
        case waitInstead(of: Place, Ticket)
        /// The queue is full.
        case refuse
    }

    /// Asks for a place at the end of the key's line.
    mutating func enter(_ place: Place, by key: Key) -> Entry {
        if count < limit { return .wait(add(place, by: key)) }
        guard let displaced = displace(for: key) else { return .refuse }
        return .waitInstead(of: displaced, add(place, by: key))
    }

    /// Whose turn it is. It waits no longer.
    mutating func next() -> Place? {
        guard upcoming != Self.none else { return nil }
        let line = upcoming
        upcoming = lines[line].after
        return take(lines[line].first)
    }

    /// Takes someone out who no longer wants to wait.
    ///
    /// - Returns: nil when it doesn't wait any more.
    mutating func remove(_ ticket: Ticket) -> Place? {
        guard slots.indices.contains(ticket.slot), slots[ticket.slot].serial == ticket.serial else { return nil }
        return take(ticket.slot)
    }

    // MARK: Places

    private mutating func add(_ place: Place, by key: Key) -> Ticket {
        let line = lineOfKey[key] ?? open(for: key)
        serial += 1
        let slot = Slot(place: place, serial: serial, line: line, before: lines[line].last)
        let index: Int
        if let free = freeSlots.popLast() {
            slots[free] = slot
            index = free
        } else {
            slots.append(slot)
            index = slots.count - 1
        }
        if slot.before == Self.none { lines[line].first = index } else { slots[slot.before].after = index }
        lines[line].last = index
        lines[line].count += 1
        count += 1
        return Ticket(slot: index, serial: serial)
    }

    private mutating func take(_ index: Int) -> Place? {
        let slot = slots[index]
        slots[index] = Slot()
        freeSlots.append(index)
        if slot.before == Self.none {
            lines[slot.line].first = slot.after
        } else {
            slots[slot.before].after = slot.after
        }
        if slot.after == Self.none {
            lines[slot.line].last = slot.before
        } else {
            slots[slot.after].before = slot.before
        }
        count -= 1
        lines[slot.line].count -= 1
        if lines[slot.line].count == 0 { close(slot.line) }
        return slot.place
    }

    /// Makes room for a key: the newest of the key with the longest line goes, if that line stays no shorter than the
    /// key's own.
    private mutating func displace(for key: Key) -> Place? {
        let own = lineOfKey[key].map { lines[$0].count } ?? 0
        var longest = Self.none
        for index in lines.indices where lines[index].count > own + 1 {
            if longest == Self.none || lines[index].count > lines[longest].count { longest = index }
        }
        return longest == Self.none ? nil : take(lines[longest].last)
    }

    // MARK: Lines

    /// A new line's turn comes last in the round.
    private mutating func open(for key: Key) -> Int {
        let index: Int
        if let free = freeLines.popLast() {
            index = free
        } else {
            lines.append(Line())
            index = lines.count - 1
        }
        var line = Line(key: key, before: index, after: index)
        if upcoming == Self.none {
            upcoming = index
        } else {
            (line.before, line.after) = (lines[upcoming].before, upcoming)
            lines[line.before].after = index
            lines[upcoming].before = index
        }
        lines[index] = line
        lineOfKey[key] = index
        return index
    }

    private mutating func close(_ index: Int) {
        let line = lines[index]
        if let key = line.key { lineOfKey[key] = nil }
        if line.after == index {
            upcoming = Self.none
        } else {
            lines[line.before].after = line.after
            lines[line.after].before = line.before
            if upcoming == index { upcoming = line.after }
        }
        lines[index] = Line()
        freeLines.append(index)
    }
}
