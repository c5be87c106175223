/// A body that can't be used, and which field is to blame. What a client is told with a 400.
public struct MalformedBody: Error, Equatable, Sendable {
    /// The machine-readable class of the mistake; the raw value is what clients see.
    public enum Code: String, Sendable {
        /// The body is not JSON.
        case invalidJSON = "invalid_json"
        /// A field that must be there is not.
        case missingField = "missing_field"
        /// A field has the wrong type or an impossible value.
        case invalidValue = "invalid_value"
    }

    /// The machine-readable class of the mistake.
    public let code: Code

    /// Where it is, as `messages[2].role`; nil when it is the body as a whole.
    public let field: String?

    /// One sentence that says what to do.
    public let message: String

    /// A mistake in a body.
    public init(_ code: Code, field: String? = nil, message: String) {
        (self.code, self.field, self.message) = (code, field, message)
    }

    /// The body is no JSON at all.
    public init(_ error: JSONError) {
        self.init(
            .invalidJSON,
            message: "The body must be valid JSON: at byte \(error.offset), \(error.reason.rawValue).")
    }
}
