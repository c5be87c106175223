import NIOCore
import WireFormats

/// Everything under `/admin` and `/debug`: which path is whose, and who may ask at all.
struct AdminDesk: AdminResponder {
    let endpoints: [AdminEndpoint]

    func respond(on connection: ServerConnection, _ state: LoopState, requestID: String) async -> Bool {
        switch find(connection.method, connection.path) {
        case .unknown: return false
        case .wrongMethod where connection.isPreflight && !state.snapshot.cors.isOff:
            connection.answerPreflight(state, requestID: requestID)
        case .wrongMethod(let allowed):
            let error = GatewayError(.wrongMethod(connection.methodName, allowed: allowed))
            refuse(error.clientView, on: connection, state, requestID, error.headers)
        case .found(let endpoint, let subject):
            do throws(ChatFailure) {
                let name = try AdminAccess.name(of: connection, among: state.callers)
                let request = AdminRequest(
                    connection: connection, state: state, administrator: name, subject: subject)
                answer(try await endpoint.answer(request), on: connection, state, requestID)
            } catch {
                refuse(error, on: connection, state, requestID)
            }
        }
        return true
    }

    /// Where a path leads.
    enum Finding {
        case found(AdminEndpoint, subject: String)
        case wrongMethod(allowed: [String])
        case unknown
    }

    func find(_ method: HTTPMethod, _ path: String) -> Finding {
        var allowed: [String] = []
        for endpoint in endpoints {
            guard let subject = endpoint.subject(of: path) else { continue }
            if endpoint.takes(method) { return .found(endpoint, subject: subject) }
            allowed += endpoint.methods
        }
        return allowed.isEmpty ? .unknown : .wrongMethod(allowed: allowed)
    }

    private func answer(
        _ answer: AdminAnswer, on connection: ServerConnection, _ state: LoopState, _ requestID: String
    ) {
        guard !connection.isClosed else { return }
        connection.begin(status: answer.status, state, requestID: requestID)
        connection.write { head in
            if !answer.body.isEmpty { head.field("content-type", "application/json" as StaticString) }
            head.field("cache-control", "no-store" as StaticString)
        }
        connection.finish(body: ByteBuffer(bytes: answer.body))
    }

    private func refuse(
        _ failure: ChatFailure, on connection: ServerConnection, _ state: LoopState, _ requestID: String,
        _ headers: [(name: String, value: String)] = []
    ) {
        guard !connection.isClosed else { return }
        connection.answer(
            failure, in: state.defaultFormat, state, requestID: requestID,
            headers: headers + [("cache-control", "no-store")])
    }
}
