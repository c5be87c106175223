import Logging
import NIOCore
import WireFormats

/// What an administrator may ask for.
enum AdminEndpoint: Sendable, Equatable {
    case listKeys
    case makeKey
    case revokeKey(String)
}

/// Answers administrators who make keys, list them and take them away.
struct AdminKeys: Sendable {
    let register: KeyRegister
    let keys: RunTimeKeys

    /// An entry is a few hundred bytes.
    private static let longestBody = 64 << 10

    func answer(
        _ endpoint: AdminEndpoint, on connection: ServerConnection, _ state: LoopState, requestID: String
    ) async {
        let outcome: (status: Int, body: [UInt8])
        do throws(ChatFailure) {
            let name = try AdminAccess.name(of: connection, among: state.callers)
            outcome = try await answer(endpoint, to: name, on: connection, state)
        } catch {
            guard !connection.isClosed else { return }
            return connection.answer(error, in: state.defaultFormat, state, requestID: requestID)
        }
        guard !connection.isClosed else { return }
        connection.begin(status: outcome.status, state, requestID: requestID)
        connection.write { head in
            if !outcome.body.isEmpty { head.field("content-type", "application/json" as StaticString) }
            head.field("cache-control", "no-store" as StaticString)
        }
        connection.finish(body: ByteBuffer(bytes: outcome.body))
    }

    private func answer(
        _ endpoint: AdminEndpoint, to name: String, on connection: ServerConnection, _ state: LoopState
    ) async throws(ChatFailure) -> (Int, [UInt8]) {
        let configured = state.snapshot.settings.keys.map(\.terms)
        do throws(KeyRefusal) {
            switch endpoint {
            case .listKeys: return (200, try await register.list(beside: configured).body)
            case .makeKey:
                guard let body = String(validating: try await body(of: connection), as: UTF8.self) else {
                    throw .notJSON
                }
                let entry = try RunTimeKeyEntry(reading: body)
                let made = try await register.make(entry, beside: configured.map(\.name), by: name)
                await follow()
                return (201, made.body)
            case .revokeKey(let revoked):
                try await register.revoke(revoked, beside: configured.map(\.name), by: name)
                await follow()
                return (204, [])
            }
        } catch { throw error.clientView }
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
