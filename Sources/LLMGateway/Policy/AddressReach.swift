/// Where an address leads: out into the Internet, or to somewhere that a stranger must not be able to send us to.
///
/// By IANA's registries of special-purpose addresses (RFC 6890 and what has been registered since). Of IPv6 only what is
/// given out as global unicast (2000::/3) can be public; what carries an IPv4 address is as public as that one.
enum AddressReach: String, Sendable {
    /// Anyone's, on the Internet.
    case everyone = "public"
    /// This host or no host: 0.0.0.0/8, ::.
    case unspecified
    /// This host.
    case loopback
    /// A network that isn't connected to the Internet, or only by translation.
    case privateNetwork = "private"
    /// A provider's network between it and its customers (RFC 6598).
    case carrier = "carrier-grade NAT"
    /// The link that this host is on; clouds answer there for the machine's own credentials.
    case linkLocal = "link-local"
    /// The machine's host, by an address that is public elsewhere: Azure's 168.63.129.16.
    case platform
    case multicast
    /// Kept for protocols, tests, documentation or the future.
    case reserved

    init(_ address: IPAddress) {
        switch address {
        case .v4(let number): self.init(v4: number)
        case .v6(let number): self.init(v6: number)
        }
    }

    private init(v4 number: UInt32) {
        let block = Self.blocks4.first { number >> UInt32(32 - $0.bits) == $0.network >> UInt32(32 - $0.bits) }
        self = block?.reach ?? .everyone
    }

    private init(v6 number: UInt128) {
        // The top 96 bits of an address whose rest is an IPv4 address: mapped (RFC 4291) or translated (RFC 6052).
        if [0xffff, 0x0064_ff9b << 64].contains(number >> 32) {
            self.init(v4: UInt32(truncatingIfNeeded: number))
            return
        }
        if number <= 1 {
            self = number == 0 ? .unspecified : .loopback
            return
        }
        let block = Self.blocks6.first {
            number >> UInt128(128 - $0.bits) == $0.network >> UInt128(64 - $0.bits)
        }
        self = block?.reach ?? (number >> 125 == 1 ? .everyone : .reserved)
    }

    private static let blocks4: [(network: UInt32, bits: Int, reach: AddressReach)] = [
        (0x0000_0000, 8, .unspecified),
        (0x0a00_0000, 8, .privateNetwork),  // 10.0.0.0, RFC 1918
        (0x6440_0000, 10, .carrier),  // 100.64.0.0
        (0x7f00_0000, 8, .loopback),
        (0xa83f_8110, 32, .platform),  // 168.63.129.16
        (0xa9fe_0000, 16, .linkLocal),  // 169.254.0.0, RFC 3927
        (0xac10_0000, 12, .privateNetwork),  // 172.16.0.0, RFC 1918
        (0xc000_0000, 24, .reserved),  // 192.0.0.0, protocols, RFC 6890
        (0xc000_0200, 24, .reserved),  // 192.0.2.0, documentation, RFC 5737
        (0xc058_6300, 24, .reserved),  // 192.88.99.0, relays to 6to4, RFC 7526
        (0xc0a8_0000, 16, .privateNetwork),  // 192.168.0.0, RFC 1918
        (0xc612_0000, 15, .reserved),  // 198.18.0.0, benchmarks, RFC 2544
        (0xc633_6400, 24, .reserved),  // 198.51.100.0, documentation
        (0xcb00_7100, 24, .reserved),  // 203.0.113.0, documentation
        (0xe000_0000, 4, .multicast),
        (0xf000_0000, 4, .reserved),  // the future's, and the broadcast
    ]

    /// The networks' upper halves: no block is smaller than that.
    private static let blocks6: [(network: UInt128, bits: Int, reach: AddressReach)] = [
        (0x2001_0000_0000_0000, 23, .reserved),  // protocols, Teredo among them, RFC 2928
        (0x2001_0db8_0000_0000, 32, .reserved),  // documentation, RFC 3849
        (0x2002_0000_0000_0000, 16, .reserved),  // 6to4, which leads to any IPv4 address, RFC 3056
        (0x3fff_0000_0000_0000, 20, .reserved),  // documentation, RFC 9637
        (0xfc00_0000_0000_0000, 7, .privateNetwork),  // RFC 4193
        (0xfe80_0000_0000_0000, 10, .linkLocal),
        (0xfec0_0000_0000_0000, 10, .privateNetwork),  // site-local, RFC 3879
        (0xff00_0000_0000_0000, 8, .multicast),
    ]
}
