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
        case NIOSSLError.handshakeFailed(let reason):
            return "the TLS handshake failed" + (words(ofBoringSSL: "\(reason)").map { ": \($0)" } ?? "")
        case let error as NIOSSLExtraError:
            return error == .failedToValidateHostname
                ? "the TLS certificate is for another host name" : "TLS: \(error.description)"
        case NIOSSLError.uncleanShutdown: return "the upstream closed the connection without ending TLS"
        default:
            let text = "\(error)"
            return words(ofBoringSSL: text).map { "TLS: \($0)" } ?? text
        }
    }

    /// The reason in what BoringSSL prints, which is made for its authors:
    /// `sslError([Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …])`.
    static func words(ofBoringSSL text: String) -> String? {
        guard let mark = text.firstRange(of: "OPENSSL_internal:") else { return nil }
        let name = text[mark.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        return name.isEmpty ? nil : name.lowercased().replacing("_", with: " ")
    }
}
