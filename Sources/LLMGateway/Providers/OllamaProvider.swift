import WireFormats

/// A server of Ollama's, asked in its own API: only there the room for a dialogue can be set, which is cut silently
/// otherwise.
struct OllamaProvider: UpstreamProvider {
    static let kind = KnownProviderType.ollama
    static let formats: [FormatID] = [.ollama]
    static let needsCredential = false

    init(_ settings: ProviderSettings) {}

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        guard format == .ollama else { return nil }
        return switch operation {
        case .chat: "/api/chat"
        case .embeddings: streams ? nil : "/api/embed"
        case .modelList: "/api/tags"
        case .tokenCount, .storedResponse: nil
        }
    }

    /// What the codecs don't use.
    func ownPath(of endpoint: FormatEndpoint) -> String? {
        ["/api/generate", "/api/embeddings"].first { $0 == endpoint.path }
    }
}
