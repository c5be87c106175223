/// Why there is no answer, as far as the client may know. Each ``WireFormat`` writes it in its own shape.
public struct ChatFailure: Error, Sendable, Equatable {
    /// HTTP status, 400...599.
    public var status: Int
    /// OpenAI's word for the class of the failure, as `rate_limit_error`; other formats go by the status.
    public var type: String
    /// The machine-readable reason, as `rate_limit_exceeded`.
    public var code: String
    /// One sentence that says what to do.
    public var message: String
    /// The request's field that is to blame, as `messages[2].role`.
    public var param: String?
    /// When to try again.
    public var retryAfter: Duration?

    /// A failure.
    public init(
        status: Int, type: String, code: String, message: String, param: String? = nil, retryAfter: Duration? = nil
    ) {
        (self.status, self.type, self.code, self.message) = (status, type, code, message)
        (self.param, self.retryAfter) = (param, retryAfter)
    }

    /// A body that can't be used: a 400 that names the field.
    public init(_ malformed: MalformedBody) {
        self.init(
            status: 400, type: "invalid_request_error", code: malformed.code.rawValue, message: malformed.message,
            param: malformed.field)
    }
}

/// What an upstream said about its failure, as far as it could be read. Not redacted yet.
public struct UpstreamFailureBody: Sendable, Equatable {
    /// What went wrong, in words.
    public var message: String?
    /// The upstream's class of the failure.
    public var type: String?
    /// The upstream's machine-readable reason; a number is spelled out.
    public var code: String?
    /// The request's field that is to blame.
    public var param: String?
    /// The HTTP status that says what the failure amounts to, where the answer's own says something else or a stream
    /// had begun; nil: the answer's own.
    public var status: Int?
    /// When to try again, where the body says; most providers say so in a header.
    public var retryAfter: Duration?
    /// Whether the upstream didn't say so itself: what it sent can't be understood.
    public private(set) var isUnreadable = false

    /// A failure of which this is known.
    public init(
        message: String? = nil, type: String? = nil, code: String? = nil, param: String? = nil, status: Int? = nil,
        retryAfter: Duration? = nil
    ) {
        (self.message, self.type, self.code, self.param) = (message, type, code, param)
        (self.status, self.retryAfter) = (status, retryAfter)
    }

    /// What came can't be understood.
    ///
    /// - Parameter message: In which way, for the log.
    public static func unreadable(_ message: String) -> UpstreamFailureBody {
        var failure = UpstreamFailureBody(message: message)
        failure.isUnreadable = true
        return failure
    }
}
