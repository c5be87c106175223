import Testing
import WireFormats

@testable import LLMGateway

/// A provider of a configuration, ready for use: what the tests of cloud providers ask for addresses.
struct CloudSite {
    let site: UpstreamSite

    /// - Parameter entry: What stands under the provider's name, `p`.
    init(_ entry: String, _ environment: [String: String] = [:]) async throws {
        let snapshot = try await Snapshot.made(from: "providers: { p: { \(entry) } }", environment)
        let provider = try #require(snapshot.providers.first { $0.name == "p" })
        guard case .upstream(let site) = provider.kind else { throw NoSite() }
        self.site = site
    }

    private struct NoSite: Error {}

    /// `POST https://host:port/path`, as the first line and the origin say; nil for what can't be asked.
    func address(
        _ format: FormatID, _ operation: WireFormats.Operation = .chat, streams: Bool = false, model: String = "m"
    ) -> String? {
        let kind = CallKind(format: format, operation: operation, streams: streams)
        return site.head(kind, model: site.deployment(of: model), credential: 0).map(address)
    }

    var probe: String { address(site.probeHead(credential: 0)) }

    private func address(_ head: [UInt8]) -> String {
        let words = String(decoding: head.prefix { $0 != 0x0D }, as: UTF8.self).split(separator: " ")
        return "\(words[0]) \(site.origin.tls == nil ? "http" : "https")://\(site.origin.authority)\(words[1])"
    }

    /// The header lines of a call that carry the credential.
    func credentialLines(_ format: FormatID) throws -> [String] {
        let kind = CallKind(format: format, operation: .chat, streams: false)
        let head = try #require(site.head(kind, model: "m", credential: 0))
        let signed = try site.signing(credential: 0)?.lines(head, body: UnsafeRawBufferPointer(start: nil, count: 0))
        let names = ["authorization:", "api-key:", "x-goog-api-key:"]
        let fixed = String(decoding: head, as: UTF8.self).split(separator: "\r\n").map(String.init).filter { line in
            names.contains { line.hasPrefix($0) }
        }
        return fixed + (signed ?? []).map { "\($0.name): \($0.value)" }
    }
}

/// Why a configuration's only provider can't be called, as the client of a pinned call is told; nil: it can.
func lacking(_ entry: String, _ environment: [String: String] = [:]) async throws -> String? {
    let snapshot = try await Snapshot.made(from: "providers: { p: { \(entry) } }", environment)
    guard case .failure(.providerNotConfigured(let missing)) = snapshot.routes.provider(pinned: "p", listed: .none)
    else { return nil }
    return missing.setting
}
