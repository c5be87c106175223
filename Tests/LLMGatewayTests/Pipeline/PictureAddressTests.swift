import Testing

@testable import LLMGateway

@Suite struct PictureAddressTests {
    @Test(arguments: [
        ("https://a.example/1.png", "a.example", 443, "/1.png"), ("HTTPS://A.example", "A.example", 443, "/"),
        ("https://a.example?x=1", "a.example", 443, "/?x=1"), ("https://a.example:8443/x#top", "a.example", 8443, "/x"),
        ("https://a.example:443/", "a.example", 443, "/"), ("https://a.example:/", "a.example", 443, "/"),
        ("https://[2606:4700::1111]:8443/a", "2606:4700::1111", 8443, "/a"),
        ("https://a.example/ä b\"c?d=é%20", "a.example", 443, "/%C3%A4%20b%22c?d=%C3%A9%20"),
        ("https://a.example/a\\..\\b", "a.example", 443, "/a%5C..%5Cb"),
        ("https://a.example/?u=https://b.example/@x", "a.example", 443, "/?u=https://b.example/@x"),
    ])
    func `an address is taken apart`(text: String, host: String, port: Int, target: String) throws {
        let address = try PictureAddress(text)
        #expect(address.host == host && address.port == port && address.target == target)
    }

    @Test(arguments: [
        "", "a.example/1.png", "http://a.example/1.png", "ftp://a.example/", "file:///etc/passwd",
        "gopher://a.example/",
        "https:a.example", "https:/a.example", "https://", "https:///1.png", "https://user@a.example/",
        "https://user:pass@a.example/", "https://a.example@127.0.0.1/", "https://a.example\\@127.0.0.1/",
        "https://a.exa mple/", "https://a.example\r\nhost: b/", "https://bücher.example/", "https://[::1",
        "https://[]/",
        "https://[fe80::1%25eth0]/", "https://[::1]x/", "https://a.example:22/", "https://a.example:80/",
        "https://a.example:65536/", "https://a.example:-1/", "https://a.example:+8443/", "https://a.example:8443x/",
        "https://a.example/\u{0}", "https://a.example/\r\nx: y", "https://a%2eexample/", "https://a:b:8443/",
        "https://\(String(repeating: "a", count: 254))/", "https://a.example/\(String(repeating: "a", count: 8192))",
    ])
    func `what isn't the https address of a host is refused`(text: String) {
        #expect(throws: UnfetchablePicture.self) { _ = try PictureAddress(text) }
    }

    @Test(arguments: [
        ("https://b.example/2", "https://b.example/2"), ("//b.example/2", "https://b.example/2"),
        ("/2?y", "https://a.example:8443/2?y"), ("2", "https://a.example:8443/x/2"),
        ("?z", "https://a.example:8443/x/1?z"), ("", "https://a.example:8443/x/1"),
    ])
    func `a redirect leads where its location says`(location: String, expected: String) throws {
        let here = try PictureAddress("https://a.example:8443/x/1?y")
        #expect(try here.redirected(to: location) == PictureAddress(expected))
    }

    @Test(arguments: [
        "http://b.example/", "ftp://b.example/", "//user@b.example/", "//b.example:25/", "/a\r\nb", "a:b",
    ])
    func `a redirect is checked like any address`(location: String) throws {
        let here = try PictureAddress("https://a.example/")
        #expect(throws: UnfetchablePicture.self) { _ = try here.redirected(to: location) }
    }
}
