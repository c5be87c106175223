import NIOSSL
import Synchronization
import WireFormats

/// One entry under `providers:` that is enabled, ready for use: everything about it that can be worked out beforehand.
final class ConfiguredProvider: Sendable {
    /// What answers: a server, or code in this process.
    enum Kind: Sendable {
        case upstream(UpstreamSite)
        case inProcess(any InProcessProvider)
    }

    let settings: ProviderSettings
    /// Its place in the configuration.
    let ordinal: Int
    let kind: Kind
    /// The wire formats that it speaks, preferred first.
    let formats: [FormatID]
    let timeouts: UpstreamTimeouts
    let metrics: ProviderMetrics
    /// Models that may be metric labels without anyone having listed them.
    private let targets: [String: TargetMetrics]
    private let otherTarget: TargetMetrics
    /// nil: as many calls at once as come.
    let gate: ConcurrencyGate?
    private let rotation: Mutex<CredentialRotation>?

    /// What the configuration says of models, so that their series are there from the first scrape.
    typealias KnownModels = Set<String>

    init(
        _ settings: ProviderSettings, ordinal: Int, kind: Kind, standardFormats: [FormatID], knownModels: KnownModels,
        metrics: GatewayMetrics
    ) {
        self.settings = settings
        self.ordinal = ordinal
        self.kind = kind
        formats = settings.apiFormats?.map { FormatID($0) } ?? standardFormats
        timeouts = UpstreamTimeouts(
            connect: settings.timeouts.connect, firstByte: settings.timeouts.firstByte, idle: settings.timeouts.idle,
            total: settings.timeouts.total)
        let name = settings.name
        self.metrics = metrics.provider(name)
        targets = Dictionary(
            uniqueKeysWithValues: knownModels.map { ($0, metrics.target(provider: name, model: $0)) })
        otherTarget = metrics.target(provider: name, model: "other")
        gate = ConcurrencyGate(settings.concurrency)
        rotation = settings.apiKeys.count > 1 ? Mutex(CredentialRotation(count: settings.apiKeys.count)) : nil
    }

    var name: String { settings.name }
    var isSimulated: Bool { if case .inProcess = kind { true } else { false } }

    /// The names that it serves when nobody lists any: an in-process provider's own.
    var ownModels: [String] { if case .inProcess(let provider) = kind { provider.listedModels } else { [] } }

    /// What a request to a model is counted under: the model when it is configured, mapped or listed, else `other`.
    func metrics(of model: String, listed: ListedModels, in all: GatewayMetrics) -> TargetMetrics {
        var label = model
        if case .inProcess(let provider) = kind { label = provider.label(of: model) }
        if let known = targets[label] { return known }
        if listed.lists(label, by: ordinal) { return all.target(provider: name, model: label) }
        return otherTarget
    }

    /// Which of its credentials is next; 0 where there is one, or none.
    func nextCredential() -> Int {
        rotation?.withLock { $0.next(at: .now) } ?? 0
    }

    /// Another credential than `refused`, which it pauses; nil when there is no other.
    func nextCredential(after refused: Int, status: Int, retryAfter: Duration?) -> Int? {
        rotation?.withLock { rotation in
            rotation.refused(refused, status: status, retryAfter: retryAfter, at: .now)
            return rotation.next(after: refused, at: .now)
        }
    }
}

/// An HTTP server that speaks wire formats: where it is and how its requests begin.
final class UpstreamSite: Sendable {
    let provider: any UpstreamProvider
    let origin: Origin
    /// The path of the base URL, without a slash at its end.
    let basePath: String
    /// By format and credential: the request line and the header lines that are the same for each call.
    private let heads: [FormatID: [[UInt8]]]
    private let probeHeads: [[UInt8]]
    /// Whether a probe asks for the list of models.
    let probeListsModels: Bool

    /// - Parameter via: This gateway's name in `via`, by which a call that comes back is recognised.
    /// - Throws: ``UnusableSite`` for a base URL that is none, an unreadable CA file.
    init(
        _ provider: any UpstreamProvider, _ settings: ProviderSettings, formats: [FormatID], via: String
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
        origin = Origin(host: base.host, port: base.port, tls: tls)
        basePath = base.path
        let authority = origin.authority
        let keys = settings.apiKeys.isEmpty ? [nil] : settings.apiKeys.map { Optional($0) }
        let basePath = base.path
        func head(_ method: String, _ path: String, _ key: Secret?) -> [UInt8] {
            let configured = settings.headers.map { (name: $0.name.lowercased(), value: $0.value.reveal()) }
            var own = [
                (name: "host", value: authority), (name: "user-agent", value: "llm-gateway/\(Version.current)"),
                (name: "accept-encoding", value: "identity"),
            ]
            if method == "POST" { own.append(("content-type", "application/json")) }
            own += key.map(provider.signature) ?? []
            own.removeAll { line in configured.contains { $0.name == line.name } }
            var text = "\(method) \(basePath)\(path) HTTP/1.1\r\nvia: 1.1 \(via)\r\n"
            for (name, value) in own + configured { text += "\(name): \(value)\r\n" }
            return Array(text.utf8)
        }
        var heads: [FormatID: [[UInt8]]] = [:]
        for format in formats {
            let operation = [any WireFormat].builtIn.first { $0.id == format }?.endpoints.first?.operation ?? .chat
            guard let path = provider.path(operation, format: format) else { continue }
            heads[format] = keys.map { head("POST", path, $0) }
        }
        self.heads = heads
        let modelList = provider.path(.modelList, format: .openAIChat)
        let probePath = settings.probe.path ?? modelList ?? "/"
        probeListsModels = probePath == modelList
        probeHeads = keys.map { head("GET", probePath, $0) }
    }

    /// How a call in `format` begins, with the credential of that number; nil for a format that isn't spoken here.
    func head(_ format: FormatID, credential: Int) -> [UInt8]? {
        guard let heads = heads[format], heads.indices.contains(credential) else { return nil }
        return heads[credential]
    }

    func probeHead(credential: Int) -> [UInt8] {
        probeHeads[min(credential, probeHeads.count - 1)]
    }
}

/// Why a provider can't be used at all, for the operator.
struct UnusableSite: Error {
    let reason: String
}

/// `http://host:port/path`, taken apart.
struct BaseURL: Equatable {
    let isSecure: Bool
    let host: String
    let port: Int
    /// With a slash at its beginning and none at its end; empty for the root.
    let path: String

    init?(_ text: String) {
        guard let scheme = text.range(of: "://") else { return nil }
        switch text[..<scheme.lowerBound].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        let rest = text[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        self.path = path
        let standardPort = isSecure ? 443 : 80
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
            port = tail.isEmpty ? standardPort : Int(tail.dropFirst()) ?? -1
        } else {
            let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { return nil }
            host = String(parts[0])
            port = parts.count == 2 ? Int(parts[1]) ?? -1 : standardPort
        }
        guard !host.isEmpty, (1...65_535).contains(port) else { return nil }
    }
}

extension String {
    fileprivate func range(of other: String) -> Range<Index>? { firstRange(of: other) }
}
