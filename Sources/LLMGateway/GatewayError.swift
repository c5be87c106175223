import WireFormats

/// Why a call was not answered. One value, two faces: ``clientView`` says what the caller may know and can act on;
/// ``detail`` says what the operator needs, and never leaves the log.
struct GatewayError: Error, Sendable {
    let reason: Reason
    let detail: String

    init(_ reason: Reason, detail: String = "") {
        (self.reason, self.detail) = (reason, detail)
    }

    enum Reason: Sendable, Equatable {
        case malformedBody(MalformedBody)
        case invalidAPIKey
        /// The key is none for this model.
        case modelNotAllowed(String)
        /// A limit or a budget of the caller is used up.
        /// - budgetStatus: `limits.budget_status`.
        case limitReached(Admission.Refusal, budgetStatus: Int)
        case unresolved(Unresolved)
        /// The provider has no such API, and there is no translation into one that it has.
        case notServed(model: String, format: String, provider: String)
        /// The call says what the provider's format can't, and would be answered wrongly without it.
        case untranslatable(Untranslatable, provider: String)
        /// The call needs what none of the model's targets can do.
        case incapable(Incapable, model: String)
        /// This very gateway is in the call's `via`.
        case loopDetected
        case unknownPath(String)
        /// What the client comes back to isn't kept, isn't its own, or can't be had in the way it wants; in the words of its
        /// format.
        case storedAnswerRefused(ChatFailure)
        /// What was kept can't be looked for.
        case storeUnavailable
        case wrongMethod(String, allowed: [String])
        /// The client's head or body came too slowly.
        case requestTimedOut
        case headTooLarge
        /// - limit: `server.max_body_bytes`.
        case bodyTooLarge(limit: Int)
        /// The queue was full, or the wait in it too long.
        case overloaded(retryAfter: Duration)
        /// The circuit breaker of every target is open.
        case unavailable(retryAfter: Duration)
        case shuttingDown
        /// The client went away first; nobody reads the answer.
        case clientGone
        /// The provider refused the gateway's own credential.
        case upstreamRefusedCredential(provider: String)
        /// A 4xx about what the client asked for.
        case upstreamRefusedRequest(UpstreamRefusal, provider: String)
        case upstreamRateLimited(UpstreamRefusal, provider: String)
        /// A 5xx, with 529 for "overloaded".
        case upstreamFailed(UpstreamRefusal, provider: String)
        /// No connection, or it broke off.
        case upstreamUnreachable(provider: String)
        case upstreamTimedOut(provider: String)
        case upstreamUnreadable(provider: String)
    }

    /// Header fields that the client's answer needs beside those that every answer has and `retry-after`.
    var headers: [(name: String, value: String)] {
        guard case .wrongMethod(_, let allowed) = reason else { return [] }
        return [("allow", allowed.joined(separator: ", "))]
    }

    /// Which of the outcomes that requests are counted by this is.
    var failureClass: FailureClass {
        switch reason {
        case .malformedBody, .invalidAPIKey, .modelNotAllowed, .notServed, .untranslatable, .incapable, .loopDetected,
            .unknownPath,
            .wrongMethod, .storedAnswerRefused, .requestTimedOut, .headTooLarge, .bodyTooLarge, .upstreamRefusedRequest:
            .clientError
        case .unresolved(.providerNotConfigured): .providerError
        case .unresolved: .clientError
        case .limitReached, .overloaded, .shuttingDown: .rejected
        case .upstreamTimedOut: .timeout
        case .clientGone: .clientCancelled
        case .upstreamRefusedCredential, .upstreamRateLimited, .upstreamFailed, .upstreamUnreachable,
            .upstreamUnreadable, .storeUnavailable, .unavailable:
            .providerError
        }
    }

    /// The outcomes other than `ok`; the raw value is the word in logs and metrics.
    enum FailureClass: String, Sendable {
        case clientError = "client_error"
        case rejected, timeout
        case clientCancelled = "client_cancelled"
        case providerError = "provider_error"
    }
}

// MARK: - What the client is told

extension GatewayError {
    var clientView: ChatFailure { clientView(statusWhenOverloaded: 503) }

    /// - Parameter statusWhenOverloaded: How the client's format spells an upstream's 529: 529 where it knows that
    ///   status, else 503.
    func clientView(statusWhenOverloaded: Int) -> ChatFailure {
        switch reason {
        case .malformedBody(let malformed):
            return ChatFailure(malformed)
        case .invalidAPIKey:
            let message = "The API key is missing or unknown; send a valid one as 'authorization: Bearer KEY'."
            return ChatFailure(401, "authentication_error", "invalid_api_key", message)
        case .modelNotAllowed(let model):
            let message = "This API key may not use the model '\(model.shortened)'; GET /v1/models lists those it may."
            return ChatFailure(403, "permission_error", "model_not_allowed", message)
        case .limitReached(let refusal, let budgetStatus):
            return refusal.clientView(budgetStatus: budgetStatus)
        case .unresolved(let unresolved):
            return unresolved.clientView
        case .notServed(let model, let format, let provider):
            let message =
                "The model '\(model.shortened)' is served by '\(provider)', which has no \(format) API; use another API."
            return .request(400, "invalid_value", message, param: "model")
        case .untranslatable(let untranslatable, let provider):
            let message = "\(untranslatable.message) (provider '\(provider)')"
            return .request(400, "invalid_value", message, param: untranslatable.field)
        case .incapable(let incapable, let model):
            return incapable.clientView(of: model.shortened)
        case .loopDetected:
            let message = "The call has been through this gateway before; point the provider's base_url elsewhere."
            return .request(508, "loop_detected", message)
        case .unknownPath(let path):
            return .request(404, "resource_not_found", "There is nothing at '\(path.shortened)'; check the URL.")
        case .storedAnswerRefused(let failure):
            return failure
        case .storeUnavailable:
            return .api(503, "store_unavailable", "The gateway's store can't be used at the moment; try again later.")
        case .wrongMethod(let method, let allowed):
            let message =
                "The method \(method.shortened) is not allowed here; use \(allowed.joined(separator: " or "))."
            return .request(405, "method_not_allowed", message)
        case .requestTimedOut:
            return .request(408, "request_timeout", "The request did not arrive in time; send it again.")
        case .headTooLarge:
            return .request(
                431, "headers_too_large", "The request's headers are too large; send fewer or shorter ones.")
        case .bodyTooLarge(let limit):
            let message = "The request body is larger than \(limit) bytes; send a smaller one."
            return .request(413, "request_too_large", message)
        case .overloaded(let retryAfter):
            let message = "The gateway is overloaded; try again later."
            return ChatFailure(503, "overloaded_error", "gateway_overloaded", message, retryAfter: retryAfter)
        case .unavailable(let retryAfter):
            let message = "The model's providers have failed too often lately; try again later."
            return .api(503, "provider_unavailable", message, retryAfter: retryAfter)
        case .shuttingDown:
            return .api(503, "shutting_down", "The gateway is shutting down; send the request again.")
        case .clientGone:
            return .request(499, "client_closed_request", "The client closed the connection.")
        case .upstreamRefusedCredential(let provider):
            let message = "The provider '\(provider)' refused the gateway's credential; its operator must renew it."
            return .api(502, "provider_auth_failed", message)
        case .upstreamRefusedRequest(let refusal, let provider):
            return refusal.clientView(from: provider)
        case .upstreamRateLimited(let refusal, let provider):
            let message = refusal.sentence(or: "The provider '\(provider)' limits the rate of calls; try again later.")
            return ChatFailure(
                429, "rate_limit_error", "provider_rate_limited", message, retryAfter: refusal.retryAfter)
        case .upstreamFailed(let refusal, let provider):
            let message = refusal.sentence(or: "The provider '\(provider)' failed; try again later.")
            let status = refusal.status == 529 ? statusWhenOverloaded : 502
            return .api(status, "provider_error", message, retryAfter: refusal.retryAfter)
        case .upstreamUnreachable(let provider):
            let message = "The provider '\(provider)' could not be reached, or broke off; try again later."
            return .api(502, "provider_unreachable", message)
        case .upstreamTimedOut(let provider):
            let message = "The provider '\(provider)' did not answer in time; try again later or raise the timeout."
            return ChatFailure(504, "timeout_error", "provider_timeout", message)
        case .upstreamUnreadable(let provider):
            let message = "The answer of the provider '\(provider)' can't be understood; check its type and base_url."
            return .api(502, "provider_bad_response", message)
        }
    }
}

extension Unresolved {
    fileprivate var clientView: ChatFailure {
        switch self {
        case .notFound(let model, let nearest, let lacking):
            var message = "The model '\(model.shortened)' is not known"
            if !nearest.isEmpty {
                message += "; did you mean " + nearest.map { "'\($0.shortened)'" }.joined(separator: " or ") + "?"
            }
            if let lacking {
                message += nearest.isEmpty ? "; " : " Or "
                message += "set \(lacking.setting) to have it from '\(lacking.provider)'."
            } else if nearest.isEmpty {
                message += "; GET /v1/models lists the names that are."
            }
            return .request(404, "model_not_found", message, param: "model")
        case .providerNotConfigured(let lacking):
            let message = "The provider '\(lacking.provider)' can't be called yet; set \(lacking.setting)."
            return .api(500, "provider_not_configured", message)
        case .switchedOff(let provider):
            let message = "The provider '\(provider)' is switched off; set providers.\(provider).enabled to true."
            return .request(404, "model_not_found", message, param: "model")
        case .unknownProvider(let name):
            let message = "There is no provider '\(name.shortened)'; check the URL's first segment."
            return .request(404, "resource_not_found", message)
        }
    }
}

extension Admission.Refusal {
    fileprivate func clientView(budgetStatus: Int) -> ChatFailure {
        func limited(_ message: String) -> ChatFailure {
            ChatFailure(429, "rate_limit_error", "rate_limit_exceeded", message, retryAfter: retryAfter)
        }
        switch limit {
        case .requests: return limited("Too many requests for the caller's limit; send fewer, or try again later.")
        case .tokens: return limited("The call needs more tokens than the caller's limit has left; try again later.")
        case .ip: return limited("Too many requests from this address; send fewer, or try again later.")
        case .concurrency: return limited("Too many calls of this caller at the same time; let one end first.")
        case .budget:
            let remedy = retryAfter == nil ? "ask the operator for a larger one" : "wait for its next period"
            let message = "The budget of this API key is spent; \(remedy)."
            return ChatFailure(
                budgetStatus, "insufficient_quota", "budget_exceeded", message, retryAfter: retryAfter)
        }
    }
}

extension Incapable {
    fileprivate func clientView(of model: String) -> ChatFailure {
        guard let window else {
            let words = lacking.words.joined(separator: ", ")
            let message = "The request needs what no target of the model '\(model)' has: \(words); use another model."
            return .request(400, "invalid_value", message, param: "model")
        }
        var message = "The request is about \(tokens) tokens long, and the model '\(model)' takes up to \(window)"
        if !lacking.isEmpty { message += ", or lacks what it needs (\(lacking.words.joined(separator: ", ")))" }
        return .request(400, "context_length_exceeded", message + "; shorten it or use another model.", param: "model")
    }
}

extension ChatFailure {
    fileprivate init(_ status: Int, _ type: String, _ code: String, _ message: String, retryAfter: Duration? = nil) {
        self.init(status: status, type: type, code: code, message: message, param: nil, retryAfter: retryAfter)
    }

    /// Something about the request.
    fileprivate static func request(_ status: Int, _ code: String, _ message: String, param: String? = nil) -> Self {
        Self(
            status: status, type: "invalid_request_error", code: code, message: message, param: param, retryAfter: nil)
    }

    /// Something about the gateway or what lies behind it.
    fileprivate static func api(
        _ status: Int, _ code: String, _ message: String, retryAfter: Duration? = nil
    ) -> Self {
        Self(status, "api_error", code, message, retryAfter: retryAfter)
    }
}

extension String {
    /// What of a client's own words is said back to it: names are short, and a long one is not worth its bytes.
    fileprivate var shortened: String { utf8.count <= 256 ? self : prefix(100) + "…" }
}
