import WireFormats

/// api.openai.com, or anything that is the same in every respect.
struct OpenAIProvider: UpstreamProvider {
    static let kind = KnownProviderType.openAI
    static let formats: [FormatID] = [.openAIChat, .openAIResponses, .openAICompletions, .openAIEmbeddings]
    static let needsCredential = true

    init(_ settings: ProviderSettings) {}
}
