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
