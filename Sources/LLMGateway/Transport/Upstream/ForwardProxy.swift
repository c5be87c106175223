/// A proxy that connections by TLS are tunnelled through.
struct ForwardProxy: Sendable {
    let host: String
    let port: Int
    /// The value of `proxy-authorization`; nil: none is sent.
    let authorization: String?
    /// Whether a place is connected to directly all the same.
    let isDirect: @Sendable (_ host: String, _ port: Int) -> Bool

    /// Whether a connection there goes through the proxy.
    func leads(to origin: Origin) -> Bool { origin.tls != nil && !isDirect(origin.host, origin.port) }
}
