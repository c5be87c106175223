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

/// The fields of a form, as bodies and queries hold them (`application/x-www-form-urlencoded`).
struct FormFields {
    static let contentType = (name: "content-type", value: "application/x-www-form-urlencoded")

    let text: String

    init(_ fields: [(name: String, value: String)]) {
        text = fields.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        // Slashes and at signs, which paths may hold, are escaped as well.
        String(decoding: PercentEncoding.encoded(text), as: UTF8.self).replacing("/", with: "%2F")
            .replacing("@", with: "%40")
    }
}
