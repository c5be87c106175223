/// One place in one plan: a provider and its own name for the model.
struct Target: Sendable, Hashable {
    /// Index into the providers that the route table was built from.
    let provider: Int
    let providerName: String
    /// The upstream's name of the model.
    let model: String
    /// Its share in a `weighted` plan, relative to the others': 0...``greatestWeight``. 0: only when no other is left.
    let weight: Int

    /// Weights beyond it count as this, so that they can be added up.
    static let greatestWeight = 1_000_000
}

/// Where a call could go. Never empty; every target's provider was enabled when the plan was made.
struct Plan: Sendable, Equatable {
    /// What decided: the client, the operator, a provider, or a guess.
    enum Source: Sendable, Equatable {
        case pinnedByPath
        /// The call goes on from an answer that this provider keeps.
        case pinnedByStoredAnswer
        /// A name under `models:`.
        case configuredModel
        /// A name under a provider's `model_map` or `models`.
        case providerModel
        case pinnedByName
        /// The pattern in `routing.patterns`, as written.
        case pattern(String)
        /// A name that a provider gave when asked.
        case listed
        case builtInPattern(String)
        /// `routing.default_provider`.
        case defaultProvider
        /// No default is set, and only this provider is enabled.
        case onlyProvider

        /// Whether any name would have led there.
        var isLastResort: Bool { self == .defaultProvider || self == .onlyProvider }
    }

    let strategy: ChoiceStrategy
    var targets: [Target]
    let source: Source
    /// What else its entry under `models:` says; nil: nothing.
    var options: PlanOptions?
}

/// What an entry under `models:` says beside its targets and how to choose among them.
struct PlanOptions: Sendable, Equatable {
    /// Other models, to be asked when this one's targets have failed. In order.
    var fallbacks: [String] = []
    /// Which failures lead there.
    var fallbacksOn: [FallbackReason] = [.error]
}

/// Why no provider can answer for a name.
enum Unresolved: Error, Sendable, Equatable {
    /// A provider that would have been chosen had it a credential, and what to set to give it one.
    struct MissingCredential: Sendable, Equatable {
        let provider: String
        let setting: String
    }

    /// - nearest: Known names that may have been meant, closest first; at most three.
    /// - lacking: The provider that a built-in pattern names for this model.
    case notFound(model: String, nearest: [String], lacking: MissingCredential?)
    case providerNotConfigured(MissingCredential)
    case switchedOff(provider: String)
    /// The path pins a provider that the configuration doesn't have.
    case unknownProvider(String)
}
