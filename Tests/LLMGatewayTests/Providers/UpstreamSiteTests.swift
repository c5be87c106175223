import Testing
import WireFormats

@testable import LLMGateway

@Suite struct UpstreamSiteTests {
    private func site(
        _ yaml: String, formats: [any WireFormat] = [OpenAIChatFormat(), OpenAIEmbeddingsFormat()]
    ) throws -> UpstreamSite {
        let configuration = try GatewayConfiguration.load(yaml: "providers:\n  p:\n" + yaml)
        let settings = try #require(configuration.settings.providers.first { $0.name == "p" })
        return try UpstreamSite(OpenAICompatibleProvider(settings), settings, formats: formats, via: "gw-1")
    }

    private func lines(_ head: [UInt8]?) throws -> [String] {
        let text = String(decoding: try #require(head), as: UTF8.self)
        #expect(text.hasSuffix("\r\n"))
        return text.split(separator: "\r\n").map(String.init)
    }

    private let chat = CallKind(format: .openAIChat, operation: .chat, streams: false)
    private let embeddings = CallKind(format: .openAIEmbeddings, operation: .embeddings, streams: false)

    private let plain = """
            type: openai-compatible
            base_url: http://127.0.0.1:8000/v1
        """

    @Test func `a call begins with its path under the base URL, and says who asks`() throws {
        let lines = try lines(site(plain).head(chat, model: "m", credential: 0))
        #expect(lines.first == "POST /v1/chat/completions HTTP/1.1")
        #expect(lines.contains("host: 127.0.0.1:8000"))
        #expect(lines.contains("via: 1.1 gw-1"))
        #expect(lines.contains("accept-encoding: identity"))
        #expect(lines.contains("content-type: application/json"))
        #expect(!lines.contains { $0.hasPrefix("authorization") })
    }

    @Test func `each format has its own path`() throws {
        let site = try site(plain)
        #expect(try lines(site.head(embeddings, model: "m", credential: 0)).first == "POST /v1/embeddings HTTP/1.1")
        #expect(
            site.head(CallKind(format: .openAIResponses, operation: .chat, streams: false), model: "m", credential: 0)
                == nil)
        #expect(site.head(chat, model: "m", credential: 1) == nil)
    }

    @Test func `a model's name never leads to another path`() async throws {
        let gemini = try await CloudSite("type: gemini, api_key: k")
        for name in ["gemini-flash/../gemini-pro", "..", "../files", "a//b", "./a"] {
            #expect(gemini.address(.gemini, model: name) == nil, "\(name)")
        }
        #expect(gemini.address(.gemini, model: "gemini-2.5..pro")?.hasSuffix("gemini-2.5..pro:generateContent") == true)
    }

    @Test(arguments: [
        ("type: ollama, base_url: http://h", FormatID.ollama, "/api/generate", "/api/generate"),
        ("type: ollama, base_url: http://h", .ollama, "/api/chat", "/api/chat"),
        (
            "type: gemini, api_key: k, base_url: http://h/v1beta", .gemini, "/v1/models/{model}:embedContent",
            "/v1beta/models/m:embedContent"
        ),
        (
            "type: gemini, api_key: k, base_url: http://h/v1beta", .gemini, "/v1/models/{model}:batchEmbedContents",
            "/v1beta/models/m:batchEmbedContents"
        ),
        (
            "type: openai, api_key: k, base_url: http://h/v1", .openAIChat, "/v1/chat/completions",
            "/v1/chat/completions"
        ),
    ])
    func `a call that goes out as it came in goes to its own endpoint's path`(
        entry: String, format: FormatID, endpoint: String, path: String
    ) async throws {
        let operation: WireFormats.Operation = endpoint.contains("mbed") ? .embeddings : .chat
        let site = try await CloudSite(entry).site
        let usual = CallKind(format: format, operation: operation, streams: false)
        let kind = site.kind(passing: usual, from: FormatEndpoint("POST", endpoint, operation))
        #expect(try lines(site.head(kind, model: "m", credential: 0)).first == "POST \(path) HTTP/1.1")
    }

    @Test func `each credential has a head of its own, and stands in the credential's line alone`() throws {
        let site = try site(plain + "\n    api_keys: [sk-first, sk-second]\n")
        for (credential, key, other) in [(0, "sk-first", "sk-second"), (1, "sk-second", "sk-first")] {
            let lines = try lines(site.head(chat, model: "m", credential: credential))
            #expect(lines.filter { $0.contains(key) } == ["authorization: Bearer \(key)"])
            #expect(!lines.contains { $0.contains(other) })
            let probe = try self.lines(site.probeHead(credential: credential))
            #expect(probe.filter { $0.contains(key) } == ["authorization: Bearer \(key)"])
        }
    }

    @Test func `a header of the configuration takes the credential's place`() throws {
        let lines = try lines(
            site(plain + "\n    api_key: sk-mine\n    headers: { Authorization: Basic abc, X-Team: blue }\n")
                .head(chat, model: "m", credential: 0))
        #expect(lines.filter { $0.hasPrefix("authorization:") } == ["authorization: Basic abc"])
        #expect(lines.contains("x-team: blue"))
        #expect(!lines.contains { $0.contains("sk-mine") })
    }

    @Test(arguments: ["user-agent", "content-type", "accept-encoding", "host"])
    func `a header of the configuration takes the place of the gateway's own`(name: String) throws {
        let lines = try lines(
            site(plain + "\n    headers: { \(name): mine }\n").head(chat, model: "m", credential: 0))
        #expect(lines.filter { $0.hasPrefix("\(name):") } == ["\(name): mine"])
    }

    @Test func `a probe asks for the models, unless the configuration names another path`() throws {
        let standard = try site(plain)
        #expect(standard.probeListsModels)
        let lines = try lines(standard.probeHead(credential: 0))
        #expect(lines.first == "GET /v1/models HTTP/1.1")
        #expect(!lines.contains { $0.hasPrefix("content-type") })

        let other = try site(plain + "\n    probe: { path: /health }\n")
        #expect(!other.probeListsModels)
        #expect(try self.lines(other.probeHead(credential: 0)).first == "GET /v1/health HTTP/1.1")
    }

    @Test func `a certificate file that can't be read makes the provider unusable, and says why`() throws {
        let yaml = """
                type: openai-compatible
                base_url: https://127.0.0.1:8000/v1
                tls: { ca_file: /nowhere/ca.pem }
            """
        let error = #expect(throws: UnusableSite.self) { try site(yaml) }
        #expect(error?.reason.contains("tls.ca_file") == true)
    }
}
