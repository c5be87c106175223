struct RequestLabels: MetricLabels {
    static let names = ["api_format", "provider", "model", "status", "outcome"]
    var format: String
    var target: TargetLabels
    var status: Int
    var outcome: Outcome
    var values: [String] { [format] + target.values + [StatusText.of(status), outcome.rawValue] }
}

struct RequestDurationLabels: MetricLabels {
    static let names = ["api_format", "provider", "model", "stream"]
    var format: String
    var target: TargetLabels
    var streams: Bool
    var values: [String] { [format] + target.values + ["\(streams)"] }
}

/// Where a request went. Both are names from the configuration, or `other`, or `none` where no target was chosen.
struct TargetLabels: MetricLabels {
    static let names = ["provider", "model"]
    var provider: String
    var model: String
    var values: [String] { [provider, model] }

    static let none = TargetLabels(provider: "none", model: "none")
}

struct TokenLabels: MetricLabels {
    static let names = ["provider", "model", "kind"]
    var target: TargetLabels
    var kind: TokenKind
    var values: [String] { target.values + [kind.label] }
}

struct AttemptLabels: MetricLabels {
    static let names = ["provider", "model", "result"]
    var target: TargetLabels
    var result: AttemptResult
    var values: [String] { target.values + [result.label] }
}

struct OverheadLabels: MetricLabels {
    static let names = ["api_format", "stream"]
    var format: String
    var streams: Bool
    var values: [String] { [format, "\(streams)"] }
}

struct PhaseLabels: MetricLabels {
    static let names = ["phase"]
    var phase: Phase
    var values: [String] { [phase.label] }
}

struct CacheLabels: MetricLabels {
    static let names = ["result"]
    var result: CacheResult
    var values: [String] { [result.label] }
}

struct StreamEndingLabels: MetricLabels {
    static let names = ["api_format", "ending"]
    var format: String
    var ending: StreamEnding
    var values: [String] { [format, ending.label] }
}

/// - from, to: API formats.
struct TranslationDroppedLabels: MetricLabels {
    static let names = ["from", "to", "param"]
    var from: String
    var to: String
    var param: String
    var values: [String] { [from, to, param] }
}

struct ProviderLabels: MetricLabels {
    static let names = ["provider"]
    var provider: String
    var values: [String] { [provider] }
}

struct RetryLabels: MetricLabels {
    static let names = ["provider", "reason"]
    var provider: String
    var reason: AttemptResult
    var values: [String] { [provider, reason.label] }
}

struct FallbackLabels: MetricLabels {
    static let names = ["provider", "reason"]
    var provider: String
    var reason: FallbackReason
    var values: [String] { [provider, reason.rawValue] }
}

/// A key by its name, or `none` for callers without one.
struct KeyLabels: MetricLabels {
    static let names = ["key"]
    var key: String
    var values: [String] { [key] }
}

struct KeyRequestLabels: MetricLabels {
    static let names = ["key", "outcome"]
    var key: String
    var outcome: Outcome
    var values: [String] { [key, outcome.rawValue] }
}

struct RateLimitedLabels: MetricLabels {
    static let names = ["key", "limit"]
    var key: String
    var limit: LimitKind
    var values: [String] { [key, limit.label] }
}

struct HedgeLabels: MetricLabels {
    static let names = ["provider", "reason"]
    var provider: String
    var reason: HedgeReason
    var values: [String] { [provider, reason.rawValue] }
}

struct BreakerTransitionLabels: MetricLabels {
    static let names = ["provider", "model", "to"]
    var target: TargetLabels
    var to: BreakerState
    var values: [String] { target.values + [to.label] }
}

struct ConnectionLabels: MetricLabels {
    static let names = ["provider", "state"]
    var provider: String
    var state: ConnectionState
    var values: [String] { [provider, state.rawValue] }
}

struct LoopLabels: MetricLabels {
    static let names = ["loop"]
    var loop: Int
    var values: [String] { ["\(loop)"] }
}

struct ReloadLabels: MetricLabels {
    static let names = ["result"]
    var result: ReloadResult
    var values: [String] { [result.rawValue] }
}

struct BuildLabels: MetricLabels {
    static let names = ["version", "swift", "commit"]
    var version: String
    var swift: String
    var commit: String
    var values: [String] { [version, swift, commit] }
}
