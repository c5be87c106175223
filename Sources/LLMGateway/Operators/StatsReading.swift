/// What the gateway has counted since its start, as it stands at one moment.
struct StatsReading: Sendable {
    var all = Figures()
    var attempts: UInt64 = 0
    var retries: UInt64 = 0
    var fallbacks: UInt64 = 0
    var hedges: UInt64 = 0
    /// US dollars, a part of the cost.
    var wastedCost = 0.0
    var unpriced: UInt64 = 0
    var duration = Distribution(bounds: GatewayMetrics.Buckets.durations)
    var firstToken = Distribution(bounds: GatewayMetrics.Buckets.firstToken)
    var overhead = Distribution(bounds: GatewayMetrics.Buckets.overhead)
    var targets: [TargetLabels: Target] = [:]
    /// By name; ``ClientKey/noName`` has those without one.
    var keys: [String: Key] = [:]

    struct Target: Sendable {
        var figures = Figures()
        var attempts: UInt64 = 0
        var duration = Distribution(bounds: GatewayMetrics.Buckets.durations)
        var firstToken = Distribution(bounds: GatewayMetrics.Buckets.firstToken)
    }

    struct Key: Sendable {
        var outcomes = OutcomeCounts()
        /// Input and output.
        var tokens: UInt64 = 0
        /// US dollars.
        var cost = 0.0
        /// Requests that a limit of the key's refused, by ``LimitKind``'s raw value.
        var refused: [UInt64] = Array(repeating: 0, count: LimitKind.allCases.count)
    }

    /// Reads the metrics of the process. Any thread; takes as long as a scrape of these families does.
    init(_ metrics: GatewayMetrics) {
        for (labels, counter) in metrics.requests.all {
            all.outcomes[labels.outcome] &+= counter.value
            targets[labels.target, default: Target()].figures.outcomes[labels.outcome] &+= counter.value
        }
        for (labels, counter) in metrics.tokens.all {
            all[labels.kind] &+= counter.value
            targets[labels.target, default: Target()].figures[labels.kind] &+= counter.value
        }
        for (labels, counter) in metrics.cost.all {
            all.cost += counter.value
            targets[labels, default: Target()].figures.cost += counter.value
        }
        for (labels, counter) in metrics.upstreamAttempts.all {
            attempts &+= counter.value
            targets[labels.target, default: Target()].attempts &+= counter.value
        }
        for (labels, histogram) in metrics.requestDuration.all {
            let counts = histogram.counts
            duration.add(counts)
            targets[labels.target, default: Target()].duration.add(counts)
        }
        for (labels, histogram) in metrics.timeToFirstToken.all {
            let counts = histogram.counts
            firstToken.add(counts)
            targets[labels, default: Target()].firstToken.add(counts)
        }
        for histogram in metrics.overhead.all.values { overhead.add(histogram.counts) }
        retries = metrics.retries.all.values.reduce(0) { $0 &+ $1.value }
        fallbacks = metrics.fallbacks.all.values.reduce(0) { $0 &+ $1.value }
        hedges = metrics.hedges.all.values.reduce(0) { $0 &+ $1.value }
        wastedCost = metrics.wastedCost.all.values.reduce(0) { $0 + $1.value }
        unpriced = metrics.unpriced.all.values.reduce(0) { $0 &+ $1.value }
        readKeys(metrics)
    }

    private mutating func readKeys(_ metrics: GatewayMetrics) {
        for (labels, counter) in metrics.keyRequests.all {
            keys[labels.key, default: Key()].outcomes[labels.outcome] &+= counter.value
        }
        for (labels, counter) in metrics.keyTokens.all { keys[labels.key, default: Key()].tokens &+= counter.value }
        for (labels, counter) in metrics.keyCost.all { keys[labels.key, default: Key()].cost += counter.value }
        for (labels, counter) in metrics.rateLimited.all {
            keys[labels.key, default: Key()].refused[labels.limit.rawValue] &+= counter.value
        }
    }
}
