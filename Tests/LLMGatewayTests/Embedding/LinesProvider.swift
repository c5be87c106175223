import LLMGateway
import WireFormats

/// A server that speaks ``LinesFormat``.
struct LinesProvider: UpstreamProvider {
    static let kind = KnownProviderType.own("lines-server", requiresBaseURL: true)
    static let formats: [FormatID] = ["lines"]
    static let needsCredential = false

    init(_ settings: ProviderSettings) {}

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        operation == .chat && !streams ? "/ask" : nil
    }
}
