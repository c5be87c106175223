extension UpstreamFailureBody {
    /// The HTTP status that says what a failure amounts to which came behind a 200, as the first event of a stream may:
    /// its own, or that of its kind, else 500.
    public var likelyStatus: Int {
        if let status { return status }
        if let number = code.flatMap({ Int($0) }), (400..<600).contains(number) { return number }
        for word in [type, code].compactMap({ $0?.lowercased() }) {
            if let status = Self.statuses[word] { return status }
        }
        return 500
    }

    /// The words that OpenAI, Anthropic and Google have for kinds of failures.
    private static let statuses: [String: Int] = [
        "invalid_request_error": 400, "invalid_argument": 400, "failed_precondition": 400,
        "authentication_error": 401, "unauthenticated": 401, "invalid_api_key": 401,
        "permission_error": 403, "permission_denied": 403,
        "not_found_error": 404, "not_found": 404,
        "rate_limit_error": 429, "rate_limit_exceeded": 429, "resource_exhausted": 429, "insufficient_quota": 429,
        "unavailable": 503, "deadline_exceeded": 504, "timeout_error": 504, "overloaded_error": 529,
    ]
}
