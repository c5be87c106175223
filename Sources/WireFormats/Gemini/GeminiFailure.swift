/// How Google's APIs tell a failure: `{"error":{"code","message","status"}}`.
enum GeminiFailure {
    static func body(_ failure: ChatFailure) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.object("error") { json in
                    json.field("code", failure.status)
                    json.field("message", failure.message)
                    json.field("status", status(failure.status))
                }
            }
        }
    }

    /// The event that ends a broken stream.
    static func event(_ failure: ChatFailure) -> [UInt8] {
        Array("data: ".utf8) + body(failure) + Array("\r\n\r\n".utf8)
    }

    /// Google's name for an HTTP status.
    static func status(_ code: Int) -> String {
        switch code {
        case 401: "UNAUTHENTICATED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 405, 501: "UNIMPLEMENTED"
        case 408, 504: "DEADLINE_EXCEEDED"
        case 409: "ABORTED"
        case 402, 429: "RESOURCE_EXHAUSTED"
        case 499: "CANCELLED"
        case 502, 503, 529: "UNAVAILABLE"
        case 508: "FAILED_PRECONDITION"
        case 500...: "INTERNAL"
        default: "INVALID_ARGUMENT"
        }
    }

    /// Reads what Google sends; nil for what says nothing.
    static func read(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        guard let root = try? tape.parse(body) else { return nil }
        return read(root)
    }

    /// An object, or one in an array, as when a stream was asked for that isn't server-sent events. The gateways in front
    /// of Google's own send a bare text.
    static func read(_ root: JSONNode) -> UpstreamFailureBody? {
        if let first = root.anyElements.first(where: { $0.optional("error") != nil }) { return read(first) }
        guard let error = root.optional("error") else { return nil }
        guard error.kind == .object else { return root.googleText("error").map { UpstreamFailureBody(message: $0) } }
        var failure = UpstreamFailureBody(message: error.googleText("message"), type: error.googleText("status"))
        if let code = error["code"]?.wholeNumber { failure.code = String(code) }
        for detail in GoogleList(error["details"]) {
            if let delay = detail.googleText("retryDelay") { failure.retryAfter = seconds(delay) }
            // More telling than the number.
            if let reason = detail.googleText("reason") { failure.code = reason }
            for violation in GoogleList(detail["fieldViolations"]) where failure.param == nil {
                failure.param = violation.googleText("field")
            }
        }
        // AI Studio says of a bad key that the request is bad.
        if failure.code == "API_KEY_INVALID" { failure.status = 401 }
        return failure
    }

    /// A time as Google's JSON spells it: `34s`, `0.5s`; nil for what is none.
    private static func seconds(_ text: String) -> Duration? {
        guard text.last == "s", let seconds = Double(text.dropLast()), (0...86_400).contains(seconds) else {
            return nil
        }
        return .milliseconds(Int(seconds * 1000))
    }
}
