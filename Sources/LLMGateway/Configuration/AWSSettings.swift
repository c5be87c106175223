/// What requests to AWS are signed with: a key that the operator has, or one that the platform lends.
struct AWSSettings: Sendable {
    /// nil: none is set.
    let accessKey: AccessKey?
    /// Who is asked where none is set; nil: nobody.
    let lender: Lender?
    /// Whether anything says that the lender is there: a variable, or the machine itself.
    let isLenderEvident: Bool

    struct AccessKey: Sendable, Equatable {
        let id: Secret
        let secret: Secret
        /// Goes along with keys that are good for a time only.
        let sessionToken: Secret?
    }

    /// Who lends credentials, in the order in which AWS's own libraries ask.
    enum Lender: Sendable, Equatable {
        /// AWS's token service, which takes the token in a file for a role.
        ///
        /// - endpoint: nil: the region's own.
        case tokenService(tokenFile: String, role: String, session: String, endpoint: String?)
        /// What runs the container (ECS, EKS).
        case container(url: String, token: ContainerToken)
        /// The machine's metadata service (EC2).
        case machine(endpoint: String)
    }

    /// What the container's agent wants to see.
    enum ContainerToken: Sendable, Equatable {
        case none
        case value(Secret)
        /// Read anew each time, since it changes.
        case file(String)
    }

    init(_ settings: Settings) {
        accessKey = Self.accessKey(settings)
        let certain = Self.tokenService(settings) ?? Self.container(settings)
        let machine = Self.machine(settings)
        lender = certain ?? machine?.lender
        isLenderEvident = certain != nil || machine?.isEvident == true
    }

    /// What must never be shown.
    var secrets: [String] {
        guard let accessKey else { return [] }
        return [accessKey.id, accessKey.secret, accessKey.sessionToken].compactMap { $0?.reveal() }
    }

    private static func accessKey(_ settings: Settings) -> AccessKey? {
        let id = settings.readIfSet(
            "access_key_id", .secret, belowFile: ["AWS_ACCESS_KEY_ID"],
            "Only bedrock: the id of the key that requests are signed with. Unset, like api_key: what the platform lends."
        )
        let secret = settings.readIfSet(
            "secret_access_key", .secret, belowFile: ["AWS_SECRET_ACCESS_KEY"], "Only bedrock: the key itself.")
        let token = settings.readIfSet(
            "session_token", .secret, belowFile: ["AWS_SESSION_TOKEN"],
            "Only bedrock: the token of a key that is good for a time only.")
        guard let id, let secret else {
            // Half a key among other programs' variables is their affair.
            if let id, id.origin.precedence > .variableBelowFile {
                settings.complain("access_key_id", "is of no use without secret_access_key")
            } else if let secret, secret.origin.precedence > .variableBelowFile {
                settings.complain("secret_access_key", "is of no use without access_key_id")
            }
            return nil
        }
        // A token among the variables belongs to the key there.
        let isItsOwn = token.map { $0.origin.precedence >= id.origin.precedence } ?? false
        return AccessKey(id: id.value, secret: secret.value, sessionToken: isItsOwn ? token?.value : nil)
    }

    // MARK: What the platform says of itself

    private static func variable(_ name: String, _ settings: Settings) -> String? {
        settings.reading.variable(name, in: settings.reading.environment)
    }

    private static func tokenService(_ settings: Settings) -> Lender? {
        guard let file = variable("AWS_WEB_IDENTITY_TOKEN_FILE", settings),
            let role = variable("AWS_ROLE_ARN", settings)
        else { return nil }
        return .tokenService(
            tokenFile: file, role: role, session: variable("AWS_ROLE_SESSION_NAME", settings) ?? "llm-gateway",
            endpoint: variable("AWS_ENDPOINT_URL_STS", settings))
    }

    private static func container(_ settings: Settings) -> Lender? {
        let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", settings).map { "http://169.254.170.2" + $0 }
        guard let url = relative ?? variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", settings) else { return nil }
        let token: ContainerToken
        if let file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", settings) {
            token = .file(file)
        } else {
            token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN", settings).map { .value(Secret($0)) } ?? .none
        }
        return .container(url: url, token: token)
    }

    private static func machine(_ settings: Settings) -> (lender: Lender, isEvident: Bool)? {
        guard variable("AWS_EC2_METADATA_DISABLED", settings)?.lowercased() != "true" else { return nil }
        if let endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", settings) {
            return (.machine(endpoint: endpoint), true)
        }
        return (.machine(endpoint: "http://169.254.169.254"), isMachineOfEC2)
    }

    /// Asking the metadata service elsewhere would only wait for an answer that never comes.
    private static var isMachineOfEC2: Bool {
        func says(_ path: String, _ start: String) -> Bool {
            (try? FileContents.text(of: path))?.lowercased().hasPrefix(start) ?? false
        }
        return says("/sys/devices/virtual/dmi/id/sys_vendor", "amazon ec2") || says("/sys/hypervisor/uuid", "ec2")
    }
}
