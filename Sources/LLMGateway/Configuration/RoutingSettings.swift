/// `routing:`, for models that no plan names.
struct RoutingSettings: Sendable {
    /// Empty: the provider that is enabled, when there is only one.
    let defaultProvider: String
    /// In the order of the file; the first match wins.
    let patterns: [(pattern: String, provider: String)]
    let onUnsupportedParam: UnsupportedParam
    let answerModel: AnswerModel
    let fetchImages: FetchImages

    /// What becomes of a parameter that the target's format can't say, where the answer means the same without it.
    enum UnsupportedParam: String, CaseIterable, Sendable {
        /// Left out, and said so in a header, the log and a metric.
        case drop
        /// The call is refused.
        case reject
    }

    /// What an answer calls its model.
    enum AnswerModel: String, CaseIterable, Sendable {
        /// What the upstream says it was.
        case upstream
        /// What the client asked for, as it was sent.
        case requested
    }

    /// Where images may be fetched from that a provider takes only as bytes.
    enum FetchImages: String, CaseIterable, Sendable {
        /// From public addresses, by https.
        case `public`
        /// From nowhere: such calls are refused.
        case off
    }

    init(_ settings: Settings) {
        defaultProvider = settings.read(
            "default_provider", .text, default: "", aboveFile: ["LLM_GATEWAY_PROVIDERS_DEFAULT"],
            "Provider of models that nothing else assigns. Empty: the enabled one, when there is only one.")
        patterns = settings.table(
            "patterns", .text, checkingKeys: WrittenForm.wildcardPattern,
            "Pattern of a model's name, and its provider: { \"gpt-*\": openai }. The first match wins."
        ).map { (pattern: $0.0, provider: $0.1) }
        onUnsupportedParam = settings.read(
            "on_unsupported_param", .choice, default: .drop,
            "drop: parameters that a provider's API lacks are left out and reported. reject: 400.")
        answerModel = settings.read(
            "answer_model", .choice, default: .upstream,
            "What answers call the model. upstream: as the provider does. requested: as the client did.")
        fetchImages = settings.read(
            "fetch_images", .choice, default: .public,
            "public: https images are fetched from public addresses for providers that take only bytes. off: 400."
        )
    }

    /// Complains of providers that are not there. Called when all providers are known.
    func check(_ settings: Settings, against providers: [String]) {
        let routing = settings.path.key("routing")
        for value in settings.reading.values where value.path.components.starts(with: routing.components) {
            let named = patterns.first { routing.key("patterns").key($0.pattern) == value.path }?.provider
            let provider = named ?? (value.path == routing.key("default_provider") ? defaultProvider : "")
            guard !provider.isEmpty, !providers.contains(provider) else { continue }
            settings.reading.report(
                value.origin, value.path, "there is no provider '\(provider)'",
                nearest: NearestName.to(provider, among: providers))
        }
    }
}

/// An entry under `models:`, a name for clients and the plan behind it.
struct ModelSettings: Sendable {
    let name: String
    let strategy: Strategy
    /// Never empty in a configuration that was loaded.
    let targets: [TargetSettings]

    enum Strategy: String, CaseIterable, Sendable {
        /// In order.
        case priority
        /// Random by weight.
        case weighted
    }

    init(_ name: String, _ settings: Settings, providers: [String]) {
        self.name = name
        strategy = settings.read(
            "strategy", .choice, default: .priority, "How targets are chosen: in order, or at random by weight.")
        targets = settings.elements("targets", "Where the model is served.").map { element in
            TargetSettings(element, providers: providers)
        }
        if targets.isEmpty, !settings.reading.hasProblem(at: settings.path.key("targets")) {
            settings.complain("targets", "must name one target or more")
        }
    }
}

/// One provider and the name that the model has there.
struct TargetSettings: Sendable, Equatable {
    let provider: String
    let model: String
    let weight: Int
}

extension TargetSettings {
    init(_ settings: Settings, providers: [String]) {
        provider = settings.read("provider", .text, default: "", "A provider's name.")
        model = settings.read("model", .text, default: "", "The model's name at that provider.")
        weight = settings.read(
            "weight", .integer(0...1_000_000), default: 1, "Share of requests, with strategy: weighted.")
        for (key, value) in [("provider", provider), ("model", model)] where value.isEmpty {
            guard !settings.reading.hasProblem(at: settings.path.key(key)) else { continue }
            settings.complain(key, "is missing")
        }
        if !provider.isEmpty, !providers.contains(provider) {
            settings.complain(
                "provider", "there is no provider '\(provider)'", nearest: NearestName.to(provider, among: providers))
        }
    }
}
