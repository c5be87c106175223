import WireFormats

/// Who may operate the gateway: a key that is an administrator's; while there are no keys, the user of this machine.
enum AdminAccess {
    /// - Returns: Who it is, for the log: the name of the key, or `loopback`.
    /// - Throws: What anyone else is told.
    static func name(of connection: ServerConnection, among callers: CallerTable) throws(ChatFailure) -> String {
        guard !callers.isOpen else {
            let request = LocalRequest(
                peerAddress: connection.peerAddress, host: connection.header(.host), origin: connection.header(.origin))
            guard request.isOwn else {
                throw refusal(
                    "Without keys this is for requests from the gateway's own machine; make an admin key there.")
            }
            return "loopback"
        }
        guard let caller = callers.caller(of: connection) else { throw GatewayError(.invalidAPIKey).clientView }
        guard caller.key?.isAdmin == true else {
            throw refusal("This API key may not operate the gateway; use an administrator's.")
        }
        return caller.name
    }

    private static func refusal(_ message: String) -> ChatFailure {
        ChatFailure(status: 403, type: "permission_error", code: "admin_only", message: message)
    }
}
