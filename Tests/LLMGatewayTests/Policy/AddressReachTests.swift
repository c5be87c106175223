import NIOCore
import Testing

@testable import LLMGateway

@Suite struct AddressReachTests {
    private func reach(_ text: String) throws -> AddressReach {
        let bytes = try SocketAddress(ipAddress: text, port: 443).addressBytes
        return AddressReach(try #require(IPAddress(bytes)))
    }

    @Test(arguments: [
        "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0",
        "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
        "203.0.112.255", "203.0.114.0", "223.255.255.255",
        "2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1", "2001:db9::1", "2003::1",
        "2606:4700::1111",
        "2a00:1450:4001:81b::200e", "3ffe:ffff::1", "3fff:1000::1",
    ])
    func `what is anyone's is public`(address: String) throws {
        #expect(try reach(address) == .everyone)
    }

    @Test(arguments: [
        ("0.0.0.0", AddressReach.unspecified), ("0.255.255.255", .unspecified), ("10.0.0.0", .privateNetwork),
        ("10.255.255.255", .privateNetwork), ("100.64.0.0", .carrier), ("100.127.255.255", .carrier),
        ("100.100.100.200", .carrier), ("127.0.0.0", .loopback), ("127.0.0.1", .loopback),
        ("127.255.255.255", .loopback), ("168.63.129.16", .platform), ("169.254.0.0", .linkLocal),
        ("169.254.169.254", .linkLocal), ("169.254.255.255", .linkLocal), ("172.16.0.0", .privateNetwork),
        ("172.31.255.255", .privateNetwork), ("192.0.0.0", .reserved), ("192.0.0.192", .reserved),
        ("192.0.2.1", .reserved), ("192.88.99.1", .reserved), ("192.168.0.0", .privateNetwork),
        ("192.168.255.255", .privateNetwork), ("198.18.0.0", .reserved), ("198.19.255.255", .reserved),
        ("198.51.100.7", .reserved), ("203.0.113.7", .reserved), ("224.0.0.0", .multicast),
        ("239.255.255.255", .multicast), ("240.0.0.0", .reserved), ("255.255.255.255", .reserved),
    ])
    func `IPv4's special networks are known to their edges`(address: String, expected: AddressReach) throws {
        #expect(try reach(address) == expected)
    }

    @Test(arguments: [
        ("::", AddressReach.unspecified), ("::1", .loopback), ("::2", .reserved), ("100::1", .reserved),
        ("fc00::", .privateNetwork), ("fdff:ffff::1", .privateNetwork), ("fd00:ec2::254", .privateNetwork),
        ("fe80::1", .linkLocal), ("febf::1", .linkLocal), ("fec0::1", .privateNetwork), ("ff02::1", .multicast),
        ("2001::1", .reserved), ("2001:1ff:ffff::1", .reserved), ("2001:db8::1", .reserved),
        ("2002:7f00:1::", .reserved),
        ("2002:808:808::", .reserved), ("3fff::1", .reserved), ("3fff:fff:ffff::1", .reserved), ("1fff::1", .reserved),
        ("4000::1", .reserved), ("5f00::1", .reserved), ("fbff::1", .reserved),
    ])
    func `IPv6's special networks are known to their edges`(address: String, expected: AddressReach) throws {
        #expect(try reach(address) == expected)
    }

    @Test(arguments: [
        ("::ffff:127.0.0.1", AddressReach.loopback), ("::ffff:169.254.169.254", .linkLocal),
        ("::ffff:10.1.2.3", .privateNetwork), ("::ffff:8.8.8.8", .everyone), ("64:ff9b::127.0.0.1", .loopback),
        ("64:ff9b::169.254.169.254", .linkLocal), ("64:ff9b::8.8.8.8", .everyone),
    ])
    func `an IPv4 address within an IPv6 one counts as itself`(address: String, expected: AddressReach) throws {
        #expect(try reach(address) == expected)
    }

    @Test(arguments: ["::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b:1::10.0.0.1", "64:ff9b::1:0:0"])
    func `other ways to carry one are not public`(address: String) throws {
        #expect(try reach(address) == .reserved)
    }

    @Test func `only four bytes or sixteen are an address`() {
        #expect(IPAddress([127, 0, 0, 1]) == .v4(0x7f00_0001))
        #expect(IPAddress([UInt8](repeating: 0, count: 15) + [1]) == .v6(1))
        for count in [0, 3, 5, 15, 17] { #expect(IPAddress([UInt8](repeating: 1, count: count)) == nil) }
    }
}
