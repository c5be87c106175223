/// Usage by whose it is, what was used and in which hour, of calls that the store doesn't know of yet. Pure.
///
/// However many there are, it takes no more memory than its limits: beyond them models are no longer told apart, and what
/// even then finds no place is only counted.
struct LedgerSums: Sendable {
    struct Limits: Sendable {
        /// Rows with their models' names; as many more without.
        var rows = 10_000
        /// Tags of one hour that are told apart; the others are one.
        var tags = 1000
    }

    struct Row: Hashable, Sendable {
        /// Hours since 1970.
        let hour: Int64
        let key: String
        let provider: String
        let model: String
        let price: Price?

        /// A price changes once in a while: to tell rows apart by it, it is enough to compare it.
        func hash(into hasher: inout Hasher) {
            hasher.combine(hour)
            hasher.combine(key)
            hasher.combine(provider)
            hasher.combine(model)
        }
    }

    struct Tag: Hashable, Sendable {
        let hour: Int64
        let tag: String
    }

    private(set) var rows: [Row: LedgerUse] = [:]
    private(set) var tags: [Tag: LedgerUse] = [:]
    /// Requests for which there was no room.
    private(set) var lost: Int64 = 0
    private let limits: Limits

    /// What stands for all that is not told apart.
    static let other = "other"
    /// Of a model's name, in characters: a client may choose it.
    private static let longestName = 200

    init(_ limits: Limits = Limits()) { self.limits = limits }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ call: FinishedCall) {
        let hour = call.time / 3600
        let tags = call.tags.map(LedgerTags.tags) ?? []
        for (index, attempt) in call.attempts.enumerated() {
            let use = LedgerUse(attempt, answered: index == call.attempts.count - 1)
            let isShort = attempt.model.utf8.count <= Self.longestName
            let row = Row(
                hour: hour, key: call.keyName, provider: attempt.provider,
                model: isShort ? attempt.model : String(attempt.model.prefix(Self.longestName)), price: attempt.price)
            add(use, to: row)
            for tag in tags { add(use, to: Tag(hour: hour, tag: tag)) }
        }
    }

    /// Adds what somebody else has summed up.
    mutating func add(_ sums: LedgerSums) {
        lost += sums.lost
        if rows.isEmpty, tags.isEmpty {
            (rows, tags) = (sums.rows, sums.tags)
            return
        }
        for (row, use) in sums.rows { add(use, to: row) }
        for (tag, use) in sums.tags { add(use, to: tag) }
    }

    private mutating func add(_ use: LedgerUse, to row: Row) {
        if rows[row]?.add(use) != nil { return }
        if rows.count < limits.rows { return rows[row] = use }
        let unnamed = Row(hour: row.hour, key: row.key, provider: row.provider, model: Self.other, price: nil)
        if rows.count < 2 * limits.rows || rows[unnamed] != nil {
            rows[unnamed, default: LedgerUse()] += use
        } else {
            lost += use.requests
        }
    }

    private mutating func add(_ use: LedgerUse, to tag: Tag) {
        if tags[tag]?.add(use) != nil { return }
        let isKnown = tags.count < limits.tags
        let row = isKnown ? tag : Tag(hour: tag.hour, tag: Self.other)
        if isKnown || tags.count < 2 * limits.tags || tags[row] != nil { tags[row, default: LedgerUse()] += use }
    }
}

extension LedgerUse {
    fileprivate mutating func add(_ other: LedgerUse) { self += other }
}
