import Logging
import Synchronization

/// Every key that there is, of the configuration and made at run time, and what each may still do. One for the process.
///
/// Loops keep the ``CallerTable`` that they saw last, and look with one atomic load whether there is a newer one: a key that
/// is made or taken away is known, or unknown, to the next request on any of them.
final class KeyRing: Sendable {
    private let metrics: GatewayMetrics
    private let logger: Logger
    private let state: Mutex<State>
    private let newest: Atomic<Int>

    private struct State {
        var ofConfiguration: [ClientKey]
        var ofRunTime: [ClientKey] = []
        var limits: LimitSettings
        /// How many replicas there are, each of which may so much less by itself.
        var replicas = 1
        /// By key's name; "" has callers without one.
        var accounts: [String: Account] = [:]
        var addresses: AddressLimit?
        var table: CallerTable
        /// Those that count only from some moment in their period on.
        var freshBudgets: Set<String> = []
    }

    init(_ settings: GatewaySettings, metrics: GatewayMetrics, logger: Logger) {
        (self.metrics, self.logger) = (metrics, logger)
        let account = Account(
            Admission.Rules(), metrics: metrics.key(ClientKey.noName), at: .now, date: WallClock.now.seconds)
        let stranger = Caller(nil, account, Admission.Rules(), addresses: nil)
        newest = Atomic(0)
        state = Mutex(
            State(
                ofConfiguration: [], limits: settings.limits, accounts: ["": account],
                table: CallerTable(version: 0, stranger: stranger, [])))
        follow(settings)
    }

    /// The number of the newest table.
    var version: Int { newest.load(ordering: .acquiring) }

    /// The newest table.
    var callers: CallerTable { state.withLock { $0.table } }

    /// Whether there is no key at all, so that anyone may call.
    var isOpen: Bool { callers.isOpen }

    /// Goes on with another configuration. Whoever had taken something of a limit still has; calls that have begun go on.
    func follow(_ settings: GatewaySettings) {
        state.withLock { state in
            state.ofConfiguration = settings.keys.compactMap(ClientKey.init)
            state.limits = settings.limits
            update(&state)
        }
    }

    /// Takes over the keys that were made at run time, in place of those before. One with the name of a key of the
    /// configuration is left out, and the log says so.
    func replaceRunTimeKeys(_ keys: [ClientKey]) {
        state.withLock { state in
            state.ofRunTime = keys
            update(&state)
        }
    }

    /// Learns how many replicas there are: each has its part of the limits for the time when they can't ask each other.
    func divide(among replicas: Int) {
        state.withLock { state in
            guard state.replicas != replicas else { return }
            state.replicas = replicas
            update(&state)
        }
    }

    /// The names of the configuration's keys: no other key may have one of them.
    var configuredNames: [String] { state.withLock { $0.ofConfiguration.map(\.name) } }

    private func update(_ state: inout State) {
        let (now, date) = (Instant.now, WallClock.now.seconds)
        follow(state.limits.perAddress?.divided(by: state.replicas), &state.addresses, at: now)
        let taken = Set(state.ofConfiguration.map(\.name))
        for key in state.ofRunTime where taken.contains(key.name) {
            logger.warning("a key made at run time has the name of a configured one", metadata: ["key": "\(key.name)"])
        }
        var accounts: [String: Account] = [:]
        func caller(_ key: ClientKey?) -> Caller {
            let name = key?.name ?? ""
            let rules = Admission.Rules(key?.limits ?? ClientKey.Limits(), else: state.limits)
            let part = rules.divided(by: state.replicas)
            if let account = state.accounts[name] {
                if account.follow(part, at: now, date: date) { state.freshBudgets.insert(name) }
                accounts[name] = account
            } else {
                let metrics = metrics.key(key?.name ?? ClientKey.noName)
                accounts[name] = Account(part, metrics: metrics, at: now, date: date)
                if rules.budget != nil { state.freshBudgets.insert(name) }
            }
            return Caller(key, accounts[name] ?? state.table.stranger.account, rules, addresses: state.addresses)
        }
        let stranger = caller(nil)
        let keys = state.ofConfiguration + state.ofRunTime.filter { !taken.contains($0.name) }
        let version = state.table.version + 1
        state.table = CallerTable(version: version, stranger: stranger, keys.map(caller))
        state.accounts = accounts
        state.freshBudgets.formIntersection(accounts.keys)
        newest.store(version, ordering: .releasing)
    }

    private func follow(
        _ limit: RateLimit?, _ addresses: inout AddressLimit?, at now: Instant
    ) {
        guard let limit else { return addresses = nil }
        if let addresses { addresses.follow(limit, at: now) } else { addresses = AddressLimit(limit, at: now) }
    }

    // MARK: Budgets

    /// Tells every budget that is new what was spent of it before: to be called at the start, and again after keys or
    /// settings have changed. At the start, before anyone is served, nothing is counted twice.
    ///
    /// - Parameter spent: Asks the ledger what a key's calls have cost since a moment (seconds since 1970, `.min`: ever), in
    ///   nano-dollars; nil: it doesn't know, and is asked again the next time.
    func restoreBudgets(asking spent: (_ key: String, _ since: Int64) async -> Int64?) async {
        for name in state.withLock({ $0.freshBudgets.sorted() }) {
            guard let account = state.withLock({ $0.accounts[name] }), let budget = account.state.budget else {
                continue
            }
            let date = WallClock.now.seconds
            guard let amount = await spent(name, budget.limit.period.start(before: date)) else { continue }
            let isStillFresh = state.withLock { $0.freshBudgets.remove(name) != nil }
            if isStillFresh { account.restore(spent: amount, date: date) }
        }
    }
}

extension ClientKey {
    /// nil only for what no configuration that was loaded has.
    init?(_ settings: KeySettings) {
        let digest: KeyDigest?
        switch settings.credential {
        case .key(let secret):
            var key = secret.reveal()
            digest = key.withUTF8 { KeyDigest(of: UnsafeRawBufferPointer($0)) }
        case .digest(let bytes): digest = KeyDigest(bytes)
        case .none: digest = nil
        }
        guard let digest else { return nil }
        self.init(settings.terms, digest: digest)
    }

    /// - Parameter expiresAt: Seconds since 1970; nil: never.
    init(_ terms: KeyTerms, digest: KeyDigest, expiresAt: Int64? = nil) {
        self.init(
            name: terms.name, digest: digest.bytes, models: terms.models.map { NamePattern($0) }, limits: terms.limits,
            isAdmin: terms.isAdmin, expiresAt: expiresAt)
    }
}
