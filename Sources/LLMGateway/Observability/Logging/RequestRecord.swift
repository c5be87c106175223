import Logging

/// What the log says about one request, at its end. In the order of the line.
struct RequestRecord: Sendable {
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
    var costUSD: Double?
    var timeToFirstToken: Duration?
    var duration = Duration.zero
    /// The gateway's own part of the duration.
    var gateway = Duration.zero
    /// Of the request's and the answer's body.
    var bytesIn = 0
    var bytesOut = 0
    /// Parameters that the target's format could not say.
    var droppedParams: [String] = []
    var outcome = Outcome.ok

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
        line.field("cost_usd", costUSD)
        line.field("ttft_ms", milliseconds: timeToFirstToken)
        line.field("duration_ms", milliseconds: duration)
        line.field("gateway_ms", milliseconds: gateway)
        line.field("bytes_in", bytesIn)
        line.field("bytes_out", bytesOut)
        line.field("dropped_params", droppedParams)
        line.field("outcome", outcome.rawValue)
        if let errorDetail { line.field("error_detail", errorDetail) }
        if let requestBody { line.field("request_body", requestBody) }
        if let responseBody { line.field("response_body", responseBody) }
    }
}

/// Carries a record through swift-log as one metadata value. The gateway's own handler writes the fields flat into the
/// line; any other handler sees `key=value` text.
///
/// An event loop has one and fills it anew for each request: a record is large, and the metadata around it is a
/// dictionary. Whoever handles a log line has taken what it needs of it before it returns.
///
/// `@unchecked Sendable`: filled, logged and filled again on one loop's thread.
final class RequestLine: @unchecked Sendable, CustomStringConvertible {
    fileprivate(set) var record = RequestRecord()

    /// Under which the line is found in the metadata.
    static let key = "request"

    var description: String {
        var line = LogLine(.text)
        record.write(to: &line)
        return String(line.buffer.text.dropFirst())
    }
}

/// The line of each request of one event loop.
struct RequestLog {
    let line = RequestLine()
    /// What a statement carries it in.
    let metadata: Logger.Metadata

    init(_ record: RequestRecord = RequestRecord()) {
        metadata = [RequestLine.key: .stringConvertible(line)]
        line.record = record
    }

    var record: RequestRecord {
        get { line.record }
        nonmutating _modify { yield &line.record }
    }
}

extension RequestLine {
    /// Takes the line out of a metadata value again.
    static func carried(by value: Logger.MetadataValue?) -> RequestLine? {
        guard case .stringConvertible(let value) = value else { return nil }
        return value as? RequestLine
    }
}
