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

extension CredentialSource {
    /// What a file of the platform's says, that is written anew now and then.
    static func text(of file: String) throws(UnavailableCredential) -> String {
        do throws(FileContents.Unreadable) {
            return try FileContents.text(of: file).trimmed
        } catch {
            throw UnavailableCredential(fault: .refused, reason: "\(file) can't be read: \(error.reason)")
        }
    }
}

/// A credential, fresh from its source.
struct FetchedCredential<Credential: Sendable>: Sendable {
    let credential: Credential
    /// How long it is good for, from now; nil: it doesn't expire.
    let lifetime: Duration?
}
