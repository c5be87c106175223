/// What the headers are called that tell the clients of a format how far their limits are used up.
public struct RateLimitHeaders: Sendable {
    /// Those of one limit.
    public struct Names: Sendable {
        /// The rate itself.
        public let limit: StaticString
        /// What is left at the moment.
        public let remaining: StaticString
        /// When everything will be there again.
        public let reset: StaticString

        /// Names, in lower case.
        public init(limit: StaticString, remaining: StaticString, reset: StaticString) {
            (self.limit, self.remaining, self.reset) = (limit, remaining, reset)
        }
    }

    /// How a reset is said.
    public enum Reset: Sendable {
        /// From now on: `1s`, `6m0s`, `20ms`.
        case duration
        /// At a point in time, as RFC 3339 has it: `2026-11-21T09:30:00Z`.
        case instant
    }

    /// Of requests.
    public let requests: Names
    /// Of tokens.
    public let tokens: Names
    /// How their resets are said.
    public let reset: Reset

    /// Headers of a format's own.
    public init(requests: Names, tokens: Names, reset: Reset) {
        (self.requests, self.tokens, self.reset) = (requests, tokens, reset)
    }

    /// OpenAI's, which most clients know.
    public static let usual = RateLimitHeaders(
        requests: Names(
            limit: "x-ratelimit-limit-requests", remaining: "x-ratelimit-remaining-requests",
            reset: "x-ratelimit-reset-requests"),
        tokens: Names(
            limit: "x-ratelimit-limit-tokens", remaining: "x-ratelimit-remaining-tokens",
            reset: "x-ratelimit-reset-tokens"),
        reset: .duration)
}
