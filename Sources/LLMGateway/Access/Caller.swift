/// Who calls: a key, or everybody who has none while the gateway is open. Immutable; a call keeps the one that it began with.
final class Caller: Sendable {
    /// nil: nobody in particular.
    let key: ClientKey?
    let account: Account
    /// What it may in all, however many replicas there are.
    let rules: Admission.Rules
    /// Where its requests are counted by address; nil: nowhere.
    let addresses: AddressLimit?
    /// Whether anything of a call is to be counted before it goes on.
    let isLimited: Bool
    /// Whether tokens or money are.
    let isMetered: Bool
    /// Whether money is.
    let hasBudget: Bool

    init(_ key: ClientKey?, _ account: Account, _ rules: Admission.Rules, addresses: AddressLimit?) {
        (self.key, self.account, self.rules, self.addresses) = (key, account, rules, addresses)
        hasBudget = rules.budget != nil
        isMetered = hasBudget || rules.tokens != nil
        isLimited = isMetered || rules.requests != nil || rules.maxInFlight > 0 || addresses != nil
    }

    /// Empty for callers without a key.
    var name: String { key?.name ?? "" }

    /// Whether it may call a model.
    ///
    /// - Parameter model: The name that the client says, less a provider that it pins.
    func mayUse(_ model: String) -> Bool {
        guard let patterns = key?.models, !patterns.isEmpty else { return true }
        return patterns.contains { $0.matches(model) }
    }
}

/// Everybody who may call, as it stands at one moment.
final class CallerTable: Sendable {
    /// Which one of ``KeyRing``'s it is; later ones have higher numbers.
    let version: Int
    /// Everybody without a key, or with one that isn't known.
    let stranger: Caller
    private let known: [KeyDigest: Caller]

    init(version: Int, stranger: Caller, _ callers: [Caller]) {
        (self.version, self.stranger) = (version, stranger)
        known = Dictionary(
            callers.compactMap { caller in caller.key.flatMap { KeyDigest($0.digest) }.map { ($0, caller) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Whether strangers may call: there is no key at all. One that has expired is one all the same: the last key's end
    /// doesn't open the gateway to everybody.
    var isOpen: Bool { known.isEmpty }

    /// Who sends a request; nil: nobody who may call.
    func caller(of connection: ServerConnection) -> Caller? {
        isOpen ? stranger : connection.firstKey(caller(bringing:))
    }

    /// Who has a key; nil: nobody who may call.
    func caller(bringing key: UnsafeRawBufferPointer) -> Caller? {
        if isOpen { return stranger }
        guard let caller = known[KeyDigest(of: key)] else { return nil }
        if let end = caller.key?.expiresAt, end <= WallClock.now.seconds { return nil }
        return caller
    }
}
