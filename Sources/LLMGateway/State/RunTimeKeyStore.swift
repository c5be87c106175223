/// Where keys are kept that were made at run time; all processes that use it know the same ones.
protocol RunTimeKeyStore: Sendable {
    func entries() async throws(StateUnavailable) -> [RunTimeKey]
    /// - Returns: false: the name is taken.
    func insert(_ key: RunTimeKey) async throws(StateUnavailable) -> Bool
    /// - Returns: false: there is none of that name.
    func delete(_ name: String) async throws(StateUnavailable) -> Bool
}

/// A key that was made at run time.
struct RunTimeKey: Codable, Sendable, Equatable {
    /// Its own among them.
    var name: String
    /// SHA-256, in hexadecimal digits.
    var digest: String
    /// The entry as it was accepted, without the key.
    var json: String
    /// Seconds since 1970.
    var createdAt: Int64
    /// Seconds since 1970; nil: never.
    var expiresAt: Int64?
}
