/// An entry under `models:`, a name for clients and the plan behind it.
struct ModelSettings: Sendable {
    let name: String
    let strategy: ChoiceStrategy
    /// Never empty in a configuration that was loaded.
    let targets: [TargetSettings]
    /// Other models' names, in order.
    let fallbacks: [String]
    let fallbacksOn: [FallbackReason]

    init(_ name: String, _ settings: Settings, providers: [String]) {
        self.name = name
        strategy = settings.read(
            "strategy", .choice, default: .priority,
            "How targets are chosen: in order, at random by weight, the quicker or the less busy of two, by price.")
        fallbacks = settings.read(
            "fallbacks", .list(), default: [], "Other models, tried in order when every target has failed.")
        let reasons = FallbackReason.allCases.map(\.rawValue)
        let on = settings.read(
            "fallbacks_on",
            .list("a list of reasons", allowed: reasons.joined(separator: " | ")) { text throws(Complaint) in
                try Spelling<String>.oneOf(reasons).read(.text(text))
            }, default: [FallbackReason.error.rawValue],
            "Which failures lead there. error: unreachable, timed out, 5xx; rate_limit: 429; context_window: too long.")
        fallbacksOn = on.compactMap(FallbackReason.init)
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
