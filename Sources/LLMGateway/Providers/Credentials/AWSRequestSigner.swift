import Synchronization

/// Signs requests to a service of AWS's, each for itself: what was signed once is worth nothing a few minutes later.
final class AWSRequestSigner: FetchingSigner {
    private let source: any AWSCredentialsHolder
    private let region: String
    private let service: String
    /// Further lines that a signature covers: those that AWS wants covered when they are there.
    private let coveredHeaders: [(name: String, value: String)]
    /// Good for a day, and used by all loops: deriving it anew costs more than all the rest.
    private let derived = Mutex<(credentials: AWSCredentials, signature: AWSSignature)?>(nil)

    /// - Parameter headers: Those that the operator has set, which are sent as they are.
    init(_ source: any AWSCredentialsHolder, region: String, service: String, headers: [(name: String, value: Secret)])
    {
        (self.source, self.region, self.service) = (source, region, service)
        coveredHeaders =
            headers
            .map { (name: $0.name.lowercased(), value: $0.value.reveal()) }
            .filter { $0.name == "content-type" || $0.name.hasPrefix("x-amz-") }
    }

    func prepare(at place: LoopPause, fetchingWithin limit: Duration) async {
        await source.prepare(at: place, fetchingWithin: limit)
    }

    func wasRefused() -> Bool { source.wasRefused() }

    func headers(for request: SignableRequest) throws(UnavailableCredential) -> [(name: String, value: String)] {
        let credentials = try source.current()
        let time = AWSTime(unixSeconds: Int(request.time.seconds))
        var own = [(name: "x-amz-date", value: time.text)]
        if let token = credentials.sessionToken { own.append(("x-amz-security-token", token.reveal())) }
        var covered = [(name: "host", value: request.authority)] + own
        covered.removeAll { line in coveredHeaders.contains { $0.name == line.name } }
        covered += coveredHeaders
        if request.method == "POST", !coveredHeaders.contains(where: { $0.name == "content-type" }) {
            covered.append(("content-type", "application/json"))
        }
        let path = request.target.prefix { $0 != "?" }
        let canonical = AWSCanonicalRequest(
            method: request.method, path: String(path), query: String(request.target.dropFirst(path.count + 1)),
            headers: covered, bodyHash: AWSSignature.hash(request.body))
        let signature = signature(of: credentials, on: time.date)
        return own + [("authorization", signature.authorization(canonical, at: time))]
    }

    private func signature(of credentials: AWSCredentials, on date: String) -> AWSSignature {
        derived.withLock { derived in
            if let derived, derived.signature.scope.date == date, derived.credentials == credentials {
                return derived.signature
            }
            let signature = AWSSignature(credentials, for: .init(date: date, region: region, service: service))
            derived = (credentials, signature)
            return signature
        }
    }
}

/// Who has AWS's credentials: for good, or for as long as they were lent.
protocol AWSCredentialsHolder: Sendable {
    /// As ``FetchingSigner/prepare(at:fetchingWithin:)``.
    func prepare(at place: LoopPause, fetchingWithin limit: Duration) async
    /// What to sign with.
    func current() throws(UnavailableCredential) -> AWSCredentials
    /// As ``FetchingSigner/wasRefused()``.
    func wasRefused() -> Bool
}

extension AWSCredentials: AWSCredentialsHolder {
    func prepare(at place: LoopPause, fetchingWithin limit: Duration) async {}
    func current() -> AWSCredentials { self }
    func wasRefused() -> Bool { false }
}
