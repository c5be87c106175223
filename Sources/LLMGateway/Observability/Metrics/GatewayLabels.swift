struct RequestLabels: MetricLabels {
    static let names = ["api_format", "provider", "model", "status", "outcome"]
    var format: String
    var target: TargetLabels
    var status: Int
    var outcome: Outcome
    var values: [String] { [format] + target.values + [StatusText.of(status), outcome.rawValue] }
    static func most(in extent: SeriesExtent) -> Int { extent.formats * (extent.targets + 1) * StatusText.usual }
}

struct RequestDurationLabels: MetricLabels {
    static let names = ["api_format", "provider", "model", "stream"]
    var format: String
    var target: TargetLabels
    var streams: Bool
    var values: [String] { [format] + target.values + ["\(streams)"] }
    static func most(in extent: SeriesExtent) -> Int { extent.formats * (extent.targets + 1) * 2 }
}

/// Where a request went. Both are names from the configuration, or `other`, or `none` where no target was chosen.
struct TargetLabels: MetricLabels {
    static let names = ["provider", "model"]
    var provider: String
    var model: String
    var values: [String] { [provider, model] }
    static func most(in extent: SeriesExtent) -> Int { extent.targets }

    static let none = TargetLabels(provider: "none", model: "none")
}

struct TokenLabels: MetricLabels {
    static let names = ["provider", "model", "kind"]
    var target: TargetLabels
    var kind: TokenKind
    var values: [String] { target.values + [kind.label] }
    static func most(in extent: SeriesExtent) -> Int { extent.targets * TokenKind.allCases.count }
}

struct AttemptLabels: MetricLabels {
    static let names = ["provider", "model", "result"]
    var target: TargetLabels
    var result: AttemptResult
    var values: [String] { target.values + [result.label] }
    static func most(in extent: SeriesExtent) -> Int {
        extent.targets * (StatusText.usual + AttemptResult.withoutStatus.count)
    }
}

struct OverheadLabels: MetricLabels {
    static let names = ["api_format", "stream"]
    var format: String
    var streams: Bool
    var values: [String] { [format, "\(streams)"] }
    static func most(in extent: SeriesExtent) -> Int { extent.formats * 2 }
}

struct PhaseLabels: MetricLabels {
    static let names = ["phase"]
    var phase: Phase
    var values: [String] { [phase.label] }
    static func most(in extent: SeriesExtent) -> Int { Phase.all.count }
}

struct CacheLabels: MetricLabels {
    static let names = ["result"]
    var result: CacheResult
    var values: [String] { [result.label] }
    static func most(in extent: SeriesExtent) -> Int { CacheResult.allCases.count }
}

struct StreamEndingLabels: MetricLabels {
    static let names = ["api_format", "ending"]
    var format: String
    var ending: StreamEnding
    var values: [String] { [format, ending.label] }
    static func most(in extent: SeriesExtent) -> Int { extent.formats * StreamEnding.allCases.count }
}

/// - from, to: API formats.
struct TranslationDroppedLabels: MetricLabels {
    static let names = ["from", "to", "param"]
    var from: String
    var to: String
    var param: String
    /// About as many as there are names of.
    private static let usualParameters = 50
    var values: [String] { [from, to, param] }
    static func most(in extent: SeriesExtent) -> Int { extent.formats * extent.upstreamFormats * usualParameters }
}

struct ProviderLabels: MetricLabels {
    static let names = ["provider"]
    var provider: String
    var values: [String] { [provider] }
    static func most(in extent: SeriesExtent) -> Int { extent.providers }
}

struct RetryLabels: MetricLabels {
    static let names = ["provider", "reason"]
    var provider: String
    var reason: AttemptResult
    var values: [String] { [provider, reason.label] }
    static func most(in extent: SeriesExtent) -> Int {
        extent.providers * (StatusText.usual + AttemptResult.withoutStatus.count)
    }
}

struct FallbackLabels: MetricLabels {
    static let names = ["provider", "reason"]
    var provider: String
    var reason: FallbackReason
    var values: [String] { [provider, reason.rawValue] }
    static func most(in extent: SeriesExtent) -> Int { extent.providers * FallbackReason.allCases.count }
}

/// A key by its name, or `none` for callers without one.
struct KeyLabels: MetricLabels {
    static let names = ["key"]
    var key: String
    var values: [String] { [key] }
    static func most(in extent: SeriesExtent) -> Int { extent.keys }
}

struct KeyRequestLabels: MetricLabels {
    static let names = ["key", "outcome"]
    var key: String
    var outcome: Outcome
    var values: [String] { [key, outcome.rawValue] }
    static func most(in extent: SeriesExtent) -> Int { extent.keys * Outcome.allCases.count }
}

struct RateLimitedLabels: MetricLabels {
    static let names = ["key", "limit"]
    var key: String
    var limit: LimitKind
    var values: [String] { [key, limit.label] }
    static func most(in extent: SeriesExtent) -> Int { extent.keys * LimitKind.allCases.count }
}

struct HedgeLabels: MetricLabels {
    static let names = ["provider", "reason"]
    var provider: String
    var reason: HedgeReason
    var values: [String] { [provider, reason.rawValue] }
    static func most(in extent: SeriesExtent) -> Int { extent.providers * HedgeReason.allCases.count }
}

struct BreakerTransitionLabels: MetricLabels {
    static let names = ["provider", "model", "to"]
    var target: TargetLabels
    var to: BreakerState
    var values: [String] { target.values + [to.label] }
    static func most(in extent: SeriesExtent) -> Int { extent.targets * BreakerState.allCases.count }
}

struct ConnectionLabels: MetricLabels {
    static let names = ["provider", "state"]
    var provider: String
    var state: ConnectionState
    var values: [String] { [provider, state.rawValue] }
    static func most(in extent: SeriesExtent) -> Int { extent.providers * ConnectionState.allCases.count }
}

struct LoopLabels: MetricLabels {
    static let names = ["loop"]
    var loop: Int
    var values: [String] { ["\(loop)"] }
    static func most(in extent: SeriesExtent) -> Int { extent.loops }
}

struct ReloadLabels: MetricLabels {
    static let names = ["result"]
    var result: ReloadResult
    var values: [String] { [result.rawValue] }
    static func most(in extent: SeriesExtent) -> Int { ReloadResult.allCases.count }
}

struct BuildLabels: MetricLabels {
    static let names = ["version", "swift", "commit"]
    var version: String
    var swift: String
    var commit: String
    var values: [String] { [version, swift, commit] }
    static func most(in extent: SeriesExtent) -> Int { 1 }
}
