import Logging

/// What outlives a call, and a run of the gateway: stored responses, the ledger, the keys that were made at run time.
struct KeptState: Sendable {
    let stored: StoredResponses
    let ledger: Ledger
    let adminKeys: AdminKeys
    /// Every key that there is, those of the configuration too.
    let keys: KeyRing
    private let settings: GatewaySettings
    private let logger: Logger

    /// Nothing is opened before it is needed, but trouble is told of at once.
    init(_ settings: GatewaySettings, _ keys: KeyRing, loops: Int, logger: Logger) {
        (self.keys, self.settings, self.logger) = (keys, settings, logger)
        let database = StateDatabase(path: settings.store.path, migrations: .all, logger: logger)
        if let trouble = database.foreseeableTrouble() {
            logger.warning(
                "the store can't be used: no response will be stored, and no usage",
                metadata: ["path": "\(settings.store.path)", "reason": "\(trouble)"])
        }
        stored = StoredResponses(database, secret: settings.store.secret, logger: logger)
        let limits = Ledger.Limits(retention: settings.ledger.retention, bytes: settings.ledger.maxBytes)
        let ledger = Ledger(database, limits: limits, shards: loops, logger: logger)
        let made = RunTimeKeys(SQLiteKeyStore(database), logger: logger) { made in
            keys.replaceRunTimeKeys(made)
            Task { await Self.restoreBudgets(of: keys, from: ledger) }
        }
        self.ledger = ledger
        adminKeys = AdminKeys(register: KeyRegister(store: made.store, ledger: ledger, logger: logger), keys: made)
    }

    /// Takes over what was kept, before anyone is served.
    ///
    /// - Throws: ``ConfigurationError`` where it depends on what can't be read whether anyone may call.
    func load() async throws(ConfigurationError) {
        do throws(StateUnavailable) { try await adminKeys.keys.refresh() } catch {
            guard !keys.isOpen else {
                let sentence = "can't be read, so nobody knows which keys were made at run time: \(error.reason)"
                throw ConfigurationError([.init(place: settings.store.path, path: "store.path", sentence: sentence)])
            }
            logger.error("the keys made at run time can't be read", metadata: ["reason": "\(error.reason)"])
        }
        await Self.restoreBudgets(of: keys, from: ledger)
    }

    /// Goes on with another configuration's keys and limits.
    func follow(_ settings: GatewaySettings) {
        keys.follow(settings)
        Task { [keys, ledger] in await Self.restoreBudgets(of: keys, from: ledger) }
    }

    /// Tells budgets that are new what was spent of them before.
    private static func restoreBudgets(of keys: KeyRing, from ledger: Ledger) async {
        await keys.restoreBudgets { key, time in
            do throws(StateUnavailable) { return try await ledger.spent(by: key, since: time) } catch { return nil }
        }
    }

    /// Keeps what is to be kept and follows what others change, until the task is cancelled.
    func run() async {
        async let following: Void = adminKeys.keys.follow()
        await ledger.run()
        await following
    }

    /// Keeps what has not been kept yet.
    func flush() async {
        await ledger.flush()
        await stored.flush()
    }
}
