import WireFormats

/// Credentials that the platform lends for some hours: asked for where nobody has set any.
struct AWSCredentialSource: CredentialSource {
    let lender: AWSSettings.Lender
    let region: String

    func fetch(
        by client: CredentialClient
    ) async throws(UnavailableCredential) -> FetchedCredential<AWSCredentials> {
        let lent =
            switch lender {
            case .tokenService(let file, let role, let session, let endpoint):
                try await assume(role, session, by: Self.text(of: file), endpoint, client)
            case .container(let url, let token): try await ask(containerAt: url, token, client)
            case .machine(let endpoint): try await ask(machineAt: endpoint, client)
            }
        return FetchedCredential(
            credential: lent.credentials,
            lifetime: lent.expiry.map { .seconds(max(0, $0 - Int(WallClock.now.seconds))) })
    }

    /// Exchanges a token for a role's credentials at AWS's token service, which answers in XML.
    private func assume(
        _ role: String, _ session: String, by token: String, _ endpoint: String?, _ client: CredentialClient
    ) async throws(UnavailableCredential) -> AWSLoan {
        let form = FormFields([
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", session), ("WebIdentityToken", token),
        ])
        let answer = try await client.ask(
            "POST", endpoint ?? "https://sts.\(region).amazonaws.com/",
            headers: [FormFields.contentType], body: form.text)
        let text = try Self.success(answer, "AWS's token service")
        guard let loan = AWSLoan(xml: text) else { throw Self.unreadable("AWS's token service") }
        return loan
    }

    private func ask(
        containerAt url: String, _ token: AWSSettings.ContainerToken, _ client: CredentialClient
    ) async throws(UnavailableCredential) -> AWSLoan {
        guard let base = BaseURL(url), base.isSecure || Self.isOfThisMachine(base.host) else {
            throw UnavailableCredential(
                fault: .refused, reason: "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor of this machine")
        }
        let value: String? =
            switch token {
            case .none: nil
            case .value(let secret): secret.reveal()
            case .file(let path): try Self.text(of: path)
            }
        let answer = try await client.ask("GET", url, headers: value.map { [("authorization", $0)] } ?? [])
        guard let loan = AWSLoan(json: try Self.success(answer, "the container's agent")) else {
            throw Self.unreadable("the container's agent")
        }
        return loan
    }

    /// Asks the metadata service (IMDSv2) for the credentials of the machine's role.
    private func ask(
        machineAt endpoint: String, _ client: CredentialClient
    ) async throws(UnavailableCredential) -> AWSLoan {
        let service = "the machine's metadata service"
        var endpoint = endpoint
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        let session = try await client.ask(
            "PUT", endpoint + "/latest/api/token", headers: [("x-aws-ec2-metadata-token-ttl-seconds", "300")], body: "")
        let proof = [(name: "x-aws-ec2-metadata-token", value: try Self.success(session, service))]
        let roles = endpoint + "/latest/meta-data/iam/security-credentials/"
        // One a line; a machine has one.
        let role = try Self.success(try await client.ask("GET", roles, headers: proof), service).prefix { $0 != "\n" }
        let answer = try await client.ask("GET", roles + role, headers: proof)
        guard let loan = AWSLoan(json: try Self.success(answer, service)) else { throw Self.unreadable(service) }
        return loan
    }

    // MARK: What may go wrong

    /// The text of an answer that is one.
    private static func success(
        _ answer: CredentialClient.Answer, _ who: String
    ) throws(UnavailableCredential) -> String {
        let text = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else {
            let code = AWSLoan.text(of: "Code", in: text).map { ", \($0.prefix(64))" } ?? ""
            // A 429 or a 5xx may pass.
            let fault: UnavailableCredential.Fault =
                answer.status == 429 || answer.status >= 500 ? .unreachable : .refused
            throw UnavailableCredential(fault: fault, reason: "\(who) answered with status \(answer.status)\(code)")
        }
        guard let text = text.trimmed.nonEmpty else { throw unreadable(who) }
        return text
    }

    private static func unreadable(_ who: String) -> UnavailableCredential {
        UnavailableCredential(fault: .refused, reason: "\(who) answered without credentials")
    }

    /// A container's agent is asked without TLS only where nobody can listen: here, or at the addresses of ECS and EKS.
    private static func isOfThisMachine(_ host: String) -> Bool {
        host == "localhost" || host.hasPrefix("127.") || host == "::1"
            || ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(host)
    }
}

extension KeptCredential: AWSCredentialsHolder where Source == AWSCredentialSource {}
