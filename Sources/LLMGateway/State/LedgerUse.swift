import WireFormats

/// What was used and what it cost: of a call, or of many.
struct LedgerUse: Sendable, Equatable {
    /// What clients sent; an attempt that another one followed adds tokens and cost, but no request.
    var requests: Int64 = 0
    /// Input that no cache had.
    var input: Int64 = 0
    var cachedInput: Int64 = 0
    var cacheWrite: Int64 = 0
    /// Reasoning is a part of it.
    var output: Int64 = 0
    var reasoning: Int64 = 0
    /// Of what has a known price.
    var cost = Cost.zero
    /// How many attempts had none.
    var unpriced: Int64 = 0

    static func += (sum: inout LedgerUse, other: LedgerUse) {
        sum.requests = sum.requests.saturating(other.requests)
        sum.input = sum.input.saturating(other.input)
        sum.cachedInput = sum.cachedInput.saturating(other.cachedInput)
        sum.cacheWrite = sum.cacheWrite.saturating(other.cacheWrite)
        sum.output = sum.output.saturating(other.output)
        sum.reasoning = sum.reasoning.saturating(other.reasoning)
        sum.cost += other.cost
        sum.unpriced = sum.unpriced.saturating(other.unpriced)
    }

    /// All input, cached or not.
    var allInput: Int64 { input.saturating(cachedInput).saturating(cacheWrite) }
}

extension LedgerUse {
    /// - Parameter answered: Whether it is the attempt that answered its request.
    init(_ attempt: BilledAttempt, answered: Bool) {
        let usage = attempt.usage
        self.init(
            requests: answered ? 1 : 0, input: Int64(usage.inputUncached), cachedInput: Int64(usage.cacheRead),
            cacheWrite: Int64(usage.cacheWrite), output: Int64(usage.output), reasoning: Int64(usage.reasoning),
            cost: attempt.cost ?? .zero, unpriced: attempt.cost == nil ? 1 : 0)
    }
}

extension Int64 {
    /// Upstreams say what they like of their tokens: a sum that is too large stays at the largest.
    fileprivate func saturating(_ other: Int64) -> Int64 {
        let (sum, isBeyond) = addingReportingOverflow(other)
        return isBeyond ? .max : sum
    }
}
