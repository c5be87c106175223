import NIOSSL
import WireFormats

/// An HTTP server that speaks wire formats: where it is and how its requests begin.
final class UpstreamSite: Sendable {
    let provider: any UpstreamProvider
    private let platform: (any PlatformProvider)?
    /// What it speaks, preferred first.
    let formats: [any WireFormat]
    let origin: Origin
    /// The path of the base URL, without a slash at its end.
    let basePath: String
    /// By credential: the request line and the header lines that are the same for each call. A handful of kinds, which are
    /// found sooner by looking than by hashing.
    private let heads: [(kind: CallKind, byCredential: [HeadTemplate])]
    /// Whether some calls that pass through have paths of their own.
    private let hasOwnPaths: Bool
    private let probeHeads: [[UInt8]]
    /// By credential; empty where fixed header lines do.
    private let signings: [RequestSigning?]
    /// nil: bodies go out as their format has them.
    let bodyEditor: (any BodyEditor)?
    private let ownEmbeddings: (any UpstreamEmbeddingsCodec)?
    /// As ``PlatformProvider/knownBetas``.
    let knownBetas: [String: String]?
    /// Whether a probe asks for the list of models.
    let probeListsModels: Bool

    /// - Parameter via: This gateway's name in `via`, by which a call that comes back is recognised.
    /// - Throws: ``UnusableSite`` for a base URL that is none, an unreadable CA file, settings that the provider can't use.
    init(
        _ provider: any UpstreamProvider, _ settings: ProviderSettings, formats: [any WireFormat], via: String,
        credentials: KeptCredentials = KeptCredentials(), trust: KeptTLS = KeptTLS()
    ) throws(UnusableSite) {
        let platform = provider as? any PlatformProvider
        let url = if let platform { try platform.baseURL(settings) } else { settings.baseURL }
        guard let base = url.flatMap({ BaseURL($0) }) else {
            throw UnusableSite(reason: "base_url is no URL")
        }
        var tls: UpstreamTLS?
        if base.isSecure {
            do {
                tls = try trust.tls(caFile: settings.tls.caFile, verifies: settings.tls.verify)
            } catch {
                throw UnusableSite(reason: "tls.ca_file can't be used: \(error)")
            }
        }
        (self.provider, self.platform) = (provider, platform)
        self.formats = formats
        origin = Origin(host: base.host, port: base.port, tls: tls)
        basePath = base.path.isEmpty ? provider.usualBasePath : base.path
        let authority = origin.authority
        let keys = settings.apiKeys.isEmpty ? [nil] : settings.apiKeys.map { Optional($0) }
        let basePath = basePath
        let configured = settings.headers.map { (name: $0.name.lowercased(), value: $0.value.reveal()) }
        let signings = try Self.signings(
            provider, settings, keys, kept: credentials,
            authority: configured.last { $0.name == "host" }?.value ?? authority, Set(configured.map(\.name)))
        let signatures = keys.indices.map { place in
            signings.isEmpty || signings[place] == nil ? keys[place].map(provider.signature) ?? [] : []
        }
        func head(_ method: String, _ path: String, _ signature: [(name: String, value: String)]) -> String {
            var own = [
                (name: "host", value: authority), (name: "user-agent", value: "llm-gateway/\(Version.current)"),
                (name: "accept-encoding", value: "identity"),
            ]
            if method == "POST" { own.append(("content-type", "application/json")) }
            if method == "GET" { own += provider.usualHeaders }
            own += signature
            own.removeAll { line in configured.contains { $0.name == line.name } }
            var text = "\(method) \(basePath)\(path) HTTP/1.1\r\nvia: 1.1 \(via)\r\n"
            for (name, value) in own + configured { text += "\(name): \(value)\r\n" }
            return text
        }
        var paths: [(kind: CallKind, path: String)] = []
        for format in formats {
            for kind in CallKind.all(of: format.id) {
                let path = provider.path(kind.operation, format: kind.format, streams: kind.streams)
                if let path { paths.append((kind, path)) }
            }
            for endpoint in format.endpoints {
                guard let path = provider.ownPath(of: endpoint) else { continue }
                for kind in CallKind.all(of: format.id) where kind.operation == endpoint.operation {
                    paths.append((kind.at(endpoint), path))
                }
            }
        }
        heads = paths.map { kind, path in
            let templates = signatures.map {
                HeadTemplate(head("POST", path, $0), modelIsOneSegment: provider.modelIsOneSegment)
            }
            return (kind, templates)
        }
        hasOwnPaths = paths.contains { $0.kind.endpoint != nil }
        self.signings = signings
        bodyEditor = platform?.bodyEditor
        ownEmbeddings = platform?.ownEmbeddings
        knownBetas = platform?.knownBetas
        let modelList = provider.path(.modelList, format: formats.first?.id ?? .openAIChat, streams: false)
        let probePath = settings.probe.path ?? provider.probePath ?? modelList ?? "/"
        probeListsModels = probePath == modelList
        probeHeads = signatures.map { Array(head("GET", probePath, $0).utf8) }
    }

    /// How a call begins, with the credential of that number; nil for what can't be asked here.
    func head(_ kind: CallKind, model: String, credential: Int) -> [UInt8]? {
        guard let heads = heads.first(where: { $0.kind == kind })?.byCredential, heads.indices.contains(credential)
        else {
            return nil
        }
        return heads[credential].bytes(model: model)
    }

    /// The name by which a model is known here.
    func deployment(of model: String) -> String { platform?.deployment(of: model) ?? model }

    /// Whether such a call can be asked here at all.
    func serves(_ kind: CallKind) -> Bool { heads.contains { $0.kind == kind } }

    /// The kind of a call that goes out as it came in.
    func kind(passing kind: CallKind, from endpoint: FormatEndpoint) -> CallKind {
        guard hasOwnPaths else { return kind }
        let own = kind.at(endpoint)
        return serves(own) ? own : kind
    }

    func probeHead(credential: Int) -> [UInt8] {
        probeHeads[min(credential, probeHeads.count - 1)]
    }

    /// What signs requests with the credential of that number; nil: their heads say it already.
    func signing(credential: Int) -> RequestSigning? {
        signings.isEmpty ? nil : signings[min(credential, signings.count - 1)]
    }

    /// Whether calls in a format that is spoken here can go out as the client wrote them.
    func passesThrough(_ operation: Operation) -> Bool {
        operation != .embeddings || ownEmbeddings == nil
    }

    /// How vectors are asked for, in a format that is spoken here; nil: not in that one.
    func embeddings(in format: any WireFormat) -> (any UpstreamEmbeddingsCodec)? {
        ownEmbeddings ?? format.upstreamEmbeddings
    }

    /// None where the client's own credential is sent on, or where every one of them is a matter of fixed lines.
    private static func signings(
        _ provider: any UpstreamProvider, _ settings: ProviderSettings, _ keys: [Secret?], kept: KeptCredentials,
        authority: String, _ configured: Set<String>
    ) throws(UnusableSite) -> [RequestSigning?] {
        guard !settings.forwardClientKey else { return [] }
        var signings: [RequestSigning?] = []
        for key in keys {
            let signer =
                if let platform = provider as? any PlatformProvider {
                    try platform.makeSigner(settings, credential: key, kept: kept)
                } else {
                    try provider.makeSigner(settings, credential: key)
                }
            signings.append(
                signer.map { RequestSigning(signer: $0, authority: authority, configured: configured) })
        }
        return signings.contains { $0 != nil } ? signings : []
    }
}

/// What tells the requests to a site apart, but for the model.
struct CallKind: Equatable {
    let format: FormatID
    let operation: Operation
    let streams: Bool
    /// The path of the client's endpoint, where the request is made for just that one; nil: for the format's usual one.
    private(set) var endpoint: String?

    init(format: FormatID, operation: Operation, streams: Bool) {
        (self.format, self.operation, self.streams) = (format, operation, streams)
    }

    func at(_ endpoint: FormatEndpoint) -> CallKind {
        var kind = self
        kind.endpoint = endpoint.path
        return kind
    }

    static func all(of format: FormatID) -> [CallKind] {
        Operation.allCases.filter { $0 != .modelList }.flatMap { operation in
            [false, true].map { CallKind(format: format, operation: operation, streams: $0) }
        }
    }
}

/// The beginning of a request's head; the model's name has a place in some.
private struct HeadTemplate {
    private let whole: [UInt8]
    /// What comes before the name and what comes after it; nil where the path has no name.
    private let around: (before: [UInt8], after: [UInt8])?
    private let modelIsOneSegment: Bool

    init(_ text: String, modelIsOneSegment: Bool) {
        self.modelIsOneSegment = modelIsOneSegment
        whole = Array(text.utf8)
        around = text.firstRange(of: "{model}").map {
            (Array(text[..<$0.lowerBound].utf8), Array(text[$0.upperBound...].utf8))
        }
    }

    /// - Returns: nil for a name that would lead to another path.
    func bytes(model: String) -> [UInt8]? {
        guard let around else { return whole }
        let segments = modelIsOneSegment ? [model[...]] : model.split(separator: "/", omittingEmptySubsequences: false)
        guard model.isEmpty || !segments.contains(where: { ["", ".", ".."].contains($0) }) else { return nil }
        let name =
            modelIsOneSegment ? PercentEncoding.escaped(model, keeping: "-._~") : PercentEncoding.encoded(model)
        return around.before + name + around.after
    }
}

/// Why a provider can't be used at all, for the operator.
public struct UnusableSite: Error {
    /// What is wrong, without secrets.
    public let reason: String

    /// - Parameter reason: What is wrong, without secrets: it is shown beside the name of the provider's entry.
    public init(reason: String) { self.reason = reason }
}
