/// Sends a token that had to be fetched as `authorization: Bearer`.
struct BearerSigner<Source: CredentialSource>: FetchingSigner where Source.Credential == Secret {
    private let token: KeptCredential<Source>

    init(_ token: KeptCredential<Source>) {
        self.token = token
    }

    func prepare(at place: LoopPause, fetchingWithin limit: Duration) async {
        await token.prepare(at: place, fetchingWithin: limit)
    }

    func headers(for request: SignableRequest) throws(UnavailableCredential) -> [(name: String, value: String)] {
        [("authorization", "Bearer \(try token.current().reveal())")]
    }

    func wasRefused() -> Bool { token.wasRefused() }
}

/// Sends a token of the operator's as `authorization: Bearer`.
struct StaticBearerSigner: RequestSigner {
    let token: Secret

    func headers(for request: SignableRequest) throws(UnavailableCredential) -> [(name: String, value: String)] {
        [("authorization", "Bearer \(token.reveal())")]
    }
}
