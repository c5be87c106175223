/// A model in a list for clients.
public struct ModelEntry: Sendable, Equatable {
    /// The name that clients use.
    public let name: String
    /// The provider that would serve it first.
    public let ownedBy: String
    /// When it came to be, as far as anybody here can know: in seconds since 1970.
    public let created: Int

    /// A model.
    public init(name: String, ownedBy: String, created: Int) {
        (self.name, self.ownedBy, self.created) = (name, ownedBy, created)
    }
}
