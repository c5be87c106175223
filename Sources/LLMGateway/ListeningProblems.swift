import NIOCore
import NIOPosix
import NIOSSL

/// What only shows when the gateway is to listen, in the words of a configuration's problems.
extension GatewayConfiguration {
    /// What the proxy port proves itself by; nil: plain HTTP.
    func serverTLS() throws(ConfigurationError) -> NIOSSLContext? {
        guard let files = settings.server.tls else { return nil }
        let certificate = try pem(files.certificateFile, of: "certificate_file", "no certificate") { pem in
            try NIOSSLCertificate.fromPEMBytes(pem)
        }
        let key = try pem(files.keyFile, of: "key_file", "no private key without a passphrase") { pem in
            try NIOSSLPrivateKey(bytes: pem, format: .pem)
        }
        guard !certificate.isEmpty else {
            throw refused("certificate_file", "the file \(files.certificateFile) holds no certificate in PEM")
        }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificate.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        do { return try NIOSSLContext(configuration: tls) } catch {
            throw refused(
                "key_file", "the key in \(files.keyFile) is not that of the certificate in \(files.certificateFile)")
        }
    }

    /// Why nobody can listen at an address; nil: it isn't the address' fault.
    func unusableAddress(
        _ host: String, _ port: Int, in section: String, _ error: any Error
    ) -> ConfigurationError? {
        switch error {
        case is SocketAddressError, is SocketAddressError.UnknownHost:
            ConfigurationError([problem("\(section).host", "'\(host)' can't be resolved to an address of this host")])
        case let error as IOError where error.errnoCode == EACCES:
            ConfigurationError([problem("\(section).port", "this user may not listen on port \(port)")])
        case let error as IOError where [EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.errnoCode):
            ConfigurationError([problem("\(section).host", "'\(host)' is no address of this host")])
        default: nil
        }
    }

    private func pem<Value>(
        _ path: String, of key: String, _ nothing: String, _ read: ([UInt8]) throws -> Value
    ) throws(ConfigurationError) -> Value {
        let bytes: [UInt8]
        do throws(FileContents.Unreadable) { bytes = try FileContents.bytes(of: path) } catch {
            throw refused(key, "the file \(path) can't be read: \(error.reason)")
        }
        do { return try read(bytes) } catch { throw refused(key, "the file \(path) holds \(nothing) in PEM") }
    }

    private func refused(_ key: String, _ sentence: String) -> ConfigurationError {
        ConfigurationError([problem("server.tls.\(key)", sentence)])
    }
}
