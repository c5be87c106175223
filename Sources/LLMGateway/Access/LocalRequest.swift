/// Whether a request was sent on this very machine, and by its user: while there are no keys, only such a one may operate
/// the gateway.
///
/// By the address that the connection comes from, never by what a header says of it. A web page that the user has open can
/// send requests from this machine too: one that has given its own name to the loopback address gives itself away by `host`,
/// any other one by `origin`.
struct LocalRequest: Sendable {
    /// Of the connection itself, as text.
    let peerAddress: String
    /// The values of the headers; nil: there is none.
    let host: String?
    let origin: String?

    var isOwn: Bool {
        guard Self.isLoopback(peerAddress), let host = host?.lowercased(), Self.namesLoopback(host) else {
            return false
        }
        guard let origin = origin?.lowercased() else { return true }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    private static func isLoopback(_ address: String) -> Bool {
        IPAddress(address).map { AddressReach($0) == .loopback } ?? false
    }

    /// - Parameter host: A name or an address, with or without a port.
    private static func namesLoopback(_ host: String) -> Bool {
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]"), isPort(host[host.index(after: end)...]) else { return false }
            return isLoopback(String(host[host.index(after: host.startIndex)..<end]))
        }
        let name = host.prefix { $0 != ":" }
        return isPort(host[name.endIndex...]) && (name == "localhost" || isLoopback(String(name)))
    }

    /// Whether it is nothing, or a colon and digits.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }
}
