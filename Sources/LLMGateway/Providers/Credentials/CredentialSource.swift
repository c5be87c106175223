/// Where a credential comes from that has to be fetched: a token endpoint, a metadata server.
///
/// Equal sources give equal credentials: what is held survives a new configuration that names the same source.
protocol CredentialSource: Sendable, Equatable {
    associatedtype Credential: Sendable

    /// Fetches it, by as many requests as that takes.
    ///
    /// - Throws: ``UnavailableCredential``; the reason is logged.
    func fetch(by client: CredentialClient) async throws(UnavailableCredential) -> FetchedCredential<Credential>
}

/// A credential, fresh from its source.
struct FetchedCredential<Credential: Sendable>: Sendable {
    let credential: Credential
    /// How long it is good for, from now; nil: it doesn't expire.
    let lifetime: Duration?
}
