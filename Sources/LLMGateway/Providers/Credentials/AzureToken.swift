/// A token for Azure's AI services, from whoever vouches for the gateway there.
struct AzureToken: CredentialSource {
    let identity: AzureIdentity
    /// What the token is good for: `https://cognitiveservices.azure.com`, or the same of another cloud of Azure's.
    let audience: String

    /// - Parameter host: Of the resource that is called.
    init(_ identity: AzureIdentity, forHost host: String) {
        self.identity = identity
        let cloud = ["us", "cn"].first { host.hasSuffix(".azure.\($0)") } ?? "com"
        audience = "https://cognitiveservices.azure.\(cloud)"
    }

    func fetch(by client: CredentialClient) async throws(UnavailableCredential) -> FetchedCredential<Secret> {
        switch identity {
        case .workload(let file, let tenant, let application, let authority):
            let form = FormFields([
                ("grant_type", "client_credentials"), ("client_id", application), ("scope", "\(audience)/.default"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", try Self.text(of: file)),
            ])
            let url = "\(authority)/\(tenant)/oauth2/v2.0/token"
            let answer = try await client.ask("POST", url, headers: [FormFields.contentType], body: form.text)
            return try TokenAnswer.read(answer, from: BaseURL(authority)?.host ?? "")
        case .host(let endpoint, let proof, let application):
            return try await ask(
                endpoint, version: "2019-08-01", application, ("x-identity-header", proof.reveal()), client)
        case .machine(let endpoint, let application):
            let url = "\(endpoint)/metadata/identity/oauth2/token"
            return try await ask(url, version: "2018-02-01", application, ("metadata", "true"), client)
        }
    }

    private func ask(
        _ url: String, version: String, _ application: String?, _ header: (name: String, value: String),
        _ client: CredentialClient
    ) async throws(UnavailableCredential) -> FetchedCredential<Secret> {
        var fields = [(name: "api-version", value: version), ("resource", audience)]
        if let application { fields.append(("client_id", application)) }
        let answer = try await client.ask("GET", "\(url)?\(FormFields(fields).text)", headers: [header])
        return try TokenAnswer.read(answer, from: BaseURL(url)?.host ?? "")
    }
}
