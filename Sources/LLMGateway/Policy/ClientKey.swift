/// A key that clients call with: whose it is, what it may use, and how much of that.
struct ClientKey: Sendable, Equatable {
    /// What the operator said of its limits. nil: what `limits:` says for every key; 0: no limit.
    struct Limits: Sendable, Equatable {
        var requestsPerMinute: Int?
        var tokensPerMinute: Int?
        /// Requests at once.
        var burst: Int?
        /// Calls at once.
        var maxInFlight: Int?
        /// nil: no budget; there is none that all keys have.
        var budget: Budget.Limit?
    }

    /// Its own among all keys, those made at run time too. Logs and metrics show it; the key itself is never shown.
    let name: String
    /// What metrics call callers without a key; no key has that name.
    static let noName = "none"
    /// SHA-256 of the key's UTF-8 bytes, 32 bytes.
    let digest: [UInt8]
    /// The names that it may call models by. Empty: all.
    var models: [NamePattern] = []
    var limits = Limits()
    /// Whether it may operate the gateway.
    var isAdmin = false
    /// Seconds since 1970 from which on it is unknown; nil: never.
    var expiresAt: Int64?
}
