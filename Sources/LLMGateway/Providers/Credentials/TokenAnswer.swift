import WireFormats

/// What a token endpoint answers (RFC 6749, section 5); some of Azure's say in `expires_on` when a token ends, in seconds
/// since 1970.
enum TokenAnswer {
    /// - Parameters:
    ///   - host: Who answered, for the operator.
    ///   - field: What the token is called.
    /// - Throws: ``UnavailableCredential`` with the endpoint's own words for a refusal.
    static func read(
        _ answer: CredentialClient.Answer, from host: String, named field: StaticString = "access_token"
    ) throws(UnavailableCredential) -> FetchedCredential<Secret> {
        let tape = JSONTape()
        defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
        let read = answer.body.withUnsafeBytes { bytes -> Result<FetchedCredential<Secret>, UnavailableCredential> in
            let root = try? tape.parse(bytes)
            guard answer.status == 200 else {
                let error = root?["error"]
                let words = [error, error?["message"], root?["error_description"]].compactMap { $0?.text }
                let said = ([String(answer.status)] + words).joined(separator: ": ").prefix(300)
                let isTheirs = answer.status >= 500 || answer.status == 429 || answer.status == 408
                return .failure(
                    UnavailableCredential(
                        fault: isTheirs ? .unreachable : .refused, reason: "\(host) gave no token: \(said)"))
            }
            guard let token = root?[field]?.text, isToken(token) else {
                return .failure(
                    UnavailableCredential(fault: .refused, reason: "\(host) answered without an \(field)"))
            }
            let left = root?["expires_on"]?.number.map { max($0, 0) - Int(WallClock.now.seconds) }
            let seconds = root?["expires_in"]?.number ?? left
            let lifetime = seconds.map { Duration.seconds(min(max($0, 0), 86_400)) }
            return .success(FetchedCredential(credential: Secret(token), lifetime: lifetime ?? usualLifetime))
        }
        return try read.get()
    }

    /// Where the answer doesn't say.
    private static let usualLifetime = Duration.seconds(3600)

    /// What a header can hold.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension JSONNode {
    fileprivate var text: String? { try? string() }

    /// Written as one, or as text.
    fileprivate var number: Int? { wholeNumber ?? text.flatMap { Int($0) } }
}
