/// Keeps retries to a share of a provider's traffic, so that an outage is not multiplied by everyone who tries again.
///
/// Limits of attempts per call can't do that: when all calls fail, three attempts each are three times the load. (Beyer
/// et al., "Site Reliability Engineering", chapter 21; Finagle's `RetryBudget` has the same shape.)
struct RetryBudget: Sendable {
    /// Retries that are saved up at most, and that there are at the start.
    static let capacity = 10

    /// In millionths of a retry, so that a hundred shares of 0.01 make exactly one.
    private static let retry = 1_000_000
    private let gain: Int
    private var credit = capacity * retry

    /// - Parameter share: `retry.budget`: retries that each request earns. 0...1.
    init(share: Double) {
        precondition((0...1).contains(share), "retries are a share of the requests")
        gain = Int((share * Double(Self.retry)).rounded())
    }

    /// The same savings under another share, after a reload.
    init(share: Double, continuing budget: RetryBudget) {
        self.init(share: share)
        credit = budget.credit
    }

    /// A call was sent to the provider for the first time.
    mutating func requested() {
        credit = min(Self.capacity * Self.retry, credit + gain)
    }

    /// Asks to send one more attempt of a call to a provider that has had one.
    ///
    /// - Returns: Whether it may go; false changes nothing.
    mutating func takeRetry() -> Bool {
        guard credit >= Self.retry else { return false }
        credit -= Self.retry
        return true
    }
}
