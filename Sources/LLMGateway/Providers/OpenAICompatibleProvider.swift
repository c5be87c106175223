import WireFormats

/// A server that speaks OpenAI's older APIs: vLLM, llama.cpp, LM Studio and most hosted services.
struct OpenAICompatibleProvider: UpstreamProvider {
    static let kind = KnownProviderType.openAICompatible
    static let formats: [FormatID] = [.openAIChat, .openAICompletions, .openAIEmbeddings]
    static let needsCredential = false

    init(_ settings: ProviderSettings) {}
}
