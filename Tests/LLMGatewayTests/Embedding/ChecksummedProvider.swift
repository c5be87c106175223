import LLMGateway
import WireFormats

/// A server of a program's own, which speaks OpenAI's format at paths of its own and wants each request signed.
///
/// ```yaml
/// providers:
///   inhouse: { type: checksummed, base_url: https://models.example, api_key: ${INHOUSE_KEY} }
/// ```
struct ChecksummedProvider: UpstreamProvider {
    static let kind = KnownProviderType.own("checksummed", requiresBaseURL: true)
    static let formats: [FormatID] = [.openAIChat]
    static let needsCredential = true

    init(_ settings: ProviderSettings) {}

    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        switch operation {
        case .chat where format == .openAIChat: "/run/{model}"
        case .modelList: "/models"
        default: nil
        }
    }

    func makeSigner(_ settings: ProviderSettings, credential: Secret?) throws(UnusableSite) -> (any RequestSigner)? {
        guard let credential else { throw UnusableSite(reason: "api_key must be set") }
        return Checksum(key: credential)
    }

    /// A sum is no signature, but it depends on the body as one does.
    private struct Checksum: RequestSigner {
        let key: Secret

        func headers(for request: SignableRequest) throws(UnavailableCredential) -> [(name: String, value: String)] {
            let sum = request.body.reduce(into: UInt32(0)) { $0 = $0 &* 31 &+ UInt32($1) }
            return [("x-signature", "\(request.method) \(request.target) \(sum) \(key.reveal().utf8.count)")]
        }
    }
}
