import NIOCore
import Synchronization

@testable import LLMGateway

/// Answers requests by a closure; refusals with their status, and their name as the body.
struct StubResponder: RequestResponder {
    let answer: @Sendable (ServerConnection) async -> Void

    func respond(on connection: ServerConnection) async { await answer(connection) }

    func refuse(_ refusal: HeadRefusal, on connection: ServerConnection) {
        switch refusal {
        case .timedOut: connection.say(408, "timed out")
        case .invalid(let error): connection.say(error.status, "invalid")
        }
    }

    /// Says what was asked, body included: `POST /path hello`.
    static let echo = StubResponder { connection in
        let (method, path) = (connection.methodName, connection.path)
        do throws(RequestBodyError) {
            let body = try await connection.readBody()
            connection.say(200, "\(method) \(path) \(String(buffer: body))")
        } catch {
            switch error {
            case .tooLarge: connection.say(413, "too large")
            case .timedOut: connection.say(408, "body timed out")
            case .malformed: connection.say(400, "malformed")
            case .clientGone: connection.abort()
            }
        }
    }
}

extension ServerConnection {
    /// A whole answer with a text.
    func say(_ status: Int, _ text: String) {
        begin(status: status)
        finish(body: ByteBuffer(string: text))
    }
}

/// Starts a listener with one loop for `body`, which gets its port.
func withServer(
    _ limits: ServerLimits = ServerLimits(), maxConnections: Int = 100, _ responder: StubResponder = .echo,
    _ body: (_ port: Int, _ loop: Loop) async throws -> Void
) async throws {
    try await withLoop { loop in
        let listener = try await Listener.start(
            Listener.Settings(host: "127.0.0.1", port: 0, maxConnections: maxConnections, limits: limits, tls: nil),
            group: loop.eventLoop, loops: [loop], responder: responder)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(listener.port, loop)) } catch { outcome = .failure(error) }
        await listener.stop()
        try outcome.get()
    }
}

/// An answer as it came: the head as it is, the body without its framing.
struct RawAnswer {
    let status: Int
    let head: String
    let body: String

    func has(_ line: String) -> Bool { head.contains("\r\n\(line)\r\n") }
}

extension RawSocket {
    /// Reads one answer.
    ///
    /// - Parameter toHead: To a HEAD request, which has no body whatever its head says.
    func answer(toHead: Bool = false) async throws -> RawAnswer {
        let head = try await read(through: "\r\n\r\n")
        let status = Int(head.dropFirst(9).prefix(3)) ?? 0
        var body = ""
        if toHead || status < 200 || status == 204 {
            // None.
        } else if head.contains("transfer-encoding: chunked\r\n") {
            while true {
                let size = Int(try await read(through: "\r\n").dropLast(1), radix: 16) ?? 0
                body += try await read(count: size)
                _ = try await read(through: "\r\n")
                if size == 0 { break }
            }
        } else if let range = head.firstRange(of: "content-length: ") {
            body = try await read(count: Int(head[range.upperBound...].prefix { $0.isNumber }) ?? 0)
        } else {
            body = try await readToEnd()
        }
        return RawAnswer(status: status, head: head, body: body)
    }
}

/// Counts what happens, from any thread.
final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func add(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }
    subscript(name: String) -> Int { counts.withLock { $0[name] ?? 0 } }
}

/// A client's dependent that counts what it is told, and lets a task wait for it.
///
/// Touched on its loop only, but for the counts: that is what makes it Sendable.
final class StubDependent: ClientDependent, @unchecked Sendable {
    let told: Tally
    private var waiter: UnsafeContinuation<Void, Never>?

    init(_ told: Tally) { self.told = told }

    func clientWentAway() { tell("gone") }
    func clientCaughtUp() { tell("caught up") }
    func serverStops() { tell("stops") }

    /// Until it is told anything, from now on.
    func wait() async {
        await withUnsafeContinuation { waiter = $0 }
    }

    private func tell(_ what: String) {
        told.add(what)
        waiter?.resume()
        waiter = nil
    }
}
