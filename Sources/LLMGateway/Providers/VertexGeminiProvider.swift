import WireFormats

/// Google's Gemini models in a project on Google's cloud.
struct VertexGeminiProvider: PlatformProvider {
    static let kind = KnownProviderType.vertexGemini
    static let formats: [FormatID] = [.gemini]
    static let needsCredential = true

    private let place: VertexPlace

    init(_ settings: ProviderSettings) {
        place = VertexPlace(settings, publisher: "google")
    }

    static func lacking(_ settings: ProviderSettings) -> String? { VertexPlace.lacking(settings) }

    func baseURL(_ settings: ProviderSettings) throws(UnusableSite) -> String? { try place.baseURL }

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        guard format == .gemini else { return nil }
        return switch operation {
        case .chat: place.path(streams ? "streamGenerateContent?alt=sse" : "generateContent")
        case .embeddings: streams ? nil : place.path("predict")
        case .tokenCount: streams ? nil : place.path("countTokens")
        case .modelList, .storedResponse: nil
        }
    }

    var probePath: String? { place.probePath }

    var ownEmbeddings: (any UpstreamEmbeddingsCodec)? { VertexEmbeddingsCodec() }

    var bodyEditor: (any BodyEditor)? { VertexTokenCountEditor() }

    func signature(_ credential: Secret) -> [(name: String, value: String)] {
        [("x-goog-api-key", credential.reveal())]
    }

    func makeSigner(
        _ settings: ProviderSettings, credential: Secret?, kept: KeptCredentials
    ) throws(UnusableSite) -> (any RequestSigner)? { try place.makeSigner(kept) }
}

private struct VertexTokenCountEditor: BodyEditor {
    func isNeeded(for kind: CallKind) -> Bool { kind.operation == .tokenCount }

    func edits(to body: JSONNode, of kind: CallKind, clientHeader: (StaticString) -> String?) -> [BodySplice] {
        VertexTokenCount.edits(to: body)
    }
}
