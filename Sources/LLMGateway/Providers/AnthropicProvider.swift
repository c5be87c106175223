import WireFormats

/// api.anthropic.com, or anything that is the same in every respect.
struct AnthropicProvider: UpstreamProvider {
    static let kind = KnownProviderType.anthropic
    static let formats: [FormatID] = [.anthropicMessages]
    static let needsCredential = true

    let usualBasePath = "/v1"

    /// The version whose fields the gateway writes, for clients that say none.
    let usualHeaders = [(name: "anthropic-version", value: "2023-06-01")]

    init(_ settings: ProviderSettings) {}

    func signature(_ credential: Secret) -> [(name: String, value: String)] {
        [("x-api-key", credential.reveal())]
    }
}
