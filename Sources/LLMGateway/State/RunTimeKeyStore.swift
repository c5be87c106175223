/// Where the keys are kept that were made at run time. Whoever shares it knows the same keys.
protocol RunTimeKeyStore: Sendable {
    /// All of them, expired ones too, by name.
    func entries() async throws(StateUnavailable) -> [RunTimeKey]

    /// - Returns: false: the name is taken.
    func insert(_ key: RunTimeKey) async throws(StateUnavailable) -> Bool

    /// - Returns: false: there is no key of that name.
    func delete(_ name: String) async throws(StateUnavailable) -> Bool
}

/// A key that was made at run time, as it is kept: never the key itself.
struct RunTimeKey: Codable, Sendable, Equatable {
    var name: String
    /// SHA-256, hex.
    var digest: String
    /// The entry as it was accepted, without the key.
    var json: String
    /// Seconds since 1970.
    var createdAt: Int64
    /// Seconds since 1970; nil: never.
    var expiresAt: Int64?
}
