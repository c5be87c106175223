import WireFormats

/// OpenAI's models in a resource on Azure, where a model is called by the name of its deployment.
///
/// There are two surfaces: the classic one, with a version in the query and most deployments in the path, and `v1`, which
/// is OpenAI's own API.
struct AzureOpenAIProvider: PlatformProvider {
    static let kind = KnownProviderType.azureOpenAI
    static let formats: [FormatID] = [.openAIChat, .openAIResponses, .openAICompletions, .openAIEmbeddings]
    static let needsCredential = true

    /// Those whose classic paths have no deployment: the body names it.
    private static let withoutDeployment: [FormatID] = [.openAIResponses]

    private let deployments: [String: String]
    private let models: [String]
    private let isClassic: Bool
    /// What of the path the base URL leaves to say: `/openai/v1`, or a part of it.
    private let prefix: String
    private let query: String

    init(_ settings: ProviderSettings) {
        let platform = settings.platform
        models = platform.deployments.map(\.model)
        deployments = Dictionary(platform.deployments.map { ($0.model, $0.deployment) }) { first, _ in first }
        let base = settings.baseURL.flatMap { BaseURL($0) }?.path ?? ""
        isClassic = platform.apiVersion != nil && !base.hasSuffix("/openai/v1")
        let surface = isClassic ? "/openai" : "/openai/v1"
        prefix = base.hasSuffix("/openai/v1") ? "" : String(surface.dropFirst(base.hasSuffix("/openai") ? 7 : 0))
        query =
            platform.apiVersion.map { "?api-version=" + String(decoding: PercentEncoding.encoded($0), as: UTF8.self) }
            ?? ""
    }

    static func lacking(_ settings: ProviderSettings) -> String? {
        let (platform, hasKey) = (settings.platform, !settings.apiKeys.isEmpty || settings.forwardClientKey)
        let isThere = hasKey || platform.accessToken != nil || platform.azure != nil
        return isThere ? nil : "providers.\(settings.name).api_key"
    }

    var listedModels: [String] { models }

    func deployment(of model: String) -> String { deployments[model] ?? model }

    /// A resource lists what could be deployed, which says nothing of what is: only the probe asks for that list.
    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        guard operation != .modelList, let path = Self.usualPath(operation, format: format) else { return nil }
        let hasDeployment = isClassic && !Self.withoutDeployment.contains(format)
        return prefix + (hasDeployment ? "/deployments/{model}" : "") + path + query
    }

    var probePath: String? { prefix + "/models" + query }

    func signature(_ credential: Secret) -> [(name: String, value: String)] {
        [("api-key", credential.reveal())]
    }

    func makeSigner(
        _ settings: ProviderSettings, credential: Secret?, kept: KeptCredentials
    ) throws(UnusableSite) -> (any RequestSigner)? {
        guard credential == nil else { return nil }
        if let token = settings.platform.accessToken { return StaticBearerSigner(token: token) }
        guard !settings.forwardClientKey, let identity = settings.platform.azure else { return nil }
        let host = settings.baseURL.flatMap { BaseURL($0) }?.host ?? ""
        return BearerSigner(kept.credential(from: AzureToken(identity, forHost: host)))
    }
}
