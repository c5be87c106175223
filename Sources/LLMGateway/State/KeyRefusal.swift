import WireFormats

/// Why a key was not made, or not taken away.
enum KeyRefusal: Error, Sendable, Equatable {
    case notJSON
    /// The request's body didn't come as it should; what the client is told of it.
    case unreadable(ChatFailure)
    /// - sentence: What is wrong with the field, which it names.
    case invalid(field: String, sentence: String)
    /// A field has to be there and isn't.
    case missing(field: String)
    /// The gateway is open, and would be closed to everyone who could make another key.
    case firstIsNoAdmin
    case nameTaken(String)
    case unknown(String)
    /// It stands in the configuration.
    case configured(String)
    case unavailable(StateUnavailable)

    /// What the client is told.
    var clientView: ChatFailure {
        switch self {
        case .notJSON:
            failure(400, "invalid_json", "The body must be a JSON object; send an entry of keys: as JSON.")
        case .unreadable(let failure): failure
        case .invalid(let field, let sentence): failure(400, "invalid_value", sentence, param: field)
        case .missing(let field):
            failure(400, "missing_field", "'\(field)' is missing.", param: field)
        case .firstIsNoAdmin:
            failure(
                400, "invalid_value",
                "The first key closes the gateway, so it must be an administrator's: set 'admin' to true.",
                param: "admin")
        case .nameTaken(let name):
            failure(409, "name_taken", "There is a key named '\(name)'; choose another name.", param: "name")
        case .unknown(let name):
            failure(404, "key_not_found", "There is no key named '\(name)'; GET /admin/keys lists those there are.")
        case .configured(let name):
            failure(404, "key_not_found", "The key '\(name)' stands in the configuration; take it out there.")
        case .unavailable:
            ChatFailure(
                status: 503, type: "api_error", code: "store_unavailable",
                message: "The gateway's store can't be used at the moment; try again later.")
        }
    }

    private func failure(_ status: Int, _ code: String, _ message: String, param: String? = nil) -> ChatFailure {
        ChatFailure(status: status, type: "invalid_request_error", code: code, message: message, param: param)
    }
}
