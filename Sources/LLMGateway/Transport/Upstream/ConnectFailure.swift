import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Says what went wrong with a connection, in words that name no address: they are shown by `/ready` too.
enum ConnectFailure {
    static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return sentence(first.error) }
            if let refused = error.dnsAError as? RefusedAddress { return refused.sentence }
            return error.dnsAError == nil && error.dnsAAAAError == nil
                ? "no address answered" : "the host name can't be resolved"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout: return "connecting took too long"
        case NIOSSLError.handshakeFailed(let reason): return "the TLS handshake failed: \(reason)"
        case let error as NIOSSLExtraError: return "TLS: \(error.description)"
        case NIOSSLError.uncleanShutdown: return "the upstream closed the connection without ending TLS"
        default: return "\(error)"
        }
    }
}
