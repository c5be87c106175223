import Testing
import WireFormats

@testable import LLMGateway

@Suite struct GatewayErrorTests {
    private static let openai = Unresolved.MissingCredential(
        provider: "openai", setting: "providers.openai.api_key (or OPENAI_API_KEY)")

    private static func upstream(_ status: Int, clientBroughtKey: Bool = false) -> GatewayError.Reason {
        UpstreamRefusal(status: status).reason(from: "openai", clientBroughtKey: clientBroughtKey)
    }

    private static func limit(_ limit: Admission.Limit, budgetStatus: Int = 429) -> GatewayError.Reason {
        .limitReached(Admission.Refusal(limit: limit, retryAfter: .seconds(2)), budgetStatus: budgetStatus)
    }

    /// The contract's table: reason, status, type, code, outcome.
    static let table: [(GatewayError.Reason, Int, String, String, String)] = [
        (
            .malformedBody(MalformedBody(.invalidJSON, message: "The body must be valid JSON.")), 400,
            "invalid_request_error", "invalid_json", "client_error"
        ),
        (
            .malformedBody(MalformedBody(.missingField, field: "model", message: "Add 'model'.")), 400,
            "invalid_request_error", "missing_field", "client_error"
        ),
        (
            .malformedBody(MalformedBody(.invalidValue, field: "n", message: "Make 'n' a number.")), 400,
            "invalid_request_error", "invalid_value", "client_error"
        ),
        (.invalidAPIKey, 401, "authentication_error", "invalid_api_key", "client_error"),
        (.modelNotAllowed("m"), 403, "permission_error", "model_not_allowed", "client_error"),
        (limit(.requests), 429, "rate_limit_error", "rate_limit_exceeded", "rejected"),
        (limit(.tokens), 429, "rate_limit_error", "rate_limit_exceeded", "rejected"),
        (limit(.ip), 429, "rate_limit_error", "rate_limit_exceeded", "rejected"),
        (limit(.concurrency), 429, "rate_limit_error", "rate_limit_exceeded", "rejected"),
        (limit(.budget), 429, "insufficient_quota", "budget_exceeded", "rejected"),
        (limit(.budget, budgetStatus: 402), 402, "insufficient_quota", "budget_exceeded", "rejected"),
        (
            .unresolved(.notFound(model: "m", nearest: [], lacking: nil)), 404, "invalid_request_error",
            "model_not_found", "client_error"
        ),
        (.unresolved(.switchedOff(provider: "p")), 404, "invalid_request_error", "model_not_found", "client_error"),
        (.unresolved(.unknownProvider("p")), 404, "invalid_request_error", "resource_not_found", "client_error"),
        (.unresolved(.providerNotConfigured(openai)), 500, "api_error", "provider_not_configured", "provider_error"),
        (.loopDetected, 508, "invalid_request_error", "loop_detected", "client_error"),
        (.unknownPath("/x"), 404, "invalid_request_error", "resource_not_found", "client_error"),
        (.wrongMethod("PUT", allowed: ["GET"]), 405, "invalid_request_error", "method_not_allowed", "client_error"),
        (.requestTimedOut, 408, "invalid_request_error", "request_timeout", "client_error"),
        (.headTooLarge, 431, "invalid_request_error", "headers_too_large", "client_error"),
        (.bodyTooLarge(limit: 10), 413, "invalid_request_error", "request_too_large", "client_error"),
        (.overloaded(retryAfter: .seconds(3)), 503, "overloaded_error", "gateway_overloaded", "rejected"),
        (.shuttingDown, 503, "api_error", "shutting_down", "rejected"),
        (.clientGone, 499, "invalid_request_error", "client_closed_request", "client_cancelled"),
        (upstream(401), 502, "api_error", "provider_auth_failed", "provider_error"),
        (upstream(403), 502, "api_error", "provider_auth_failed", "provider_error"),
        (upstream(401, clientBroughtKey: true), 401, "authentication_error", "invalid_api_key", "client_error"),
        (upstream(403, clientBroughtKey: true), 403, "permission_error", "permission_denied", "client_error"),
        (upstream(400), 400, "invalid_request_error", "invalid_value", "client_error"),
        (upstream(404), 404, "invalid_request_error", "resource_not_found", "client_error"),
        (upstream(422), 422, "invalid_request_error", "invalid_value", "client_error"),
        (upstream(429), 429, "rate_limit_error", "provider_rate_limited", "provider_error"),
        (upstream(500), 502, "api_error", "provider_error", "provider_error"),
        (upstream(503), 502, "api_error", "provider_error", "provider_error"),
        (upstream(529), 503, "api_error", "provider_error", "provider_error"),
        (upstream(302), 502, "api_error", "provider_bad_response", "provider_error"),
        (.upstreamUnreachable(provider: "p"), 502, "api_error", "provider_unreachable", "provider_error"),
        (.upstreamTimedOut(provider: "p"), 504, "timeout_error", "provider_timeout", "timeout"),
        (.upstreamUnreadable(provider: "p"), 502, "api_error", "provider_bad_response", "provider_error"),
    ]

    @Test(arguments: table)
    func `every reason has its row`(
        reason: GatewayError.Reason, status: Int, type: String, code: String, outcome: String
    ) {
        let error = GatewayError(reason)
        #expect(error.clientView.status == status)
        #expect(error.clientView.type == type)
        #expect(error.clientView.code == code)
        #expect(error.failureClass.rawValue == outcome)
        #expect(error.clientView.message.hasSuffix(".") || error.clientView.message.hasSuffix("?"))
    }

    @Test func `a wrong method says which are right`() {
        let error = GatewayError(.wrongMethod("PUT", allowed: ["GET", "HEAD"]))
        #expect(error.headers.map(\.name) == ["allow"])
        #expect(error.headers.map(\.value) == ["GET, HEAD"])
        #expect(error.clientView.message == "The method PUT is not allowed here; use GET or HEAD.")
    }

    @Test func `a delay is passed on`() {
        #expect(GatewayError(.overloaded(retryAfter: .seconds(3))).clientView.retryAfter == .seconds(3))
        let limited = UpstreamRefusal(status: 429, body: .init(message: "Slow down."), retryAfter: .seconds(7))
        let view = GatewayError(limited.reason(from: "openai")).clientView
        #expect(view.retryAfter == .seconds(7))
        #expect(view.message == "Slow down.")
    }

    @Test func `an upstream's own words are kept where it refused the request`() {
        let body = UpstreamFailureBody(
            message: "Too long.", type: "invalid_request_error", code: "context_length_exceeded", param: "messages")
        let view = GatewayError(UpstreamRefusal(status: 400, body: body).reason(from: "openai")).clientView
        #expect(
            view
                == ChatFailure(
                    status: 400, type: "invalid_request_error", code: "context_length_exceeded", message: "Too long.",
                    param: "messages"))
    }

    @Test(
        arguments: [
            (UpstreamFailureBody(message: "No.", type: "INVALID_ARGUMENT", code: "400"), "invalid_value"),
            (UpstreamFailureBody(message: "No.", type: "ValidationException"), "invalid_value"),
            (
                UpstreamFailureBody(message: "No.", type: "INVALID_ARGUMENT", code: "SAFETY_SETTINGS_INVALID"),
                "SAFETY_SETTINGS_INVALID"
            ),
            (
                UpstreamFailureBody(
                    message: "prompt is too long: 9 tokens > 8 maximum", type: "invalid_request_error"),
                "context_length_exceeded"
            ),
            (
                UpstreamFailureBody(
                    message: "The input token count (9) exceeds the maximum number of tokens allowed (8).",
                    type: "INVALID_ARGUMENT", code: "400"),
                "context_length_exceeded"
            ),
        ] as [(UpstreamFailureBody, String)])
    func `words of other vocabularies become the client's`(body: UpstreamFailureBody, code: String) {
        let view = GatewayError(UpstreamRefusal(status: 400, body: body).reason(from: "p")).clientView
        #expect(view.type == "invalid_request_error" && view.code == code && view.message == body.message)
    }

    @Test func `an overloaded upstream keeps its own status where the client knows it`() {
        #expect(GatewayError(Self.upstream(529)).clientView(statusWhenOverloaded: 529).status == 529)
        #expect(GatewayError(Self.upstream(500)).clientView(statusWhenOverloaded: 529).status == 502)
    }

    @Test func `an unknown model is told what would help`() {
        func message(_ nearest: [String], _ lacking: Unresolved.MissingCredential?) -> String {
            GatewayError(.unresolved(.notFound(model: "gpt-5", nearest: nearest, lacking: lacking))).clientView.message
        }
        #expect(message([], nil) == "The model 'gpt-5' is not known; GET /v1/models lists the names that are.")
        #expect(
            message(["gpt-4", "gpt-4o"], nil) == "The model 'gpt-5' is not known; did you mean 'gpt-4' or 'gpt-4o'?")
        #expect(
            message([], Self.openai)
                == "The model 'gpt-5' is not known; set providers.openai.api_key (or OPENAI_API_KEY) to have it from "
                + "'openai'.")
        #expect(
            message(["gpt-4"], Self.openai)
                == "The model 'gpt-5' is not known; did you mean 'gpt-4'? Or set providers.openai.api_key "
                + "(or OPENAI_API_KEY) to have it from 'openai'.")
    }

    @Test func `a name of a megabyte is not said back`() {
        let model = String(repeating: "m", count: 1_000_000)
        let error = GatewayError(.unresolved(.notFound(model: model, nearest: [], lacking: nil)))
        #expect(error.clientView.message.utf8.count < 300)
    }
}
