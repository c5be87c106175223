/// What the log says about one request, at its end. In the order of the line. It is large, and never copied.
struct RequestRecord: ~Copyable, Sendable {
    var requestID = ""
    var traceID: String?
    /// The key's name, never the key.
    var key: String?
    var clientIP: String?
    var method = ""
    /// Without its query, which may hold a key.
    var path = ""
    var apiFormat: String?
    /// As the client wrote it.
    var model: String?
    var provider: String?
    var upstreamModel: String?
    var upstreamRequestID: String?
    /// What the client was sent; 499 when it was gone.
    var status = 0
    var errorCode: String?
    var streams = false
    /// Times an upstream was sent something.
    var attempts = 0
    /// `hit`, `miss`, `semantic-hit` or `bypass`.
    var cache: String?
    var inputTokens: Int?
    var outputTokens: Int?
    var cachedTokens: Int?
    var usageSource = UsageSource.none
    /// nil when there is no price.
    var cost: Cost?
    /// In nanoseconds; so are these two.
    var timeToFirstToken: Int64?
    var duration: Int64 = 0
    /// The gateway's own part of the duration.
    var gateway: Int64 = 0
    /// Of the request's and the answer's body.
    var bytesIn = 0
    var bytesOut = 0
    /// Parameters that the target's format could not say.
    var droppedParams: [String] = []
    var outcome = Outcome.ok

    /// What the client says that the call belongs to, `name=value`. Left out when there is none.
    var tags: [String] = []
    /// What the operator should know of a failure and the client should not. Left out when nil.
    var errorDetail: String?
    /// Bodies, redacted and cut; only where `log.bodies` is on. Left out when nil.
    var requestBody: String?
    var responseBody: String?

    enum UsageSource: String, Sendable { case provider, estimated, none }

    func write(to line: inout LogLine) {
        line.field("request_id", requestID)
        line.field("trace_id", traceID)
        line.field("key", key)
        line.field("client_ip", clientIP)
        line.field("method", method)
        line.field("path", path)
        line.field("api_format", apiFormat)
        line.field("model", model)
        line.field("provider", provider)
        line.field("upstream_model", upstreamModel)
        line.field("upstream_request_id", upstreamRequestID)
        line.field("status", status)
        line.field("error_code", errorCode)
        line.field("stream", streams)
        line.field("attempts", attempts)
        line.field("cache", cache)
        line.field("input_tokens", inputTokens)
        line.field("output_tokens", outputTokens)
        line.field("cached_tokens", cachedTokens)
        line.field("usage_source", usageSource.rawValue)
        line.field("cost_usd", cost)
        line.field("ttft_ms", nanoseconds: timeToFirstToken)
        line.field("duration_ms", nanoseconds: duration)
        line.field("gateway_ms", nanoseconds: gateway)
        line.field("bytes_in", bytesIn)
        line.field("bytes_out", bytesOut)
        line.field("dropped_params", droppedParams)
        line.field("outcome", outcome.rawValue)
        if !tags.isEmpty { line.field("tags", tags) }
        if let errorDetail { line.field("error_detail", errorDetail) }
        if let requestBody { line.field("request_body", requestBody) }
        if let responseBody { line.field("response_body", responseBody) }
    }
}
