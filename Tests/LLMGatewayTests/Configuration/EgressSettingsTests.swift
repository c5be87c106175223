import Testing

@testable import LLMGateway

@Suite struct EgressSettingsTests {
    private func proxy(_ url: String) throws -> EgressProxy? {
        try configuration("egress: { https_proxy: '\(url)' }").settings.egress.proxy
    }

    @Test func `a proxy is spelled as other programs spell it`() throws {
        #expect(try proxy("http://proxy.corp:3128") == EgressProxy(host: "proxy.corp", port: 3128))
        #expect(try proxy("HTTP://proxy.corp/") == EgressProxy(host: "proxy.corp", port: 80))
        #expect(try proxy("proxy:3128") == EgressProxy(host: "proxy", port: 3128))
        #expect(try proxy("http://[::1]:3128") == EgressProxy(host: "::1", port: 3128))
        let secret = try proxy("http://me:p%40s%3As@10.0.0.1:1")
        #expect(secret == EgressProxy(host: "10.0.0.1", port: 1, credentials: Secret("me:p@s:s")))
        // RFC 7617's own example.
        let example = try proxy("http://Aladdin:open%20sesame@h")?.authorization?.reveal()
        #expect(example == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        #expect(try proxy("http://token@h")?.authorization?.reveal() == "Basic dG9rZW46")
    }

    @Test(arguments: [
        "https://h:1", "socks5://h:1", "http://", "http://h:0", "http://h:x", "http://a%zz@h", "http://a b",
    ])
    func `a wrong address is refused without being repeated`(url: String) {
        let problems = problems("egress: { https_proxy: '\(url)' }")
        #expect(problems.count == 1 && problems[0].contains("egress.https_proxy"), "\(problems)")
        #expect(!problems.joined().contains("'\(url)'"))
    }

    @Test func `other programs' variables count below the file, and a password is shown nowhere`() throws {
        #expect(try configuration().settings.egress.proxy == nil)
        let variables = ["HTTPS_PROXY": "http://me:s3cret@variable:1", "NO_PROXY": "a.org, 10.0.0.0/8,"]
        let loaded = try configuration("", variables)
        #expect(loaded.settings.egress.proxy?.host == "variable")
        #expect(loaded.settings.egress.direct == ["a.org", "10.0.0.0/8"])
        #expect(loaded.settings.secrets.contains("me:s3cret"))
        #expect(loaded.values.allSatisfy { !$0.written.contains("s3cret") })
        #expect(try configuration("", ["https_proxy": "small:1"]).settings.egress.proxy?.host == "small")
        let both = try configuration("egress: { https_proxy: 'file:1', no_proxy: [b.org] }", variables)
        #expect(both.settings.egress.proxy?.host == "file" && both.settings.egress.direct == ["b.org"])
    }
}
