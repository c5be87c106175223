/// How Anthropic tells a failure: `{"type":"error","error":{"type","message"},"request_id"}`.
enum AnthropicFailure {
    static func body(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.field("type", "error")
                json.object("error") { json in
                    json.field("type", type(of: failure))
                    json.field("message", failure.message)
                }
                json.field("request_id", requestID)
            }
        }
    }

    /// The event that ends a broken stream. No `message_stop` follows: it would look like a clean end.
    static func event(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        Array("event: error\ndata: ".utf8) + body(failure, requestID: requestID) + Array("\n\n".utf8)
    }

    /// Anthropic's word for the class of a failure.
    private static func type(of failure: ChatFailure) -> String {
        switch failure.status {
        case 401: "authentication_error"
        // A budget of the gateway's own that is spent is a limit, not a bill.
        case 402: failure.code == "budget_exceeded" ? "rate_limit_error" : "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 503, 529: "overloaded_error"
        case 504: "timeout_error"
        case 400..<500, 508: "invalid_request_error"
        default: "api_error"
        }
    }

    /// Reads what Anthropic and those who serve its models send; nil for what says nothing.
    static func read(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        guard let root = try? tape.parse(body) else { return nil }
        return read(root)
    }

    /// Besides Anthropic's own shape those that clouds put in front of it: `{"message"}`, `{"error":"text"}`, and an
    /// error with a numeric code, also as the first element of an array.
    static func read(_ root: JSONNode) -> UpstreamFailureBody? {
        if let first = root.anyElements.first(where: { $0.kind == .object }) { return read(first) }
        guard let error = root.optional("error"), error.kind == .object else {
            guard let message = text(root["error"]) ?? text(root["message"]) else { return nil }
            return UpstreamFailureBody(message: message)
        }
        return UpstreamFailureBody(
            message: text(error["message"]), type: text(error["type"]) ?? text(error["status"]),
            code: text(error["details"]?["error_code"]) ?? text(error["code"]))
    }

    /// A string, or a number spelled out.
    private static func text(_ node: JSONNode?) -> String? {
        switch node?.kind {
        case .string: node?.decoded()
        case .number: node.map { String(decoding: $0.raw, as: UTF8.self) }
        default: nil
        }
    }
}
