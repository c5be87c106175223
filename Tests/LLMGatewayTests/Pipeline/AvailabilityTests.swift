import Testing
import WireFormats

@testable import LLMGateway

@Suite struct AvailabilityTests {
    /// The state of each provider under a configuration.
    private func states(_ yaml: String, _ environment: [String: String] = [:]) async throws -> [String: String] {
        let snapshot = try await Snapshot.made(from: yaml, environment)
        var states: [String: String] = [:]
        for provider in snapshot.settings.providers {
            states[provider.name] =
                switch snapshot.routes.provider(pinned: provider.name, listed: .none) {
                case .success: "enabled"
                case .failure(.providerNotConfigured(let missing)): "needs \(missing.setting)"
                case .failure(.switchedOff): "off"
                case .failure(let other): "\(other)"
                }
        }
        // Those that are enabled, and no others, are made ready.
        #expect(Set(snapshot.providers.map(\.name)) == Set(states.filter { $0.value == "enabled" }.keys))
        return states
    }

    @Test func `with nothing configured, only simulated is there`() async throws {
        let states = try await states("")
        #expect(states["simulated"] == "enabled")
        #expect(states["openai"] == "needs providers.openai.api_key (or OPENAI_API_KEY)")
        #expect(states["huggingface"]?.hasPrefix("needs providers.huggingface.api_key") == true)
    }

    @Test func `a credential enables its provider, and then simulated is off`() async throws {
        let states = try await states("", ["OPENAI_API_KEY": "sk-1"])
        #expect(states["openai"] == "enabled")
        #expect(states["simulated"] == "off")
    }

    @Test(arguments: [
        "providers: { simulated: {} }", "providers: { simulated: { tokens_per_second: 5 } }",
        "routing: { default_provider: simulated }", "routing: { patterns: { 'x-*': simulated } }",
        "models: { m: { targets: [{ provider: simulated, model: n }] } }",
    ])
    func `simulated that the file names is there beside others`(yaml: String) async throws {
        let states = try await states(yaml, ["OPENAI_API_KEY": "sk-1"])
        #expect(states["openai"] == "enabled")
        #expect(states["simulated"] == "enabled")
    }

    @Test func `simulated that a variable names is there beside others`() async throws {
        let states = try await states(
            "", ["OPENAI_API_KEY": "sk-1", "LLM_GATEWAY_PROVIDERS_SIMULATED_TOKENS_PER_SECOND": "5"])
        #expect(states["simulated"] == "enabled")
    }

    @Test func `what is switched off stays off, even when it is the last`() async throws {
        let states = try await states(
            "providers: { simulated: { enabled: false }, openai: { enabled: false } }", ["OPENAI_API_KEY": "sk-1"])
        #expect(states["simulated"] == "off")
        #expect(states["openai"] == "off")
    }

    @Test func `what is switched on is there without a credential`() async throws {
        let states = try await states("providers: { openai: { enabled: true } }")
        #expect(states["openai"] == "enabled")
        #expect(states["simulated"] == "off")
    }

    @Test func `openai-compatible needs no credential, and so does a provider that gets the client's own`() async throws
    {
        let states = try await states(
            """
            providers:
              vllm: { type: openai-compatible, base_url: "http://127.0.0.1:8000/v1" }
              openai: { forward_client_key: true }
              other: { type: openai }
            """)
        #expect(states["vllm"] == "enabled")
        #expect(states["openai"] == "enabled")
        #expect(states["other"] == "needs providers.other.api_key")
        #expect(states["simulated"] == "off")
    }

    @Test func `a provider that can't be made ready is a problem of the configuration, with its place`() async throws {
        let yaml = """
            providers:
              mine: { type: openai-compatible, base_url: "https://127.0.0.1/v1", tls: { ca_file: /nowhere/ca.pem } }
            """
        let error = await #expect(throws: ConfigurationError.self) { try await states(yaml) }
        #expect(error?.problems.map(\.path) == ["providers.mine.tls.ca_file"])
    }

    @Test func `a provider is found by its place in the configuration`() async throws {
        let snapshot = try await Snapshot.made(from: "providers: { a: { type: simulated }, b: { type: simulated } }")
        for provider in snapshot.providers { #expect(snapshot.provider(provider.ordinal)?.name == provider.name) }
        #expect(snapshot.provider(1000) == nil)
    }
}

extension Snapshot {
    /// A snapshot of its own for one test.
    static func made(from yaml: String, _ environment: [String: String] = [:]) async throws -> Snapshot {
        try await made(
            from: try GatewayConfiguration.load(yaml: yaml, environment: environment), in: MetricRegistry(loops: 1))
    }

    /// A snapshot whose metrics are in `registry`.
    static func made(
        from configuration: GatewayConfiguration, types: [any Provider.Type] = .builtIn, in registry: MetricRegistry
    ) async throws -> Snapshot {
        let formats: [any WireFormat] = .builtIn
        let metrics = await GatewayMetrics(
            in: registry, formats: formats.map(\.id.name), build: .init(version: "1", swift: "6", commit: "c"),
            logDropped: { 0 })
        let log = LogOutput(LogSink(descriptor: -1))
        let surroundings = Surroundings(types: types, formats: formats, metrics: metrics, log: log, via: "gw-test")
        return try Snapshot(configuration, generation: 1, in: surroundings)
    }
}
