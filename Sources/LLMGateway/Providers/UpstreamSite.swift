import NIOSSL
import WireFormats

/// An HTTP server that speaks wire formats: where it is and how its requests begin.
final class UpstreamSite: Sendable {
    let provider: any UpstreamProvider
    /// What it speaks, preferred first.
    let formats: [any WireFormat]
    let origin: Origin
    /// The path of the base URL, without a slash at its end.
    let basePath: String
    /// By credential: the request line and the header lines that are the same for each call.
    private let heads: [CallKind: [HeadTemplate]]
    private let probeHeads: [[UInt8]]
    /// Whether a probe asks for the list of models.
    let probeListsModels: Bool

    /// - Parameter via: This gateway's name in `via`, by which a call that comes back is recognised.
    /// - Throws: ``UnusableSite`` for a base URL that is none, an unreadable CA file.
    init(
        _ provider: any UpstreamProvider, _ settings: ProviderSettings, formats: [any WireFormat], via: String
    ) throws(UnusableSite) {
        guard let base = settings.baseURL.flatMap({ BaseURL($0) }) else {
            throw UnusableSite(reason: "base_url is no URL")
        }
        var tls: UpstreamTLS?
        if base.isSecure {
            do {
                tls = try UpstreamTLS(caFile: settings.tls.caFile, verifies: settings.tls.verify)
            } catch {
                throw UnusableSite(reason: "tls.ca_file can't be used: \(error)")
            }
        }
        self.provider = provider
        self.formats = formats
        origin = Origin(host: base.host, port: base.port, tls: tls)
        basePath = base.path.isEmpty ? provider.usualBasePath : base.path
        let authority = origin.authority
        let keys = settings.apiKeys.isEmpty ? [nil] : settings.apiKeys.map { Optional($0) }
        let basePath = basePath
        func head(_ method: String, _ path: String, _ key: Secret?, also more: [(name: String, value: String)])
            -> String
        {
            let configured = settings.headers.map { (name: $0.name.lowercased(), value: $0.value.reveal()) }
            var own = [
                (name: "host", value: authority), (name: "user-agent", value: "llm-gateway/\(Version.current)"),
                (name: "accept-encoding", value: "identity"),
            ]
            if method == "POST" { own.append(("content-type", "application/json")) }
            own += more + (key.map(provider.signature) ?? [])
            own.removeAll { line in configured.contains { $0.name == line.name } }
            var text = "\(method) \(basePath)\(path) HTTP/1.1\r\nvia: 1.1 \(via)\r\n"
            for (name, value) in own + configured { text += "\(name): \(value)\r\n" }
            return text
        }
        var heads: [CallKind: [HeadTemplate]] = [:]
        for kind in CallKind.all(of: formats.map(\.id)) {
            guard let path = provider.path(kind.operation, format: kind.format, streams: kind.streams) else { continue }
            heads[kind] = keys.map { HeadTemplate(head("POST", path, $0, also: [])) }
        }
        self.heads = heads
        let modelList = provider.path(.modelList, format: formats.first?.id ?? .openAIChat, streams: false)
        let probePath = settings.probe.path ?? modelList ?? "/"
        probeListsModels = probePath == modelList
        probeHeads = keys.map { Array(head("GET", probePath, $0, also: provider.usualHeaders).utf8) }
    }

    /// How a call begins, with the credential of that number; nil for what can't be asked here.
    func head(_ kind: CallKind, model: String, credential: Int) -> [UInt8]? {
        guard let heads = heads[kind], heads.indices.contains(credential) else { return nil }
        return heads[credential].bytes(model: model)
    }

    /// Whether such a call can be asked here at all.
    func serves(_ kind: CallKind) -> Bool { heads[kind] != nil }

    func probeHead(credential: Int) -> [UInt8] {
        probeHeads[min(credential, probeHeads.count - 1)]
    }
}

/// What tells the requests to a site apart, but for the model.
struct CallKind: Hashable {
    let format: FormatID
    let operation: Operation
    let streams: Bool

    static func all(of formats: [FormatID]) -> [CallKind] {
        formats.flatMap { format in
            Operation.allCases.filter { $0 != .modelList }.flatMap { operation in
                [false, true].map { CallKind(format: format, operation: operation, streams: $0) }
            }
        }
    }
}

/// The beginning of a request's head; the model's name has a place in some.
private struct HeadTemplate {
    private let whole: [UInt8]
    /// What comes before the name and what comes after it; nil where the path has no name.
    private let around: (before: [UInt8], after: [UInt8])?

    init(_ text: String) {
        whole = Array(text.utf8)
        around = text.firstRange(of: "{model}").map {
            (Array(text[..<$0.lowerBound].utf8), Array(text[$0.upperBound...].utf8))
        }
    }

    func bytes(model: String) -> [UInt8] {
        guard let around else { return whole }
        return around.before + PercentEncoding.encoded(model) + around.after
    }
}

/// Why a provider can't be used at all, for the operator.
struct UnusableSite: Error {
    let reason: String
}
