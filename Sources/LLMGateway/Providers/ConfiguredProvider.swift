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
        _ settings: ProviderSettings, ordinal: Int, kind: Kind, knownModels: KnownModels,
        metrics: GatewayMetrics
    ) {
        self.settings = settings
        self.ordinal = ordinal
        self.kind = kind
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
