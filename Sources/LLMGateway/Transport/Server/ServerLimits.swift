import NIOCore

/// What a client may do to the server before it is told no.
struct ServerLimits: Sendable {
    /// A whole request head, from its first byte; the first one from the moment of connecting.
    var headerTimeout: TimeAmount = .seconds(10)
    /// Between two reads of a request body.
    var bodyTimeout: TimeAmount = .seconds(60)
    /// Between two requests on one connection.
    var keepAliveTimeout: TimeAmount = .seconds(75)
    /// A request body, in bytes after its framing was taken off.
    var maxBodyBytes = 32 << 20
    var head = HeadLimits()
    /// Requests sent ahead of their answers are kept up to this many bytes; beyond it the client is not read.
    var maxPipelinedBytes = 64 << 10
    /// After a refused request the connection goes on reading for this long, so that the answer is not destroyed by a
    /// reset (RFC 9112, section 9.6).
    var lingerTime: TimeAmount = .seconds(2)
    var maxLingerBytes = 64 << 20
}

/// Answers the requests of a connection, one after another.
protocol RequestResponder: Sendable {
    /// Answers the request whose head the connection holds: exactly one answer, or an abort. On the connection's loop.
    func respond(on connection: ServerConnection) async

    /// Answers a head that broke the rules of HTTP, or did not come in time. The connection is closed afterwards.
    func refuse(_ refusal: HeadRefusal, on connection: ServerConnection)

    /// Accounts for the requests that were answered in this turn of `loop`; what is left of their answers leaves after
    /// that, and their connections still hold what is known of them. Called once for each, and may settle all at once.
    func settle(on loop: Loop)
}

extension RequestResponder {
    func settle(on loop: Loop) {}
}

/// Why a connection has no request to answer.
enum HeadRefusal: Equatable {
    case invalid(HeadError)
    case timedOut
}

/// Something under way for a client that stops when the client, or the server, goes away.
protocol ClientDependent: AnyObject {
    /// The client closed its connection. Called on the loop, at most once a request.
    func clientWentAway()
    /// The client has read enough of what was written for it: more may be sent.
    func clientCaughtUp()
    /// The server's time to finish is over.
    func serverStops()
}
