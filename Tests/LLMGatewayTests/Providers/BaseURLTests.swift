import Testing

@testable import LLMGateway

@Suite struct BaseURLTests {
    @Test(arguments: [
        ("https://api.openai.com/v1", true, "api.openai.com", 443, "/v1"),
        ("http://127.0.0.1:8000/v1/", false, "127.0.0.1", 8000, "/v1"),
        ("http://localhost", false, "localhost", 80, ""), ("http://localhost/", false, "localhost", 80, ""),
        ("HTTPS://Host.example:8443/a/b//", true, "Host.example", 8443, "/a/b"),
        ("http://[::1]:11434", false, "::1", 11434, ""), ("https://[2001:db8::1]/v1", true, "2001:db8::1", 443, "/v1"),
        ("http://h:65535", false, "h", 65_535, ""),
    ])
    func `a base URL is taken apart`(text: String, isSecure: Bool, host: String, port: Int, path: String) throws {
        let url = try #require(BaseURL(text))
        #expect(url.isSecure == isSecure)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.path == path)
    }

    @Test(arguments: [
        "", "localhost:8000", "ftp://host", "http://", "http:///v1", "http://host:", "http://host:0",
        "http://host:65536",
        "http://host:port", "http://a:b:c", "http://[::1", "http://[::1]x", "http://[::1]x8080", "http://[]:80",
        "http://:80", "http://host:-1",
    ])
    func `what is no base URL is refused`(text: String) {
        #expect(BaseURL(text) == nil)
    }

    @Test(arguments: [
        ("http://host", "host"), ("http://host:80", "host"), ("http://host:8080", "host:8080"),
        ("http://host:443", "host:443"), ("http://[::1]:8080", "[::1]:8080"), ("http://[::1]", "[::1]"),
    ])
    func `the authority leaves out the scheme's own port, and puts IPv6 into brackets`(text: String, authority: String)
        throws
    {
        let url = try #require(BaseURL(text))
        #expect(Origin(host: url.host, port: url.port, tls: nil).authority == authority)
    }

    @Test func `with TLS the port of its own is 443`() throws {
        let tls = try UpstreamTLS(caFile: nil, verifies: true)
        #expect(Origin(host: "host", port: 443, tls: tls).authority == "host")
        #expect(Origin(host: "host", port: 80, tls: tls).authority == "host:80")
        #expect(Origin(host: "host", port: 443, tls: tls) != Origin(host: "host", port: 443, tls: nil))
    }
}
