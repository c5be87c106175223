import WireFormats

/// Google's Gemini API, with a key of AI Studio.
struct GeminiProvider: UpstreamProvider {
    static let kind = KnownProviderType.gemini
    static let formats: [FormatID] = [.gemini]
    static let needsCredential = true

    init(_ settings: ProviderSettings) {}

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        guard format == .gemini else { return nil }
        return switch operation {
        case .chat: "/models/{model}:" + (streams ? "streamGenerateContent?alt=sse" : "generateContent")
        case .embeddings: streams ? nil : "/models/{model}:batchEmbedContents"
        case .tokenCount: streams ? nil : "/models/{model}:countTokens"
        case .modelList: "/models?pageSize=1000"
        case .storedResponse: nil
        }
    }

    /// One vector is asked for in its own way.
    func ownPath(of endpoint: FormatEndpoint) -> String? {
        endpoint.path.hasSuffix(":embedContent") ? "/models/{model}:embedContent" : nil
    }

    func signature(_ credential: Secret) -> [(name: String, value: String)] {
        [("x-goog-api-key", credential.reveal())]
    }
}
