extension RateLimitHeaders {
    /// Anthropic's own.
    static let anthropic = RateLimitHeaders(
        requests: Names(
            limit: "anthropic-ratelimit-requests-limit", remaining: "anthropic-ratelimit-requests-remaining",
            reset: "anthropic-ratelimit-requests-reset"),
        tokens: Names(
            limit: "anthropic-ratelimit-tokens-limit", remaining: "anthropic-ratelimit-tokens-remaining",
            reset: "anthropic-ratelimit-tokens-reset"),
        reset: .instant)
}
