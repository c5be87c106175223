import WireFormats

/// Amazon Bedrock's runtime, which speaks Converse for every model behind it. It has no list of them.
struct BedrockProvider: PlatformProvider {
    static let kind = KnownProviderType.bedrock
    static let formats: [FormatID] = [.bedrockConverse]
    static let needsCredential = true

    /// A model's name may be an ARN.
    let modelIsOneSegment = true

    init(_ settings: ProviderSettings) {}

    static func lacking(_ settings: ProviderSettings) -> String? {
        let name = "providers.\(settings.name)"
        let sendsKey = !settings.apiKeys.isEmpty || settings.forwardClientKey
        if settings.platform.location == nil, !sendsKey || settings.baseURL == nil {
            return "\(name).location (or AWS_REGION)"
        }
        if sendsKey || settings.platform.aws?.accessKey != nil || settings.platform.aws?.isLenderEvident == true {
            return nil
        }
        return "\(name).access_key_id and secret_access_key (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
    }

    func baseURL(_ settings: ProviderSettings) throws(UnusableSite) -> String? {
        if let url = settings.baseURL { return url }
        return "https://bedrock-runtime.\(try Self.region(settings)).amazonaws.com"
    }

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        guard format == .bedrockConverse, operation == .chat else { return nil }
        return "/model/{model}/converse" + (streams ? "-stream" : "")
    }

    /// None for an API key, which is sent as it is.
    func makeSigner(
        _ settings: ProviderSettings, credential: Secret?, kept: KeptCredentials
    ) throws(UnusableSite) -> (any RequestSigner)? {
        guard credential == nil, let aws = settings.platform.aws else { return nil }
        let region = try Self.region(settings)
        let holder: any AWSCredentialsHolder
        if let key = aws.accessKey {
            holder = AWSCredentials(
                accessKeyID: key.id.reveal(), secretAccessKey: key.secret, sessionToken: key.sessionToken)
        } else if let lender = aws.lender {
            holder = kept.credential(from: AWSCredentialSource(lender: lender, region: region))
        } else {
            throw UnusableSite(reason: "access_key_id and secret_access_key are missing")
        }
        return AWSRequestSigner(holder, region: region, service: "bedrock", headers: settings.headers)
    }

    /// A part of the host's name, and of every signature.
    private static func region(_ settings: ProviderSettings) throws(UnusableSite) -> String {
        guard let region = settings.platform.location else { throw UnusableSite(reason: "location is missing") }
        let isPlain = region.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isPlain else { throw UnusableSite(reason: "location is no region of AWS's, as eu-west-3") }
        return region
    }
}
