/// The handles of everything that is counted by key. All of a key's series are there from the moment that there is the key.
final class KeyMetrics: Sendable {
    private let successes: Counter
    private let others: [Outcome: Counter]
    /// Input and output of every attempt that was billed.
    let tokens: Counter
    /// US dollars.
    let cost: DecimalCounter
    private let refusals: [Counter]

    /// - Parameter name: The key's; `none` for callers without one.
    init(_ name: String, in metrics: GatewayMetrics) {
        let requests = Outcome.allCases.map {
            ($0, metrics.keyRequests.series(KeyRequestLabels(key: name, outcome: $0)))
        }
        others = Dictionary(uniqueKeysWithValues: requests)
        successes = metrics.keyRequests.series(KeyRequestLabels(key: name, outcome: .ok))
        tokens = metrics.keyTokens.series(KeyLabels(key: name))
        cost = metrics.keyCost.series(KeyLabels(key: name))
        refusals = LimitKind.allCases.map { metrics.rateLimited.series(RateLimitedLabels(key: name, limit: $0)) }
    }

    /// A request's end.
    func request(_ outcome: Outcome, on shard: Shard) {
        if case .ok = outcome { successes.add(on: shard) } else { others[outcome]?.add(on: shard) }
    }

    /// A request that a limit has refused.
    func refused(by limit: LimitKind, on shard: Shard) { refusals[limit.rawValue].add(on: shard) }
}
