import WireFormats

/// What a token endpoint answers (RFC 6749, section 5).
enum TokenAnswer {
    /// - Parameter host: Who answered, for the operator.
    /// - Throws: ``UnavailableCredential`` with the endpoint's own words for a refusal.
    static func read(
        _ answer: CredentialClient.Answer, from host: String
    ) throws(UnavailableCredential) -> FetchedCredential<Secret> {
        let tape = JSONTape()
        defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
        let read = answer.body.withUnsafeBytes { bytes -> Result<FetchedCredential<Secret>, UnavailableCredential> in
            let root = try? tape.parse(bytes)
            guard answer.status == 200 else {
                let words = ["error", "error_description"].compactMap { root?[named: $0]?.text }
                let said = ([String(answer.status)] + words).joined(separator: ": ").prefix(300)
                let isTheirs = answer.status >= 500 || answer.status == 429 || answer.status == 408
                return .failure(
                    UnavailableCredential(
                        fault: isTheirs ? .unreachable : .refused, reason: "\(host) gave no token: \(said)"))
            }
            guard let token = root?["access_token"]?.text, isToken(token) else {
                return .failure(
                    UnavailableCredential(fault: .refused, reason: "\(host) answered without an access_token"))
            }
            let seconds = root?["expires_in"].flatMap { $0.wholeNumber ?? $0.text.flatMap { Int($0) } }
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
}
