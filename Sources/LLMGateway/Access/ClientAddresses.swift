/// Who a request comes from, behind proxies that are trusted to say so.
struct ClientAddresses: Sendable {
    private let trusted: [IPNetwork]

    /// - Parameter networks: Addresses or `address/bits`; what is neither is left out (the configuration refuses it).
    init(trusting networks: [String]) {
        trusted = networks.compactMap { IPNetwork($0) }
    }

    /// Whether `x-forwarded-for` is looked at, at all.
    var looksAtForwarding: Bool { !trusted.isEmpty }

    /// The client's address: the peer's, or the last one in `x-forwarded-for` that no trusted proxy has.
    func client(peer: String, forwardedFor: String?) -> String {
        guard let forwardedFor, isTrusted(peer) else { return peer }
        var client = peer
        for hop in forwardedFor.split(separator: ",").reversed() {
            let address = String(hop.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
            guard IPAddress.bytes(of: address) != nil else { return client }
            client = address
            if !isTrusted(address) { return client }
        }
        return client
    }

    private func isTrusted(_ address: String) -> Bool {
        guard let bytes = IPAddress.bytes(of: address) else { return false }
        return trusted.contains { $0.holds(bytes) }
    }
}

extension ServerConnection {
    /// Who the client is, as far as the proxies in front are believed.
    func clientAddress(_ addresses: ClientAddresses) -> String {
        guard addresses.looksAtForwarding else { return peerAddress }
        return addresses.client(peer: peerAddress, forwardedFor: forwardedFor)
    }

    /// A proxy may add to the client's line or write one of its own below it: together they are one list.
    private var forwardedFor: String? {
        let lines = fields.all.filter { $0.known == .xForwardedFor }
        return lines.isEmpty ? nil : lines.map { text($0.value) }.joined(separator: ",")
    }
}
