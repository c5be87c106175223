import WireFormats

/// HuggingFace's router, which speaks OpenAI's Chat Completions for every inference provider behind it.
struct HuggingFaceProvider: UpstreamProvider {
    static let kind = KnownProviderType.huggingFace
    static let formats: [FormatID] = [.openAIChat]
    static let needsCredential = true

    init(_ settings: ProviderSettings) {}
}
