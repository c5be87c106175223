/// How a request ended. Every request has exactly one outcome, so their counts add up to the requests.
enum Outcome: String, CaseIterable, Sendable {
    case ok
    /// The gateway's own 400, 401, 403, 404, 405, 408 and 413, and an upstream's 4xx about the request.
    case clientError = "client_error"
    /// Every failure that is none of the others.
    case providerError = "provider_error"
    /// Status 499.
    case clientCancelled = "client_cancelled"
    /// Status 504.
    case timeout
    /// By limits, a budget, the queue, or a shutdown.
    case rejected
}

/// A part of a request's time. The raw value is where its series is kept.
enum Phase: Int, CaseIterable, Sendable {
    case receive, auth, admit, route, cache, translate, queue, backoff, connect, upstreamFirstByte, upstreamStream
    /// Waiting for the client to take what is there.
    case clientStall

    /// Kept, because `allCases` makes an array each time.
    static let all = allCases

    var label: String {
        switch self {
        case .receive: "receive"
        case .auth: "auth"
        case .admit: "admit"
        case .route: "route"
        case .cache: "cache"
        case .translate: "translate"
        case .queue: "queue"
        case .backoff: "backoff"
        case .connect: "connect"
        case .upstreamFirstByte: "upstream_first_byte"
        case .upstreamStream: "upstream_stream"
        case .clientStall: "client_stall"
        }
    }
}

/// What a cache was to a request. The raw value is where its series is kept.
enum CacheResult: Int, CaseIterable, Sendable {
    /// Answered from the cache: without an attempt.
    case hit
    case miss
    /// Answered by what another, similar question had brought.
    case semanticHit
    /// The cache was not asked.
    case bypass

    /// As headers and logs say it too.
    var label: String {
        switch self {
        case .hit: "hit"
        case .miss: "miss"
        case .semanticHit: "semantic-hit"
        case .bypass: "bypass"
        }
    }
}

/// How a streamed answer ended. The raw value is where its series is kept.
enum StreamEnding: Int, CaseIterable, Sendable {
    case completed, clientGone, upstreamCut, upstreamError, idleTimeout, totalTimeout
    /// By a shutdown whose grace was over.
    case drained
    case untranslatable

    var label: String {
        switch self {
        case .completed: "completed"
        case .clientGone: "client_gone"
        case .upstreamCut: "upstream_cut"
        case .upstreamError: "upstream_error"
        case .idleTimeout: "idle_timeout"
        case .totalTimeout: "total_timeout"
        case .drained: "drained"
        case .untranslatable: "untranslatable"
        }
    }
}

/// What came of sending a request upstream once. As a reason, what the attempt before came to.
enum AttemptResult: Hashable, Sendable {
    /// Answered, with an HTTP status.
    case status(Int)
    case connectError, timeout, reset

    static let withoutStatus: [AttemptResult] = [.connectError, .timeout, .reset]

    var label: String {
        switch self {
        case .status(let code): StatusText.of(code)
        case .connectError: "connect_error"
        case .timeout: "timeout"
        case .reset: "reset"
        }
    }
}

/// Why another model was asked.
enum FallbackReason: String, CaseIterable, Sendable {
    case error
    case contextWindow = "context_window"
    case contentPolicy = "content_policy"
    case rateLimit = "rate_limit"
}

/// Why a second target was asked while the first was still silent.
enum HedgeReason: String, CaseIterable, Sendable {
    /// `hedge_after` had passed.
    case slow
}

/// Whether calls may go to a target. The raw value is that of the gauge.
enum BreakerState: Int, CaseIterable, Sendable {
    case closed, halfOpen, open

    var label: String {
        switch self {
        case .closed: "closed"
        case .halfOpen: "half_open"
        case .open: "open"
        }
    }
}

/// What a token was billed as. The raw value is where its series is kept.
enum TokenKind: Int, CaseIterable, Sendable {
    /// What was not cached.
    case input
    case cachedInput, cacheWrite, output
    /// A part of `output`.
    case reasoning

    var label: String {
        switch self {
        case .input: "input"
        case .cachedInput: "cached_input"
        case .cacheWrite: "cache_write"
        case .output: "output"
        case .reasoning: "reasoning"
        }
    }
}

/// What an upstream connection is doing.
enum ConnectionState: String, CaseIterable, Sendable {
    case idle, active
}

/// What a call was refused by.
enum LimitKind: Int, CaseIterable, Sendable {
    case requests, tokens, ip, budget, concurrency

    var label: String {
        switch self {
        case .requests: "requests"
        case .tokens: "tokens"
        case .ip: "ip"
        case .budget: "budget"
        case .concurrency: "concurrency"
        }
    }
}

/// What became of reading the configuration anew.
enum ReloadResult: String, CaseIterable, Sendable {
    case success, failure
}

/// An HTTP status as a label value: upstreams may invent statuses, label values stay bounded.
enum StatusText {
    /// About as many as are in use, between the gateway and its upstreams.
    static let usual = 30

    static func of(_ code: Int) -> String { (100...599).contains(code) ? String(code) : "other" }
}
