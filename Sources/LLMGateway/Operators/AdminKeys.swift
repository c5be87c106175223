import Logging
import NIOCore
import WireFormats

/// Answers administrators who make keys, list them and take them away.
struct AdminKeys: Sendable {
    let register: KeyRegister
    let keys: RunTimeKeys

    /// An entry is a few hundred bytes.
    private static let longestBody = 64 << 10

    var endpoints: [AdminEndpoint] {
        [
            AdminEndpoint(.get, "/admin/keys", list), AdminEndpoint(.post, "/admin/keys", make),
            AdminEndpoint(.delete, "/admin/keys/{name}", revoke),
        ]
    }

    private func list(_ request: AdminRequest) async throws(ChatFailure) -> AdminAnswer {
        do throws(KeyRefusal) {
            return .json(try await register.list(beside: configured(request)).body)
        } catch { throw error.clientView }
    }

    private func make(_ request: AdminRequest) async throws(ChatFailure) -> AdminAnswer {
        do throws(KeyRefusal) {
            guard let body = String(validating: try await body(of: request.connection), as: UTF8.self) else {
                throw .notJSON
            }
            let entry = try RunTimeKeyEntry(reading: body)
            let names = configured(request).map(\.name)
            let made = try await register.make(entry, beside: names, by: request.administrator)
            await follow()
            return .json(status: 201, made.body)
        } catch { throw error.clientView }
    }

    private func revoke(_ request: AdminRequest) async throws(ChatFailure) -> AdminAnswer {
        do throws(KeyRefusal) {
            let names = configured(request).map(\.name)
            try await register.revoke(request.subject, beside: names, by: request.administrator)
            await follow()
            return AdminAnswer(status: 204)
        } catch { throw error.clientView }
    }

    private func configured(_ request: AdminRequest) -> [KeyTerms] {
        request.state.snapshot.settings.keys.map(\.terms)
    }

    /// What was changed counts here from now on; should the store fail to say so, it is asked again shortly.
    private func follow() async {
        do throws(StateUnavailable) { try await keys.refresh() } catch {
            register.logger.warning("a change of keys will be known late", metadata: ["reason": "\(error.reason)"])
        }
    }

    private func body(of connection: ServerConnection) async throws(KeyRefusal) -> [UInt8] {
        do throws(RequestBodyError) {
            return Array(buffer: try await connection.readBody(upTo: Self.longestBody))
        } catch {
            switch error {
            case .tooLarge: throw .unreadable(GatewayError(.bodyTooLarge(limit: Self.longestBody)).clientView)
            case .timedOut, .clientGone: throw .unreadable(GatewayError(.requestTimedOut).clientView)
            case .malformed: throw .notJSON
            }
        }
    }
}
