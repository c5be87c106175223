/// What Bedrock's kinds of failure amount to, where the HTTP status says less: behind a 200, or for a kind whose status
/// reads as if the call were to blame.
enum BedrockFailureKind {
    /// The status that says it; nil for a kind that isn't known.
    ///
    /// - Parameter name: As in `ThrottlingException`; streams begin it with a small letter.
    static func status(_ name: String) -> Int? {
        var name = name
        if name.hasSuffix("Exception") { name.removeLast("Exception".count) }
        return statuses[name.lowercased()]
    }

    private static let statuses: [String: Int] = [
        "validation": 400,
        // The gateway's own credential, not the call: some of these come as a 400.
        "accessdenied": 403,
        "expiredtoken": 403,
        "incompletesignature": 403,
        "invalidclienttokenid": 403,
        "invalidsignature": 403,
        "missingauthenticationtoken": 403,
        "notauthorized": 403,
        "optinrequired": 403,
        "requestexpired": 403,
        "signaturedoesnotmatch": 403,
        "unrecognizedclient": 403,
        "resourcenotfound": 404,
        "throttling": 429,
        "toomanyrequests": 429,
        "servicequotaexceeded": 429,
        "internalserver": 500,
        "internalfailure": 500,
        // The model failed, at a 424, or in the middle of a stream.
        "modelerror": 502,
        "modelstreamerror": 502,
        "serviceunavailable": 503,
        // It is being loaded, at a 429.
        "modelnotready": 503,
        // At a 408.
        "modeltimeout": 504,
    ]
}
