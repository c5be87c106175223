import WireFormats

/// What a call came to, for whoever keeps books: one row for each of its attempts that was billed.
struct FinishedCall: Sendable {
    /// Empty for callers without a key.
    let keyName: String
    /// Seconds since 1970.
    let time: Int64
    /// The client's `x-llm-gateway-tags`, as it was sent; nil: it sent none.
    let tags: String?
    /// The one that answered is the last; empty for a call that nobody was paid for.
    let attempts: [BilledAttempt]
}

/// What one attempt used, and what that cost.
struct BilledAttempt: Sendable {
    let provider: String
    /// The upstream's name of the model.
    let model: String
    let usage: TokenUsage
    /// By which the cost was worked out; nil: nobody knows the price.
    let price: Price?
    /// nil: unknown.
    let cost: Cost?
}

extension Cost {
    /// In billionths of a dollar, as budgets count; rounded to the nearest.
    var nanodollars: Int64 { Int64(picodollars / 1000 + (picodollars % 1000 >= 500 ? 1 : 0)) }
}
