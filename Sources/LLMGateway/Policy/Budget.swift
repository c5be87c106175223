/// What may be spent in a period of the UTC calendar. Money is in nano-dollars, times are seconds since 1970.
///
/// A call is admitted while anything is left, its cost then reserved; so however many come at once, together they overspend
/// by less than the last one's reservation, and a large estimate does not shut out a caller who has something left. What a
/// call did cost counts in the period in which it ended, as it does in the ledger.
struct Budget: Sendable {
    enum Period: String, Sendable, CaseIterable {
        case day
        /// From Monday.
        case week
        case month
        /// Never ends.
        case total

        /// The first second of the next period, `.max` for ``total``.
        func end(after time: Int64) -> Int64 {
            // Rounded down, also before 1970.
            let days = Int(time >= 0 ? time / 86_400 : (time - 86_399) / 86_400)
            let end: Int
            switch self {
            case .day: end = days + 1
            // 1 January 1970 was a Thursday.
            case .week: end = days + 7 - ((days + 3) % 7 + 7) % 7
            case .month:
                let date = CivilDate(daysSinceEpoch: days)
                let next = CivilDate(
                    year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1)
                end = next.daysSinceEpoch
            case .total: return .max
            }
            return Int64(end) * 86_400
        }

        /// The first second of the period, `.min` for ``total``: since when the ledger is to be added up.
        func start(before time: Int64) -> Int64 {
            let end = end(after: time)
            switch self {
            case .day: return end - 86_400
            case .week: return end - 7 * 86_400
            case .month:
                let days = Int(end / 86_400) - 1
                return Int64(days - CivilDate(daysSinceEpoch: days).day + 1) * 86_400
            case .total: return .min
            }
        }
    }

    struct Limit: Sendable, Equatable {
        /// Zero or more.
        let amount: Int64
        let period: Period
    }

    /// What a single call counts as at most: a million dollars. So sums don't overflow.
    static let mostPerCall: Int64 = 1_000_000 * 1_000_000_000

    private(set) var limit: Limit
    private(set) var spent: Int64 = 0
    /// By calls that have not ended; a new period changes nothing about it.
    private(set) var reserved: Int64 = 0
    private var periodStart: Int64
    private var periodEnd: Int64

    init(_ limit: Limit, at time: Int64) {
        self.limit = limit
        (periodStart, periodEnd) = (limit.period.start(before: time), limit.period.end(after: time))
    }

    /// What was reserved, to be handed back with what was really spent.
    struct Hold: Sendable, Equatable {
        fileprivate let amount: Int64

        /// Of a call that reserved nothing.
        static let nothing = Hold(amount: 0)
    }

    /// The period's money is gone, or reserved by calls that have not ended.
    struct Spent: Error, Sendable, Equatable {
        /// Until the next period; nil: there is none.
        let retryAfter: Duration?
    }

    /// - Parameter cost: What the call may cost. 0, for what is free and for what has no known price: always admitted.
    mutating func reserve(_ cost: Int64, at time: Int64) throws(Spent) -> Hold {
        roll(to: time)
        guard cost > 0 else { return .nothing }
        guard spent + reserved < limit.amount else {
            throw Spent(retryAfter: periodEnd == .max ? nil : .seconds(max(1, periodEnd - time)))
        }
        let hold = Hold(amount: min(cost, Self.mostPerCall))
        reserved += hold.amount
        return hold
    }

    /// Replaces a reservation by what was really spent.
    ///
    /// - Parameter cost: Zero or more, and perhaps more than was reserved.
    mutating func settle(_ hold: Hold, cost: Int64, at time: Int64) {
        roll(to: time)
        reserved -= hold.amount
        spent += min(max(0, cost), Self.mostPerCall)
    }

    /// What was spent in the period that it is at this time.
    func spent(at time: Int64) -> Int64 { time >= periodEnd ? 0 : spent }

    /// Adds what the ledger knows of this period, from before the start. See ``Period/start(before:)``.
    mutating func restore(spent: Int64, at time: Int64) {
        roll(to: time)
        self.spent += max(0, spent)
    }

    /// Goes on under another limit, after a reload.
    ///
    /// - Returns: Whether the period is another one: then nothing counts as spent until ``restore(spent:at:)`` says so.
    mutating func follow(_ limit: Limit, at time: Int64) -> Bool {
        roll(to: time)
        let isOther = limit.period != self.limit.period
        self.limit = limit
        if isOther {
            begin(at: time)
            spent = 0
        }
        return isOther
    }

    /// A clock that is set back a little doesn't bring an old period back: its money would be spent twice. One that was far
    /// ahead has begun a period that is not to last until then: what was spent counts in the one that it really is.
    private mutating func roll(to time: Int64) {
        if time >= periodEnd { spent = 0 } else if time + Self.patience >= periodStart { return }
        begin(at: time)
    }

    /// More than a clock that is kept right is ever set back by, in seconds.
    static let patience: Int64 = 3600

    private mutating func begin(at time: Int64) {
        (periodStart, periodEnd) = (limit.period.start(before: time), limit.period.end(after: time))
    }
}
