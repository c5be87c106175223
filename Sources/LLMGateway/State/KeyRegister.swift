import Logging

/// Makes keys at run time, lists them and takes them away: for operators, over the network or on the machine itself.
struct KeyRegister: Sendable {
    let store: any RunTimeKeyStore
    let ledger: Ledger
    let logger: Logger

    /// Makes a key.
    ///
    /// - Parameters:
    ///   - configured: The names of the configuration's keys.
    ///   - maker: Who asks for it, for the log.
    func make(
        _ entry: RunTimeKeyEntry, beside configured: [String], by maker: String
    ) async throws(KeyRefusal) -> MadeKey {
        let name = entry.terms.name
        guard !configured.contains(name) else { throw .nameTaken(name) }
        let isFirst = try await isOpen(beside: configured)
        guard !isFirst || entry.terms.isAdmin else { throw .firstIsNoAdmin }
        let made = MadeKey(entry, at: WallClock.now.seconds)
        let isTaken = try await ask { () async throws(StateUnavailable) in try await !store.insert(made.kept) }
        guard !isTaken else { throw .nameTaken(name) }
        logger.notice("a key was made", metadata: ["key": "\(name)", "by": "\(maker)"])
        if isFirst { logger.notice("the gateway is closed to callers without a key from now on") }
        return made
    }

    /// Takes a key away: whoever calls with it is refused, here at once and by other processes within a second.
    ///
    /// - Parameters:
    ///   - configured: The names of the configuration's keys.
    ///   - revoker: Who asks for it, for the log.
    func revoke(_ name: String, beside configured: [String], by revoker: String) async throws(KeyRefusal) {
        guard !configured.contains(name) else { throw .configured(name) }
        let wasThere = try await ask { () async throws(StateUnavailable) in try await store.delete(name) }
        guard wasThere else { throw .unknown(name) }
        logger.notice("a key was revoked", metadata: ["key": "\(name)", "by": "\(revoker)"])
        if (try? await isOpen(beside: configured)) == true {
            logger.warning("no key is left: the gateway is open to whoever reaches its port")
        }
    }

    /// All keys, the configuration's first.
    func list(beside configured: [KeyTerms]) async throws(KeyRefusal) -> [ListedKey] {
        let uses = try await ask { () async throws(StateUnavailable) in try await ledger.use() }
        let made = try await ask { () async throws(StateUnavailable) in try await store.entries() }
        return configured.map { ListedKey($0, use: uses[$0.name]) } + made.map { ListedKey($0, use: uses[$0.name]) }
    }

    /// Whether there is no key at all.
    private func isOpen(beside configured: [String]) async throws(KeyRefusal) -> Bool {
        guard configured.isEmpty else { return false }
        return try await ask { () async throws(StateUnavailable) in try await store.entries().isEmpty }
    }

    private func ask<Value>(
        _ store: () async throws(StateUnavailable) -> Value
    ) async throws(KeyRefusal) -> Value {
        do throws(StateUnavailable) { return try await store() } catch { throw .unavailable(error) }
    }
}
