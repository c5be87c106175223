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

    /// Others end in 400, "Unexpected value(s)". As other gateways have found them out.
    var knownBetas: [String: String]? { Self.betas }

    private static let betas: [String: String] = {
        let same = [
            "compact-2026-01-12", "compact-2026-09-04", "computer-use-2025-01-24", "computer-use-2025-11-24",
            "context-1m-2025-08-07", "context-management-2025-06-27", "dangerous-tool-use-2026-09-03",
            "interleaved-thinking-2025-05-14", "per-turn-control-2026-07-01", "thinking-binding-controls-2026-08-01",
            "thinking-display-updates-2026-08-18", "tool-search-tool-2025-10-19", "web-search-2025-03-05",
        ]
        var names = Dictionary(uniqueKeysWithValues: same.map { ($0, $0) })
        // Anthropic's own API has the search for tools under this name.
        names["advanced-tool-use-2025-11-20"] = "tool-search-tool-2025-10-19"
        return names
    }()

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
