/// What rates are reckoned from: the little of a reading that is kept for a while.
struct StatsMark: Sendable {
    let all: Figures
    let attempts: UInt64
    let duration: Distribution
    let firstToken: Distribution
    private let targets: Rows<TargetLabels, Figures>
    private let keys: Rows<String, StatsReading.Key>

    init(_ reading: StatsReading) {
        (all, attempts) = (reading.all, reading.attempts)
        (duration, firstToken) = (reading.duration, reading.firstToken)
        targets = Rows(reading.targets.mapValues(\.figures)) { $0.outcomes.requests }
        keys = Rows(reading.keys) { $0.outcomes.requests }
    }

    /// What had been counted of a target; nil: that isn't known.
    func figures(of target: TargetLabels) -> Figures? { targets[target] ?? (targets.areAll ? Figures() : nil) }

    /// What had been counted of a key; nil: that isn't known.
    func key(_ name: String) -> StatsReading.Key? { keys[name] ?? (keys.areAll ? StatsReading.Key() : nil) }

    /// The rows of those with the most requests, so that there is an end to them.
    private struct Rows<Name: Hashable & Sendable, Row: Sendable>: Sendable {
        private let rows: [Name: Row]
        let areAll: Bool

        private static var most: Int { 500 }

        init(_ all: [Name: Row], requests: (Row) -> UInt64) {
            areAll = all.count <= Self.most
            rows = areAll ? all : Self.busiest(of: all, requests)
        }

        private static func busiest(of all: [Name: Row], _ requests: (Row) -> UInt64) -> [Name: Row] {
            let sorted = all.sorted { requests($0.value) > requests($1.value) }
            return Dictionary(uniqueKeysWithValues: sorted.prefix(most).map { ($0.key, $0.value) })
        }

        subscript(name: Name) -> Row? { rows[name] }
    }
}
