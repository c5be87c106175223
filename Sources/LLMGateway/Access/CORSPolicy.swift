/// Which browser pages may call the gateway (the Fetch standard's CORS protocol).
struct CORSPolicy: Sendable {
    private let origins: Set<String>
    private let allowsAll: Bool
    private let credentials: Bool

    init(_ settings: ServerSettings.CORS) {
        origins = Set(settings.origins)
        allowsAll = origins.contains("*")
        credentials = settings.credentials
    }

    /// Whether any page may; then nothing needs to be looked at.
    var isOff: Bool { origins.isEmpty }

    /// The header lines of an answer to a page of this origin; none for one that may not call.
    func headers(origin: String) -> [(name: StaticString, value: String)] {
        guard allowsAll || origins.contains(origin) else { return [("vary", "origin")] }
        var headers: [(name: StaticString, value: String)] = [
            ("access-control-allow-origin", allowsAll ? "*" : origin), ("vary", "origin"),
            ("access-control-expose-headers", "*, x-request-id, x-llm-gateway-provider, x-llm-gateway-model"),
        ]
        if credentials { headers.append(("access-control-allow-credentials", "true")) }
        return headers
    }

    /// What a preflight is answered beside ``headers(origin:)``.
    ///
    /// - Parameter requested: What the page says it will send; repeated, since with credentials `*` means nothing.
    func preflightHeaders(requested: String?) -> [(name: StaticString, value: String)] {
        [
            ("access-control-allow-methods", "GET, HEAD, POST, DELETE, OPTIONS"),
            ("access-control-allow-headers", requested ?? "*"), ("access-control-max-age", "600"),
        ]
    }
}
