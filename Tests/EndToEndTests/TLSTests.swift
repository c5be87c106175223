import Foundation
import Testing

/// TLS on either side.
@Suite(.ownThread) struct TLSTests {
    /// A certificate for localhost and provider.test that vouches for itself.
    private func certificate(in folder: ScratchFolder, name: String = "server") throws -> (
        certificate: String, key: String
    ) {
        let (certificate, key) = ("\(folder.path)/\(name).pem", "\(folder.path)/\(name).key")
        let made = try Program.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:provider.test,IP:127.0.0.1",
                "-keyout", key, "-out", certificate,
            ])
        guard made.code == 0 else { throw Unfulfilled("a certificate: \(made.errors)") }
        return (certificate, key)
    }

    @Test func `the proxy port speaks TLS when it has a certificate`() throws {
        let folder = try ScratchFolder()
        let (certificate, key) = try certificate(in: folder)
        let configuration = """
            providers: { simulated: {} }
            server: { tls: { certificate_file: "\(certificate)", key_file: "\(key)" } }
            """
        try withGateway(configuration) { gateway throws in
            let url = "https://localhost:\(gateway.port)/v1/chat/completions"
            let common = [
                "-sS", "--resolve", "localhost:\(gateway.port):127.0.0.1", "-d",
                chatBody("over TLS", model: "simulated/echo"), url,
            ]
            let trusted = try Program.run("/usr/bin/curl", ["--cacert", certificate] + common)
            #expect(trusted.code == 0, "\(trusted.errors)")
            #expect(JSON(trusted.output)["choices"][0]["message"]["content"].string == "over TLS")
            let distrusted = try Program.run("/usr/bin/curl", common)
            #expect(distrusted.code == 60, "curl's code for a certificate it can't trust")
            let old = try Program.run("/usr/bin/curl", ["--cacert", certificate, "--tls-max", "1.1"] + common)
            #expect(old.code != 0, "TLS 1.1 is no more")

            let plain = try gateway.connect()
            try plain.send(request("GET", "/health"))
            #expect(plain.timeUntilClosed(within: .seconds(5)) != nil)
            #expect(try gateway.askMetricsPort("/health").status == 200)
        }
    }

    /// Starts a script that says on which port it listens.
    private func serve(_ script: String, _ arguments: [String]) throws -> (server: Program, port: String) {
        let server = try Program("/usr/bin/python3", [PythonScript.path(script)] + arguments)
        do {
            let port = try eventually("\(script); \(server.standardError)", within: .seconds(15)) {
                server.standardOutput.firstMatch(of: /listening (\d+)/).map { String($0.1) }
            }
            return (server, port)
        } catch {
            server.stop()
            throw error
        }
    }

    @Test func `providers are reached through a proxy where the environment names one`() throws {
        let folder = try ScratchFolder()
        let (certificate, key) = try certificate(in: folder)
        let (server, port) = try serve("serve_tls.py", [certificate, key])
        defer { server.stop() }
        let (proxy, proxyPort) = try serve("connect_proxy.py", [port])
        defer { proxy.stop() }
        func provider(_ host: String) -> String {
            "{ type: openai-compatible, base_url: 'https://\(host)/v1', tls: { ca_file: '\(certificate)' } }"
        }
        let configuration = """
            providers:
              far: \(provider("provider.test"))
              excepted: \(provider("excepted.test:\(port)"))
              near: \(provider("localhost:\(port)"))
            server: { threads: 1 }
            """
        let environment = [
            "HTTPS_PROXY": "http://me:p%40ss@127.0.0.1:\(proxyPort)", "NO_PROXY": "elsewhere.test,.test:\(port)",
        ]
        try withGateway(configuration, environment: environment) { gateway throws in
            // Nobody but the proxy knows where provider.test is.
            for _ in 0..<3 { #expect(try gateway.chat(model: "far/m").status == 200) }
            #expect(server.standardOutput.contains("name provider.test"))
            #expect(try gateway.chat(model: "near/m").status == 200)
            #expect(try gateway.chat(model: "excepted/m").status == 502, "nobody knows it at all")
            let asked = proxy.standardOutput.split(separator: "\n").dropFirst()
            let tunnel = "CONNECT provider.test:443 HTTP/1.1 Basic bWU6cEBzcw=="
            #expect(!asked.isEmpty && asked.allSatisfy { $0 == tunnel }, "\(asked)")
            #expect(asked.count <= 2, "a tunnel is kept as any connection is")
            for spelling in ["p@ss", "p%40ss"] { #expect(!gateway.program.standardOutput.contains(spelling)) }
        }
    }

    @Test func `an upstream's certificate must be one that the provider trusts`() throws {
        let folder = try ScratchFolder()
        let (certificate, key) = try certificate(in: folder)
        let (stranger, _) = try self.certificate(in: folder, name: "stranger")
        let (server, port) = try serve("serve_tls.py", [certificate, key])
        defer { server.stop() }
        func provider(_ tls: String) -> String {
            "{ type: openai-compatible, base_url: 'https://localhost:\(port)/v1', tls: { \(tls) } }"
        }
        let configuration = """
            providers:
              trusted: \(provider("ca_file: '\(certificate)'"))
              stranger: \(provider("ca_file: '\(stranger)'"))
              careless: \(provider("verify: false"))
              public: { type: openai-compatible, base_url: 'https://localhost:\(port)/v1' }
            """
        try withGateway(configuration) { gateway throws in
            for name in ["trusted", "careless"] {
                for _ in 0..<2 { #expect(try gateway.chat(model: "\(name)/m").status == 200, "\(name)") }
            }
            for name in ["stranger", "public"] {
                let answer = try gateway.chat(model: "\(name)/m")
                #expect(answer.status == 502, "\(name)")
                #expect(answer.json["error"]["code"].string == "provider_unreachable", "\(name)")
            }
            #expect(server.standardOutput.contains("name localhost"), "the server's name is said in the handshake")
            #expect(server.standardOutput.contains("protocol http/1.1"))
        }
    }
}
