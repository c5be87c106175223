import Glibc

/// Who a request comes from, behind proxies that are trusted to say so.
struct ClientAddresses: Sendable {
    private let trusted: [Network]

    /// - Parameter networks: Addresses or `address/bits`; what is neither is left out (the configuration refuses it).
    init(trusting networks: [String]) {
        trusted = networks.compactMap { Network($0) }
    }

    /// Whether `x-forwarded-for` is looked at, at all.
    var looksAtForwarding: Bool { !trusted.isEmpty }

    /// The client's address: the peer's, or the last one in `x-forwarded-for` that no trusted proxy has.
    func client(peer: String, forwardedFor: String?) -> String {
        guard let forwardedFor, isTrusted(peer) else { return peer }
        var client = peer
        for hop in forwardedFor.split(separator: ",").reversed() {
            let address = String(hop.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
            guard Network.bytes(of: address) != nil else { return client }
            client = address
            if !isTrusted(address) { return client }
        }
        return client
    }

    private func isTrusted(_ address: String) -> Bool {
        guard let bytes = Network.bytes(of: address) else { return false }
        return trusted.contains { $0.holds(bytes) }
    }

    private struct Network: Sendable {
        let address: [UInt8]
        let bits: Int

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1)
            guard let first = parts.first, let address = Self.bytes(of: String(first)) else { return nil }
            self.address = address
            let width = address.count * 8
            // The prefix of a mapped IPv4 network counts the 96 bits before it.
            let skipped = width == 32 && first.contains(":") ? 96 : 0
            bits = parts.count == 2 ? max(0, min((Int(parts[1]) ?? 128) - skipped, width)) : width
        }

        func holds(_ other: [UInt8]) -> Bool {
            guard other.count == address.count else { return false }
            let whole = bits / 8
            guard other[..<whole].elementsEqual(address[..<whole]) else { return false }
            let rest = bits % 8
            return rest == 0 || (other[whole] ^ address[whole]) >> UInt8(8 - rest) == 0
        }

        /// 4 or 16 bytes; IPv4 addresses mapped into IPv6 are taken as what they are.
        static func bytes(of text: String) -> [UInt8]? {
            var four = in_addr()
            if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
            var sixteen = in6_addr()
            guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
            let bytes = withUnsafeBytes(of: &sixteen) { Array($0) }
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
            return isMapped ? Array(bytes[12...]) : bytes
        }
    }
}
