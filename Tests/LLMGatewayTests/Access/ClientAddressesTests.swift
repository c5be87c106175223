import Testing

@testable import LLMGateway

@Suite struct ClientAddressesTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("192.168.4.0/22", "192.168.7.255", true), ("192.168.4.0/22", "192.168.8.0", false),
        ("172.16.0.0/12", "172.31.0.1", true), ("172.16.0.0/12", "172.32.0.1", false),
        ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false),
        ("127.0.0.1/32", "127.0.0.1", true), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("::1", "::1", true), ("::1", "0:0:0:0:0:0:0:1", true), ("::1", "::2", false), ("::/0", "10.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::ffff:10.1.2.3", "10.1.2.3", true),
        ("::ffff:10.0.0.0/104", "10.200.0.1", true), ("::ffff:10.0.0.0/104", "11.0.0.1", false),
        ("no address", "10.0.0.1", false), ("10.0.0.0/8", "", false), ("10.0.0.0/8", "10.0.0.1:8080", false),
    ])
    func `a peer is believed when a trusted network holds its address`(network: String, peer: String, isTrusted: Bool) {
        let addresses = ClientAddresses(trusting: [network])
        #expect(addresses.client(peer: peer, forwardedFor: "203.0.113.7") == (isTrusted ? "203.0.113.7" : peer))
    }

    @Test(arguments: [
        // One proxy, then two: the client is the last address that is not a proxy's.
        ("198.51.100.1", "198.51.100.1"), ("198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("198.51.100.1,10.0.0.2 ,\t10.0.0.3", "198.51.100.1"), ("2001:db8::9, 10.0.0.2", "2001:db8::9"),
        // What a client made up stands to the left of what the proxies saw.
        ("127.0.0.1, 198.51.100.1", "198.51.100.1"), ("spoofed, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        // All proxies: the first of them.
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        // What is no address ends the search where it still was believable.
        ("unknown", "10.0.0.1"), ("198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"), ("", "10.0.0.1"), (", ,", "10.0.0.1"),
    ])
    func `behind trusted proxies the client is the last hop that no trusted one has`(forwarded: String, client: String)
    {
        let addresses = ClientAddresses(trusting: ["10.0.0.0/8"])
        #expect(addresses.client(peer: "10.0.0.1", forwardedFor: forwarded) == client)
    }

    @Test func `without trusted proxies nothing that a client says is looked at`() {
        let addresses = ClientAddresses(trusting: [])
        #expect(!addresses.looksAtForwarding)
        #expect(addresses.client(peer: "10.0.0.1", forwardedFor: "198.51.100.1") == "10.0.0.1")
        #expect(ClientAddresses(trusting: ["::1"]).client(peer: "::1", forwardedFor: nil) == "::1")
    }
}
