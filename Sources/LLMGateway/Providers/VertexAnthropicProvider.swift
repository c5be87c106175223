import WireFormats

/// Anthropic's models in a project on Google's cloud.
struct VertexAnthropicProvider: PlatformProvider {
    static let kind = KnownProviderType.vertexAnthropic
    static let formats: [FormatID] = [.anthropicMessages]
    static let needsCredential = true

    private let place: VertexPlace

    init(_ settings: ProviderSettings) {
        place = VertexPlace(settings, publisher: "anthropic")
    }

    static func lacking(_ settings: ProviderSettings) -> String? { VertexPlace.lacking(settings) }

    func baseURL(_ settings: ProviderSettings) throws(UnusableSite) -> String? { try place.baseURL }

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        guard format == .anthropicMessages else { return nil }
        return switch operation {
        case .chat: place.path(streams ? "streamRawPredict" : "rawPredict")
        case .tokenCount: streams ? nil : place.path("rawPredict", model: "count-tokens")
        case .embeddings, .modelList, .storedResponse: nil
        }
    }

    var probePath: String? { place.probePath }

    var bodyEditor: (any BodyEditor)? { VertexAnthropicEditor() }

    var knownBetas: [String: String]? { AnthropicBetas.knownOnVertex }

    func signature(_ credential: Secret) -> [(name: String, value: String)] {
        [("x-goog-api-key", credential.reveal())]
    }

    func makeSigner(
        _ settings: ProviderSettings, credential: Secret?, kept: KeptCredentials
    ) throws(UnusableSite) -> (any RequestSigner)? { try place.makeSigner(kept) }
}

private struct VertexAnthropicEditor: BodyEditor {
    private let body = AnthropicCloudBody(version: "vertex-2023-10-16")

    /// The path has the model, but where tokens are counted.
    func edits(to body: JSONNode, of kind: CallKind, clientHeader: (StaticString) -> String?) -> [BodySplice] {
        self.body.edits(
            to: body, keepsModel: kind.operation == .tokenCount, header: clientHeader("anthropic-version"))
    }
}
