/// The places that are connected to directly although there is a proxy: what other programs call `NO_PROXY`.
///
/// An element is a host's name (and all below it), `.example.com` (only what is below it), an address, a network
/// (`10.0.0.0/8`), each with a port behind it or not, or `*` for all. This host itself needs no mention.
struct DirectPlaces: Sendable {
    private struct Name: Sendable {
        /// In lower case, without a dot in front.
        let suffix: String
        let holdsItself: Bool
        let port: Int?

        func holds(_ host: String, _ port: Int) -> Bool {
            if let own = self.port, own != port { return false }
            if host == suffix { return holdsItself }
            return host.hasSuffix(suffix) && host.dropLast(suffix.count).hasSuffix(".")
        }
    }

    private var names: [Name] = []
    private var networks: [(network: IPNetwork, port: Int?)] = []
    private var isAll = false

    init(_ elements: [String]) {
        for element in elements.map({ $0.lowercased() }) where !element.isEmpty {
            if element == "*" {
                isAll = true
                continue
            }
            // An IPv6 address with a port stands in brackets; without, it is all colons.
            var (host, port) = (element[...], Int?.none)
            if let colon = element.lastIndex(of: ":") {
                let front = element[..<colon]
                if front.hasSuffix("]") || !front.contains(":") {
                    (host, port) = (front, Int(element[element.index(after: colon)...]))
                }
            }
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
            if let network = IPNetwork(String(host)) {
                networks.append((network, port))
            } else {
                if host.hasPrefix("*.") { host = host.dropFirst() }
                let isBelow = host.hasPrefix(".")
                names.append(Name(suffix: String(isBelow ? host.dropFirst() : host), holdsItself: !isBelow, port: port))
            }
        }
    }

    /// - Parameter host: A name, or an address without brackets.
    func holds(_ host: String, port: Int) -> Bool {
        let host = host.lowercased()
        if isAll || host == "localhost" || host.hasSuffix(".localhost") { return true }
        guard let bytes = IPAddress.bytes(of: host), let address = IPAddress(bytes) else {
            return names.contains { $0.holds(host, port) }
        }
        if AddressReach(address) == .loopback { return true }
        return networks.contains { ($0.port ?? port) == port && $0.network.holds(bytes) }
    }
}
