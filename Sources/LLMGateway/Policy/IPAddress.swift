import Glibc

/// An address of the Internet Protocol, as the number that it is.
enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(UInt128)

    /// An address by its bytes, the first one first: 4 or 16; nil for any other number of them.
    init?(_ bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: self = .v6(bytes.reduce(0) { $0 << 8 | UInt128($1) })
        default: return nil
        }
    }

    /// An address as it is written: `192.0.2.1`, `2001:db8::1`. IPv4 addresses mapped into IPv6 are taken as what they are.
    init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = .v4(UInt32(bigEndian: four.s_addr))
        } else {
            guard let bytes = Self.bytes(of: text) else { return nil }
            self.init(bytes)
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .v4(let number): hasher.combine(UInt64(number))
        case .v6(let number):
            hasher.combine(UInt64(truncatingIfNeeded: number >> 64))
            hasher.combine(UInt64(truncatingIfNeeded: number))
        }
    }

    /// 4 or 16 bytes; nil for what is no address.
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
