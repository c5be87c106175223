import Testing

@testable import LLMGateway

@Suite struct LocalRequestTests {
    private func isOwn(_ peer: String, _ host: String?, _ origin: String? = nil) -> Bool {
        LocalRequest(peerAddress: peer, host: host, origin: origin).isOwn
    }

    @Test(arguments: [
        ("127.0.0.1", "localhost:8080"), ("127.0.0.1", "127.0.0.1:8080"), ("::1", "[::1]:8080"), ("::1", "[::1]"),
        ("127.8.9.1", "LOCALHOST"), ("::ffff:127.0.0.1", "localhost"), ("127.0.0.1", "127.3.2.1"),
    ])
    func `who calls from this machine by a name of it is its user`(peer: String, host: String) {
        #expect(isOwn(peer, host))
        #expect(isOwn(peer, host, "http://\(host)") && isOwn(peer, host, "https://\(host)"))
    }

    @Test(arguments: ["192.0.2.7", "10.0.0.1", "::", "0.0.0.0", "fe80::1", "2001:db8::1", "", "localhost", "128.0.0.1"])
    func `who calls from elsewhere isn't, whatever its headers say`(peer: String) {
        #expect(!isOwn(peer, "localhost:8080"))
    }

    @Test(arguments: [
        nil, "", "rebound.example:8080", "localhost.example", "127.0.0.1.example", "localhost:8080.example",
        "localhost:x",
        "[::1", "[::1]x", "[::2]", "10.0.0.1:8080", "user@localhost", ":8080", "localhost:80:80",
    ])
    func `a name that leads here by rebinding gives itself away`(host: String?) {
        #expect(!isOwn("127.0.0.1", host))
    }

    @Test(arguments: [
        "http://evil.example", "null", "", "http://localhost", "http://localhost:3000", "ftp://localhost:8080",
        "localhost:8080", "http://localhost:8080/", "http://localhost:8080.evil.example", "http://127.0.0.1:8080",
    ])
    func `a page of another origin gives itself away`(origin: String) {
        #expect(!isOwn("127.0.0.1", "localhost:8080", origin))
    }
}
