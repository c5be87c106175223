import NIOCore
import Testing

@testable import LLMGateway

@Suite struct ListeningProblemsTests {
    private let missing = "/nowhere/server.pem"

    private func problem(_ yaml: String) async throws -> String? {
        let loaded = try configuration(yaml)
        let error = await #expect(throws: ConfigurationError.self) {
            try await Gateway.seriesEstimate(of: loaded)
        }
        return error?.description
    }

    @Test func `check-config refuses certificates that the gateway can't listen with`() async throws {
        #expect(
            try await problem("server:\n  tls:\n    certificate_file: \(missing)\n    key_file: k.pem")
                == "config.yaml:3: server.tls.certificate_file: the file \(missing) can't be read: "
                + "No such file or directory")
        let junk = TemporaryFiles.file("no certificate")
        defer { TemporaryFiles.remove(junk) }
        #expect(
            try await problem("server:\n  tls:\n    certificate_file: \(junk)\n    key_file: \(junk)")
                == "config.yaml:3: server.tls.certificate_file: the file \(junk) holds no certificate in PEM")
    }

    @Test func `and authorities that a provider can't be trusted by, at their own line`() async throws {
        let entry = "providers:\n  openai:\n    api_key: k\n    tls:\n      ca_file: "
        let place = "config.yaml:5: providers.openai.tls.ca_file: can't be used: the file"
        #expect(try await problem(entry + missing) == "\(place) \(missing) can't be read: No such file or directory")
        let junk = TemporaryFiles.file("no certificate")
        defer { TemporaryFiles.remove(junk) }
        #expect(try await problem(entry + junk) == "\(place) \(junk) holds no certificates in PEM")
    }

    @Test func `an address that isn't this host's is a problem of the configuration`() async throws {
        for host in ["192.0.2.1", "no-such-host.invalid"] {
            let loaded = try configuration(
                "server: { host: \(host), port: 0, threads: 1 }\nmetrics: { port: 0 }\nlog: { level: critical }\n"
                    + "store: { path: \(TemporaryFiles.directory())/store.sqlite }")
            let error = await #expect(throws: ConfigurationError.self) { try await Gateway(loaded).run {} }
            #expect(error?.problems.count == 1)
            #expect(error?.description.hasPrefix("config.yaml:1: server.host: '\(host)' ") == true)
        }
    }

    @Test func `what BoringSSL says is put in a sentence`() {
        let text =
            "sslError([Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /x.cc:1])"
        #expect(ConnectFailure.words(ofBoringSSL: text) == "certificate verify failed")
        #expect(ConnectFailure.words(ofBoringSSL: "something else") == nil)
    }
}
