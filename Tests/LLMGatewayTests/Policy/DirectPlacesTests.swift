import Testing

@testable import LLMGateway

/// What a `NO_PROXY` says, as other programs read it.
@Suite struct DirectPlacesTests {
    private func holds(_ elements: [String], _ host: String, port: Int = 443) -> Bool {
        DirectPlaces(elements).holds(host, port: port)
    }

    @Test func `a name holds itself and all below it, one with a dot only what is below it`() {
        for host in ["example.com", "api.example.com", "a.b.EXAMPLE.com"] {
            #expect(holds(["other.org", "Example.com"], host), "\(host)")
        }
        for host in ["badexample.com", "example.com.org", "com", ""] {
            #expect(!holds(["example.com"], host), "\(host)")
        }
        for element in [".example.com", "*.example.com"] {
            #expect(holds([element], "api.example.com"))
            #expect(!holds([element], "example.com") && !holds([element], "badexample.com"))
        }
    }

    @Test func `addresses and networks hold addresses, and no names`() {
        let elements = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "[2001:4860::8888]:443"]
        for host in ["10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.0.0.1", "2001:4860::8888"] {
            #expect(holds(elements, host), "\(host)")
        }
        for host in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "ten.0.0.1"] { #expect(!holds(elements, host), "\(host)") }
        #expect(!holds(elements, "2001:4860::8888", port: 8443))
    }

    @Test func `a port narrows what is said to it`() {
        #expect(holds(["example.com:8443", "192.0.2.1:8443"], "example.com", port: 8443))
        #expect(!holds(["example.com:8443", "192.0.2.1:8443"], "example.com"))
        #expect(holds(["192.0.2.1:8443"], "192.0.2.1", port: 8443) && !holds(["192.0.2.1:8443"], "192.0.2.1"))
    }

    @Test func `a star is all, and this host needs no mention`() {
        #expect(holds(["*"], "example.com") && holds(["a.org", "*"], "192.0.2.1"))
        for host in ["localhost", "LOCALHOST", "app.localhost", "127.0.0.1", "127.8.8.8", "::1"] {
            #expect(holds([], host), "\(host)")
        }
        #expect(!holds([], "example.com") && !holds([""], "example.com"))
    }
}
