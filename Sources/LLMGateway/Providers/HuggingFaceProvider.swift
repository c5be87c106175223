import WireFormats

/// HuggingFace's router, which speaks OpenAI's Chat Completions for every inference provider behind it; or a server of
/// Text Generation Inference, where `api_formats` says so.
struct HuggingFaceProvider: PlatformProvider {
    static let kind = KnownProviderType.huggingFace
    static let formats: [FormatID] = [.openAIChat]
    static let needsCredential = true

    /// Whether its own API stands at the root, and OpenAI's under `/v1`.
    private let isServer: Bool

    init(_ settings: ProviderSettings) {
        isServer = Self.isServer(settings)
    }

    private static func isServer(_ settings: ProviderSettings) -> Bool {
        settings.apiFormats?.contains(FormatID.huggingFaceTGI.name) == true
    }

    /// A server of one's own may do without.
    static func lacking(_ settings: ProviderSettings) -> String? {
        isServer(settings) ? nil : usuallyLacking(settings)
    }

    func baseURL(_ settings: ProviderSettings) throws(UnusableSite) -> String? {
        guard isServer, let url = settings.baseURL else { return settings.baseURL }
        guard url != Self.kind.baseURL else {
            throw UnusableSite(
                reason: "base_url is missing; \(FormatID.huggingFaceTGI) is spoken by a server of its own")
        }
        return url.hasSuffix("/v1") ? String(url.dropLast(3)) : url
    }

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        if format == .huggingFaceTGI {
            return operation == .chat ? (streams ? "/generate_stream" : "/generate") : nil
        }
        return Self.usualPath(operation, format: format).map { (isServer ? "/v1" : "") + $0 }
    }

    var probePath: String? { isServer ? "/health" : nil }
}
