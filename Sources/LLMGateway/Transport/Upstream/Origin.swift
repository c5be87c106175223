import NIOSSL

/// A place that connections are opened to, and kept for.
struct Origin: Hashable, Sendable {
    let host: String
    let port: Int
    /// nil: plain HTTP.
    let tls: UpstreamTLS?

    /// Few origins have a port and a name of the same length: more would be slower to hash than to compare.
    func hash(into hasher: inout Hasher) { hasher.combine(port &<< 8 &+ host.utf8.count) }

    /// The value of the `host` header: the port is left out where it is the scheme's own, IPv6 addresses are in brackets.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (tls == nil ? 80 : 443) ? name : "\(name):\(port)"
    }
}

/// How an origin proves who it is. Equal only to itself; see ``KeptTLS``.
final class UpstreamTLS: Hashable, Sendable {
    let context: NIOSSLContext

    /// - Parameters:
    ///   - caFile: A PEM file of the authorities to trust, instead of the system's.
    ///   - verifies: false accepts any certificate.
    /// - Throws: What BoringSSL says of an unreadable file.
    init(caFile: String?, verifies: Bool) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        configuration.minimumTLSVersion = .tlsv12
        if let caFile { configuration.trustRoots = .file(caFile) }
        if !verifies { configuration.certificateVerification = .none }
        context = try NIOSSLContext(configuration: configuration)
    }

    static func == (a: UpstreamTLS, b: UpstreamTLS) -> Bool { a === b }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Why an upstream gave no answer, or not the whole of it.
enum UpstreamError: Error, Equatable {
    /// No connection: refused, unreachable, no such name, TLS failed. The text is for the operator.
    case connectFailed(String)
    /// The connection was there and ended before the first byte of an answer.
    case reset(String)
    /// The answer began and did not end.
    case brokenOff(String)
    case timedOut(UpstreamPhase)
    /// What came is not HTTP/1.1.
    case malformed(String)
    /// An answer that is collected whole is larger than allowed.
    case tooLarge
    /// All connections are in use and the queue is full, or the wait in it was too long.
    case overloaded
    case clientGone
    case serverStopping
    /// Another exchange for the same purpose was quicker.
    case superseded
}

/// The phases of an exchange that have a time limit of their own.
enum UpstreamPhase: String, Sendable {
    case connect
    case firstByte = "first byte"
    case idle
    case total
}

/// The time limits of an exchange; zero: none.
struct UpstreamTimeouts: Sendable, Equatable {
    var connect: Duration = .seconds(5)
    var firstByte: Duration = .seconds(120)
    var idle: Duration = .seconds(120)
    var total: Duration = .seconds(600)
}
