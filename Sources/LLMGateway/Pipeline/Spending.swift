import WireFormats

/// What a call has cost so far, over all of its attempts.
struct Spending {
    /// Attempts that other attempts followed.
    private(set) var attempts: [BilledAttempt] = []
    /// What they cost.
    private(set) var before = Cost.zero
    /// The target of an attempt whose cost nobody knows; nil: there is none.
    private(set) var unpriced: TargetMetrics?

    mutating func add(_ attempt: BilledAttempt, of target: TargetMetrics) {
        attempts.append(attempt)
        if let cost = attempt.cost { before += cost } else { unpriced = target }
    }
}

extension Call {
    /// Notes what an attempt used: what the upstream says of it. Where it says nothing, or couldn't say how much it wrote
    /// because the answer was cut, what can be counted here.
    ///
    /// - Parameters:
    ///   - pieces: Of a stream: how many brought something.
    ///   - bytes: How much the model wrote.
    func noteUsage(_ said: TokenUsage?, isComplete: Bool, pieces: Int, bytes: Int) {
        let written = max(pieces, bytes / 6)
        usage = said
        if said == nil, written > 0 {
            usageIsEstimated = true
            usage = TokenUsage(inputUncached: (outline?.estimatedInputBytes ?? 0) / 4, output: written)
        } else if let said, !isComplete, said.output < written {
            usageIsEstimated = true
            usage?.output = written
        }
    }

    /// What the attempt that is under way, or was the last, cost by what is known of its usage; nil where the usage or a
    /// price isn't known.
    var costOfAttempt: Cost? {
        if let knownCost { return knownCost }
        let cost = costOfUsage
        knownCost = .some(cost)
        return cost
    }

    private var costOfUsage: Cost? {
        guard let price = profile?.info.facts.price else { return nil }
        if price.isFree { return .zero }
        return usage.flatMap { price.cost(of: BilledTokens($0)) }
    }

    /// What the whole call cost; nil where a part of it isn't known.
    var cost: Cost? {
        guard spending.unpriced == nil else { return nil }
        // To count tokens is an answer of its own kind, and nobody pays for it.
        if operation == .tokenCount { return .zero }
        return costOfAttempt.map { spending.before + $0 }
    }

    /// What the attempt that is under way, or was the last, used; nil where nothing is known of it.
    var billedAttempt: BilledAttempt? {
        guard let usage, let target, operation != .tokenCount else { return nil }
        return BilledAttempt(
            provider: target.providerName, model: target.model, usage: usage, price: profile?.info.facts.price,
            cost: costOfAttempt)
    }

    /// All its attempts that were billed.
    var billedAttempts: [BilledAttempt] {
        guard let billedAttempt else { return spending.attempts }
        // Nearly always the only one.
        return spending.attempts.isEmpty ? [billedAttempt] : spending.attempts + [billedAttempt]
    }

    /// The tokens of all its attempts that were billed.
    var tokensUsed: Int {
        spending.attempts.reduce(usage?.total ?? 0) { $0 + $1.usage.total }
    }

    /// What they cost, as far as that is known.
    var billedCost: Cost { spending.before + (operation == .tokenCount ? .zero : costOfAttempt ?? .zero) }

    /// Counts what the last attempt used, before another one begins: it was billed, and no client will see its answer.
    func writeOffAttempt() {
        guard usage != nil else { return }
        countUsage(isWasted: true)
        if let targetMetrics, let billedAttempt { spending.add(billedAttempt, of: targetMetrics) }
        (usage, usageIsEstimated, answeringModel) = (nil, false, nil)
    }

    /// Counts what an attempt used and cost. Once for each.
    ///
    /// - Parameter isWasted: Whether no client got anything of its answer.
    func countUsage(isWasted: Bool) {
        guard let usage, let target = targetMetrics else { return }
        let shard = state.shard
        target.tokens(.input, UInt64(usage.inputUncached), on: shard)
        target.tokens(.cachedInput, UInt64(usage.cacheRead), on: shard)
        target.tokens(.cacheWrite, UInt64(usage.cacheWrite), on: shard)
        target.tokens(.output, UInt64(usage.output), on: shard)
        target.tokens(.reasoning, UInt64(usage.reasoning), on: shard)
        caller.account.metrics.tokens.add(UInt64(usage.total), on: shard)
        guard let cost = costOfAttempt?.dollars, cost > 0 else { return }
        target.cost.add(cost, on: shard)
        caller.account.metrics.cost.add(cost, on: shard)
        if isWasted { target.wastedCost.add(cost, on: shard) }
    }

    /// Counts the call as one of unknown cost, if it was answered and is one. Once, at its end.
    func countIfUnpriced(wasAnswered: Bool) {
        guard operation != .tokenCount, cost == nil, attempts > 0 else { return }
        if let target = spending.unpriced ?? (wasAnswered || usage != nil ? targetMetrics : nil) {
            target.unpriced.add(on: state.shard)
        }
    }
}

extension BilledTokens {
    init(_ usage: TokenUsage) {
        self.init(
            input: usage.inputUncached, cachedInput: usage.cacheRead, cacheWrite: usage.cacheWrite,
            cacheWriteLong: usage.cacheWriteLong, output: usage.output)
    }
}
