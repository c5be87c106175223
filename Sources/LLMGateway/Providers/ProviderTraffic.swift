import Synchronization

/// How much may be sent to one provider: its retries, and its calls at once. Shared by all loops, and the same over all
/// configurations.
final class ProviderTraffic: Sendable {
    private let budget: Mutex<RetryBudget>
    private let ownGate = Mutex<ConcurrencyGate?>(nil)

    init(_ settings: RetrySettings) {
        budget = Mutex(RetryBudget(share: settings.budget))
    }

    /// A call is sent to the provider for the first time.
    func requested() { budget.withLock { $0.requested() } }

    /// Asks to send one more attempt of a call that the provider has had.
    func takeRetry() -> Bool { budget.withLock { $0.takeRetry() } }

    /// What holds calls back under these settings; nil where nothing is limited.
    func gate(_ settings: ConcurrencySettings, _ metrics: ProviderMetrics) -> ConcurrencyGate? {
        guard settings.isLimited else { return nil }
        return ownGate.withLock { gate in
            if let gate { return gate }
            let made = ConcurrencyGate(settings, metrics)
            gate = made
            return made
        }
    }

    /// Goes on under other settings, after a reload. What was saved up and who waits stays.
    func follow(_ retry: RetrySettings, _ concurrency: ConcurrencySettings) {
        budget.withLock { $0 = RetryBudget(share: retry.budget, continuing: $0) }
        if concurrency.isLimited { ownGate.withLock { $0 }?.follow(concurrency) }
    }
}

/// The traffic of all providers, by their names; it outlives configurations.
final class KeptTraffic: Sendable {
    private let known: Mutex<[String: ProviderTraffic]> = Mutex([:])

    /// The traffic of one provider; the same each time.
    func traffic(of provider: ProviderSettings) -> ProviderTraffic {
        known.withLock { known in
            if let traffic = known[provider.name] { return traffic }
            let made = ProviderTraffic(provider.retry)
            known[provider.name] = made
            return made
        }
    }
}
