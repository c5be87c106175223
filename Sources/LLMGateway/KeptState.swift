import Logging

/// What outlives a call, and a run of the gateway: stored responses, the ledger, the keys that were made at run time.
struct KeptState: Sendable {
    let database: StateDatabase
    let stored: any AnswerStore
    let ledger: Ledger
    let adminKeys: AdminKeys
    /// Every key that there is, those of the configuration too.
    let keys: KeyRing
    private let logger: Logger

    /// Nothing is opened before it is needed, but trouble is told of at once.
    ///
    /// - Parameter shared: Where replicas share responses and keys; nil: they are kept in the file too.
    init(_ settings: GatewaySettings, _ keys: KeyRing, sharedIn shared: RedisStore?, loops: Int, logger: Logger) {
        (self.keys, self.logger) = (keys, logger)
        database = StateDatabase(path: settings.store.path, migrations: .all, logger: logger)
        if let trouble = database.foreseeableTrouble() {
            logger.warning(
                "the store can't be used: no response will be stored, and no usage",
                metadata: ["path": "\(settings.store.path)", "reason": "\(trouble)"])
        }
        stored =
            shared?.responses(settings.store)
            ?? StoredResponses(database, secret: settings.store.secret, logger: logger)
        let limits = Ledger.Limits(retention: settings.ledger.retention, bytes: settings.ledger.maxBytes)
        let ledger = Ledger(database, limits: limits, shards: loops, logger: logger)
        let store: any RunTimeKeyStore =
            if let shared { CopiedKeyStore(shared.runTimeKeys, in: database) } else { SQLiteKeyStore(database) }
        let made = RunTimeKeys(store, logger: logger) { made in
            keys.replaceRunTimeKeys(made)
            Task { await Self.restoreBudgets(of: keys, from: ledger) }
        }
        self.ledger = ledger
        adminKeys = AdminKeys(register: KeyRegister(store: store, ledger: ledger, logger: logger), keys: made)
    }

    /// Told what each call came to.
    var finished: @Sendable (FinishedCall, _ loop: Int) -> Void {
        { [ledger] call, loop in ledger.add(call, on: loop) }
    }

    /// Takes over what was kept, before anyone is served. Where nobody knows which keys were made, the gateway isn't open:
    /// only the configuration's keys may call until that is known.
    func load() async {
        do throws(StateUnavailable) { try await adminKeys.keys.refresh() } catch {
            keys.replaceRunTimeKeys([.unread])
            logger.error(
                "the keys made at run time can't be read; until they can, only those of the configuration may call",
                metadata: ["reason": "\(error.reason)"])
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

extension ClientKey {
    /// Stands for keys that nobody could read yet. There is no key with such a digest, and its time is over.
    fileprivate static let unread = ClientKey(
        name: "not read yet", digest: Array(repeating: 0, count: 32), expiresAt: .min)
}
