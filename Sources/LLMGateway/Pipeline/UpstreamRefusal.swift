import WireFormats

/// An answer of an upstream that is no answer: its status and, as far as they could be read, its own words.
struct UpstreamRefusal: Sendable, Equatable {
    let status: Int
    /// Without credentials and internal addresses; the client sees it.
    let body: UpstreamFailureBody
    let retryAfter: Duration?

    init(status: Int, body: UpstreamFailureBody = UpstreamFailureBody(), retryAfter: Duration? = nil) {
        (self.status, self.body, self.retryAfter) = (status, body, retryAfter)
    }

    /// Whose fault it is.
    ///
    /// - Parameter clientBroughtKey: With `forward_client_key` a 401 or 403 is about the client's own credential.
    func reason(from provider: String, clientBroughtKey: Bool = false) -> GatewayError.Reason {
        switch status {
        case 401 where !clientBroughtKey, 403 where !clientBroughtKey: .upstreamRefusedCredential(provider: provider)
        case 429: .upstreamRateLimited(self, provider: provider)
        case 504 where body.status == 504: .upstreamTimedOut(provider: provider)
        case 400..<500: .upstreamRefusedRequest(self, provider: provider)
        // Another gateway on the way has met the call before, or this one has behind it.
        case 508: .loopDetected
        case 500..<600: .upstreamFailed(self, provider: provider)
        default: .upstreamUnreadable(provider: provider)
        }
    }

    /// The upstream's own message, or ours where it gave none.
    func sentence(or ours: String) -> String {
        guard let message = body.message, !message.isEmpty else { return ours }
        return message
    }

    /// A refusal of the request, in the upstream's own words where it has them, else by its status.
    func clientView(from provider: String) -> ChatFailure {
        let (usualType, usualCode) = usualNames
        return ChatFailure(
            status: status, type: saysOwnWords ? body.type ?? usualType : usualType, code: code ?? usualCode,
            message: sentence(or: "The provider '\(provider)' refused the request with status \(status)."),
            param: body.param, retryAfter: retryAfter)
    }

    /// Whether the upstream's words for classes of failures are such as clients may know. Google's and AWS' own aren't.
    private var saysOwnWords: Bool {
        guard let type = body.type else { return true }
        return !type.hasSuffix("Exception") && !Self.googlesWords.contains(type)
    }

    /// The upstream's reason, where it has one: Google's is the status once more, and Anthropic says only in its sentence
    /// that a request is too long.
    private var code: String? {
        let isMere = body.code == nil || body.code == String(status)
        if isMere, body.subject == .contextWindow { return "context_length_exceeded" }
        return isMere && !saysOwnWords ? nil : body.code
    }

    private static let googlesWords: Set<String> = [
        "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND",
        "ALREADY_EXISTS", "ABORTED", "CANCELLED", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED", "UNKNOWN", "INTERNAL",
        "DATA_LOSS",
    ]

    private var usualNames: (type: String, code: String) {
        switch status {
        case 401: ("authentication_error", "invalid_api_key")
        case 402: ("insufficient_quota", "billing_error")
        case 403: ("permission_error", "permission_denied")
        case 404: ("invalid_request_error", "resource_not_found")
        case 405: ("invalid_request_error", "method_not_allowed")
        case 408: ("invalid_request_error", "request_timeout")
        case 409: ("invalid_request_error", "conflict")
        case 413: ("invalid_request_error", "request_too_large")
        default: ("invalid_request_error", "invalid_value")
        }
    }
}
