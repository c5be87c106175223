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
    /// Of the models that the configuration names.
    private let targets: [String: TargetProfile]
    /// Of the others.
    private let furtherTargets: Mutex<FurtherProfiles>
    private let otherTarget: TargetMetrics
    private let knowledge: ModelKnowledge
    private let place: ModelPlace
    private let breakerRules: CircuitBreaker.Rules
    private let healths: TargetHealths
    let traffic: ProviderTraffic
    /// nil: as many calls at once as come.
    let gate: ConcurrencyGate?
    private let rotation: Mutex<CredentialRotation>?

    /// What the configuration says of models, so that their series are there from the first scrape.
    typealias KnownModels = Set<String>

    init(
        _ settings: ProviderSettings, ordinal: Int, kind: Kind, knownModels: KnownModels,
        knowledge: ModelKnowledge, place: ModelPlace, metrics: GatewayMetrics, healths: TargetHealths,
        traffic: KeptTraffic
    ) {
        self.settings = settings
        self.ordinal = ordinal
        self.kind = kind
        timeouts = UpstreamTimeouts(
            connect: settings.timeouts.connect, firstByte: settings.timeouts.firstByte, idle: settings.timeouts.idle,
            total: settings.timeouts.total)
        let name = settings.name
        let rules = settings.circuitBreaker.rules(firstByte: settings.timeouts.firstByte)
        (breakerRules, self.healths) = (rules, healths)
        self.metrics = metrics.provider(name)
        // It may have been out of sight: looked for, found, and gone again.
        metrics.providerUp.show(true, ProviderLabels(provider: name))
        targets = Dictionary(
            uniqueKeysWithValues: knownModels.map { model in
                let metrics = metrics.target(provider: name, model: model)
                let health = healths.health(provider: name, model: model, rules, metrics)
                return (model, TargetProfile(metrics, knowledge.info(of: model, at: place), health))
            })
        furtherTargets = Mutex(FurtherProfiles())
        (self.knowledge, self.place) = (knowledge, place)
        otherTarget = metrics.target(provider: name, model: "other")
        self.traffic = traffic.traffic(of: settings)
        gate = self.traffic.gate(settings.concurrency, self.metrics)
        rotation = settings.apiKeys.count > 1 ? Mutex(CredentialRotation(count: settings.apiKeys.count)) : nil
    }

    var name: String { settings.name }
    /// How many models are counted by their names from the start, and one for all others.
    var targetCount: Int { targets.count + 1 }
    /// Where it is, where it is a server.
    var site: UpstreamSite? { if case .upstream(let site) = kind { site } else { nil } }
    var isInProcess: Bool { if case .inProcess = kind { true } else { false } }

    /// Which credential a probe goes with: one that rests after a refusal says nothing of the provider. nil: calls go with
    /// their clients' own.
    var probeCredential: Int? {
        guard !settings.forwardClientKey || !settings.apiKeys.isEmpty else { return nil }
        return rotation?.withLock { $0.usable(at: .now) } ?? 0
    }

    /// What OpenTelemetry's conventions call it; the operator's own name for it where they have none for its type.
    var conventionalName: String {
        let known =
            switch kind {
            case .upstream(let site): type(of: site.provider).kind
            case .inProcess(let provider): type(of: provider).kind
            }
        return known.conventionalName ?? name
    }

    /// The names that it serves when nobody lists any.
    var ownModels: [String] {
        switch kind {
        case .inProcess(let provider): provider.listedModels
        case .upstream(let site): site.provider.listedModels
        }
    }

    /// What is known of a model here. For a plan that is made once; a call asks for the ``profile(of:listed:in:)``.
    func info(of model: String) -> ModelInfo { knowledge.info(of: label(of: model), at: place) }

    /// What is known of a model here, but for what the provider's format finds another way to ask for.
    func limits(of model: String) -> ModelFacts {
        var facts = info(of: model).facts
        let codec = site?.formats.lazy.compactMap(\.upstreamChat).first
        if codec?.emulatesSchemas == true, !facts.cannot.contains(.tools) { facts.cannot.remove(.jsonSchema) }
        return facts
    }

    /// Who says what of a model here.
    func said(of model: String) -> [(source: FactSource, info: ModelInfo)] {
        knowledge.said(of: label(of: model), at: place)
    }

    /// A model's name with what is mere parameter taken off.
    private func label(of model: String) -> String {
        if case .inProcess(let provider) = kind { provider.label(of: model) } else { model }
    }

    /// What is known of a model here, and what a call of it is counted under: the model when it is configured, mapped,
    /// listed or in the built-in table, else `other`.
    func profile(of model: String, listed: ListedModels, in all: GatewayMetrics) -> TargetProfile {
        let label = label(of: model)
        if let known = targets[label] { return known }
        let isListed = listed.lists(label, by: ordinal)
        return furtherTargets.withLock { further in
            further.profile(of: label, isListed: isListed) {
                let isName = isListed || knowledge.hasName(label, at: place)
                let metrics = isName ? all.target(provider: name, model: label) : otherTarget
                let health = healths.health(provider: name, model: label, breakerRules, metrics)
                return TargetProfile(metrics, knowledge.info(of: label, at: place), health)
            }
        }
    }

    /// Has what outlives configurations go by this one's settings, once it is in force.
    func takeOver(on shard: Shard) {
        traffic.follow(settings.retry, settings.concurrency)
        healths.follow(breakerRules, provider: name, on: shard)
    }

    /// Which of its credentials is next; 0 where there is one, or none.
    func nextCredential() -> Int {
        rotation?.withLock { $0.next(at: .now) } ?? 0
    }

    /// How many of its credentials are paused because it refused them.
    var restingCredentials: Int { rotation?.withLock { $0.restingCount(at: .now) } ?? 0 }

    /// Another credential than `refused`, which it pauses; nil when there is no other.
    func nextCredential(after refused: Int, status: Int, retryAfter: Duration?) -> Int? {
        rotation?.withLock { rotation in
            rotation.refused(refused, status: status, retryAfter: retryAfter, at: .now)
            return rotation.next(after: refused, at: .now)
        }
    }
}
