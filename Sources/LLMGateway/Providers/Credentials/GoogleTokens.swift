/// A token for a user who has logged in (`gcloud auth application-default login`).
struct GoogleUserToken: CredentialSource {
    let clientID: String
    let clientSecret: Secret
    let refreshToken: Secret
    let tokenURL: String

    func fetch(by client: CredentialClient) async throws(UnavailableCredential) -> FetchedCredential<Secret> {
        let form = FormFields([
            ("grant_type", "refresh_token"), ("client_id", clientID), ("client_secret", clientSecret.reveal()),
            ("refresh_token", refreshToken.reveal()),
        ])
        let answer = try await client.ask("POST", tokenURL, headers: [FormFields.contentType], body: form.text)
        return try TokenAnswer.read(answer, from: BaseURL(tokenURL)?.host ?? "")
    }
}

/// A token for the service account of the machine that the gateway runs on, from Google's metadata server.
struct GoogleMachineToken: CredentialSource {
    /// `metadata.google.internal`, or where the environment says.
    let host: String

    func fetch(by client: CredentialClient) async throws(UnavailableCredential) -> FetchedCredential<Secret> {
        let answer = try await client.ask(
            "GET", "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token",
            headers: [("metadata-flavor", "Google")])
        return try TokenAnswer.read(answer, from: host)
    }
}
