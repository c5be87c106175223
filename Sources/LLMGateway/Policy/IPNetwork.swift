/// A network, `10.0.0.0/8`, or one address.
struct IPNetwork: Sendable {
    private let address: [UInt8]
    private let bits: Int

    /// - Parameter text: An address, or `address/bits`; nil for what is neither.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let first = parts.first, let address = IPAddress.bytes(of: String(first)) else { return nil }
        self.address = address
        let width = address.count * 8
        // The prefix of a mapped IPv4 network counts the 96 bits before it.
        let skipped = width == 32 && first.contains(":") ? 96 : 0
        bits = parts.count == 2 ? max(0, min((Int(parts[1]) ?? 128) - skipped, width)) : width
    }

    /// - Parameter other: An address' bytes, as ``IPAddress/bytes(of:)`` has them.
    func holds(_ other: [UInt8]) -> Bool {
        guard other.count == address.count else { return false }
        let whole = bits / 8
        guard other[..<whole].elementsEqual(address[..<whole]) else { return false }
        let rest = bits % 8
        return rest == 0 || (other[whole] ^ address[whole]) >> UInt8(8 - rest) == 0
    }
}
