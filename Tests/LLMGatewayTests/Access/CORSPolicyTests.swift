import Testing

@testable import LLMGateway

@Suite struct CORSPolicyTests {
    private func headers(_ origins: [String], credentials: Bool = false, for origin: String) -> [String: String] {
        let policy = CORSPolicy(ServerSettings.CORS(origins: origins, credentials: credentials))
        return Dictionary(policy.headers(origin: origin).map { ("\($0.name)", $0.value) }) { first, _ in first }
    }

    @Test func `a page of a listed origin is told its own origin, and caches are told that it matters`() {
        let headers = headers(["https://a.example", "https://b.example"], for: "https://b.example")
        #expect(headers["access-control-allow-origin"] == "https://b.example")
        #expect(headers["vary"] == "origin")
        #expect(headers["access-control-allow-credentials"] == nil)
    }

    @Test(arguments: ["https://evil.example", "http://a.example", "https://a.example:8443", "null", ""])
    func `a page of another origin gets no permission, but caches still know`(origin: String) {
        let headers = headers(["https://a.example"], credentials: true, for: origin)
        #expect(headers == ["vary": "origin"])
    }

    @Test func `with a star every page may call, without credentials`() {
        let headers = headers(["*"], for: "https://anything.example")
        #expect(headers["access-control-allow-origin"] == "*")
        #expect(headers["access-control-allow-credentials"] == nil)
    }

    @Test func `credentials are allowed to listed origins when the configuration says so`() {
        let headers = headers(["https://a.example"], credentials: true, for: "https://a.example")
        #expect(headers["access-control-allow-credentials"] == "true")
        #expect(headers["access-control-allow-origin"] == "https://a.example")
    }

    @Test func `pages can read the gateway's own headers`() {
        let exposed = headers(["*"], for: "https://a.example")["access-control-expose-headers"] ?? ""
        for name in ["x-request-id", "x-llm-gateway-provider", "x-llm-gateway-model"] {
            #expect(exposed.contains(name))
        }
    }

    @Test func `a preflight is granted the headers that it asks for`() {
        let policy = CORSPolicy(ServerSettings.CORS(origins: ["https://a.example"], credentials: true))
        func allowed(_ requested: String?) -> String? {
            policy.preflightHeaders(requested: requested).first { "\($0.name)" == "access-control-allow-headers" }?
                .value
        }
        #expect(allowed("authorization, x-stainless-os") == "authorization, x-stainless-os")
        #expect(allowed(nil) == "*")
    }

    @Test func `without origins there is no CORS`() {
        #expect(CORSPolicy(ServerSettings.CORS(origins: [], credentials: false)).isOff)
        #expect(!CORSPolicy(ServerSettings.CORS(origins: ["*"], credentials: false)).isOff)
    }
}
