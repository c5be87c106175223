import Testing

@testable import LLMGateway

@Suite struct StrictnessTests {
    @Test(arguments: [
        ("server:\n  prot: 1", "config.yaml:2: server.prot: there is no such key (nearest key: port)"),
        ("sever: {}", "config.yaml:1: sever: there is no such key (nearest key: server)"),
        ("port: 1", "config.yaml:1: port: there is no such key (nearest key: server.port)"),
        ("server: 5", "config.yaml:1: server: must be a section of keys, not a single value"),
        ("server: [a]", "config.yaml:1: server: must be a section of keys, not a list"),
        ("server:\n  port: many", "config.yaml:2: server.port: must be a whole number, not 'many'"),
        ("server:\n  port: 8080.5", "config.yaml:2: server.port: must be a whole number, not '8080.5'"),
        ("server:\n  port: 65536", "config.yaml:2: server.port: must be in 0…65535, not '65536'"),
        ("server:\n  port: [1]", "config.yaml:2: server.port: must be a whole number, not a list"),
        (
            "server:\n  header_timeout: 5",
            "config.yaml:2: server.header_timeout: must be a duration such as 250ms, 5s, 2m or 1h, not '5'"
        ),
        (
            "server:\n  max_body_bytes: 32MB",
            "config.yaml:2: server.max_body_bytes: must be a size such as 512KiB or 32MiB, not '32MB'"
        ),
        (
            "log:\n  level: loud",
            "config.yaml:2: log.level: must be one of trace, debug, info, notice, warning, error, critical, not 'loud'"
        ),
        ("log:\n  bodies: 3", "config.yaml:2: log.bodies: must be true or false, not '3'"),
        ("log:\n  bodies: 1", "config.yaml:2: log.bodies: must be true or false, not '1'"),
        ("grpc: { port: 50051 }", "config.yaml:1: grpc.port: must be 0, not '50051': this build has no gRPC API"),
        (
            "providers:\n  openai:\n    enabled: 1",
            "config.yaml:3: providers.openai.enabled: must be one of auto, true, false, not '1'"
        ),
        ("log:\n  redact: secret", "config.yaml:2: log.redact: must be a list of texts ([a, b]), not a single value"),
        ("log:\n  redact: [\"(\"]", "config.yaml:2: log.redact: must be regular expressions, not '('"),
        ("server:\n  port: 1\n  host: h\n  port: 2", "config.yaml:4: server.port: is given twice, first on line 2"),
        (
            "{\"log\": {\"level\": \"info\",\n\"level\": \"info\"}}",
            "config.yaml:2: log.level: is given twice, first on line 1"
        ),
        (
            "server:\n  cors:\n    origins: [\"*\"]\n    credentials: true",
            "config.yaml:4: server.cors.credentials: can't be true while server.cors.origins allows every origin (*)"
        ),
        (
            "server: { cors: { origins: [\"https://a.example/path\"] } }",
            "config.yaml:1: server.cors.origins: must be * or origins such as https://app.example.com (no path), "
                + "not 'https://a.example/path'"
        ),
        (
            "server: { trusted_proxies: [10.0.0.0/33] }",
            "config.yaml:1: server.trusted_proxies: must be addresses or networks such as 10.0.0.0/8, not '10.0.0.0/33'"
        ),
        (
            "server: { tls: { key_file: k.pem } }",
            "config.yaml:1: server.tls.key_file: needs server.tls.certificate_file beside it"
        ),
        (
            "models:\n  m:\n    targets:\n      - { provider: opneai, model: x }",
            "config.yaml:4: models.m.targets[0].provider: there is no provider 'opneai' (nearest key: openai)"
        ),
        (
            "models:\n  m:\n    targets:\n      - { provider: openai, modle: x, model: y }",
            "config.yaml:4: models.m.targets[0].modle: there is no such key (nearest key: model)"
        ),
        (
            "models:\n  m:\n    targets:\n      - provider: openai",
            "config.yaml:4: models.m.targets[0].model: is missing"
        ),
        ("models:\n  m: {}", "config.yaml:2: models.m.targets: must name one target or more"),
        ("models: [a]", "config.yaml:1: models: must be a section of names, not a list"),
        (
            "routing:\n  default_provider: opnai",
            "config.yaml:2: routing.default_provider: there is no provider 'opnai' (nearest key: openai)"
        ),
        (
            "routing:\n  patterns:\n    \"gpt-*\": opnai",
            "config.yaml:3: routing.patterns.gpt-*: there is no provider 'opnai' (nearest key: openai)"
        ),
        (
            "providers:\n  mine:\n    type: opnai",
            "config.yaml:3: providers.mine.type: must be one of \(types), not 'opnai'"
        ),
        (
            "providers:\n  opnai:\n    api_key: k",
            "config.yaml:2: providers.opnai: 'opnai' is no provider type, so it needs a key type: one of \(types) "
                + "(nearest key: openai)"
        ),
        (
            "providers:\n  mine:\n    type: openai-compatible",
            "config.yaml:2: providers.mine.base_url: is missing; a provider of type openai-compatible needs it"
        ),
        (
            "providers:\n  a/b: { type: openai }",
            "config.yaml:2: providers.a/b: a provider's name may hold letters, digits, '.', '_' and '-' only"
        ),
        (
            "providers:\n  openai:\n    base_url: openai.com",
            "config.yaml:3: providers.openai.base_url: must be a URL that begins with http:// or https://"
        ),
        (
            "providers:\n  openai:\n    base_url: https://me:sesame@host/v1",
            "config.yaml:3: providers.openai.base_url: must not hold a user name or a password"
        ),
        (
            "providers:\n  openai:\n    base_url: https://host/v1?key=sesame",
            "config.yaml:3: providers.openai.base_url: must not hold a query or a fragment"
        ),
        (
            "providers:\n  openai:\n    base_url: https:///v1",
            "config.yaml:3: providers.openai.base_url: must name a host, and a port in 1…65535 if any"
        ),
        (
            "providers:\n  openai:\n    headers: { \"a b\": c }",
            "config.yaml:3: providers.openai.headers.a b: is no name for a header"
        ),
        (
            "providers:\n  openai:\n    headers: { x-a: \"sesame\\r\\nx: y\" }",
            "config.yaml:3: providers.openai.headers.x-a: holds a line end or another control character: "
                + "a header can't hold it"
        ),
        (
            "providers:\n  openai:\n    first_token: 1s",
            "config.yaml:3: providers.openai.first_token: there is no such key "
                + "(nearest key: providers.simulated.first_token)"
        ),
        (
            "providers:\n  openai:\n    api_key_file: /nowhere/key",
            "config.yaml:3: providers.openai.api_key_file: the file /nowhere/key can't be read: No such file or directory"
        ),
        ("- a", "config.yaml:1: the file must hold keys and values, not a list"),
        ("server:\n  host: [a", "config.yaml:3: not YAML: did not find expected ',' or ']' (column 1)"),
        ("a: &x 1\nb: *y", "config.yaml:2: not YAML: found undefined alias (column 4)"),
    ])
    func `a mistake is told with its line, its path and what would be right`(yaml: String, problem: String) {
        #expect(problems(yaml) == [problem])
    }

    @Test func `all problems are told at once, in the order of the lines`() {
        let found = problems(
            """
            server:
              prot: 1
              header_timeout: soon
              host: a
              host: b
            metrics:
              port: -1
              port: 2
            models:
              m: { targets: [{ provider: nobody, model: x }] }
            """, ["LLM_GATEWAY_LOG_LEVEL": "loud"])
        #expect(
            found.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [
                "config.yaml:2: server.prot:", "config.yaml:3: server.header_timeout:", "config.yaml:5: server.host:",
                "config.yaml:7: metrics.port:", "config.yaml:8: metrics.port:",
                "config.yaml:10: models.m.targets[0].provider:",
                "LLM_GATEWAY_LOG_LEVEL: log.level:",
            ])
    }

    @Test func `a variable may say yes and no by a number, also through a reference`() throws {
        for (said, value) in [("1", true), ("yes", true), ("On", true), ("0", false), ("no", false)] {
            let set = try configuration(
                "log: { bodies: \"${BODIES}\" }\ngrpc: { port: 0 }",
                ["BODIES": said, "LLM_GATEWAY_PROVIDERS_OPENAI_ENABLED": said])
            #expect(set.settings.log.bodies == value)
            #expect(set.provider("openai")?.enabled == (value ? .on : .off))
        }
    }

    @Test func `an unknown path on the command line is a problem`() {
        #expect(throws: ConfigurationError.self) {
            try GatewayConfiguration.load(commandLine: ["server.prot": "1"], environment: [:], path: nil)
        }
    }

    @Test func `aliases and merge keys are read, and what a section says itself counts`() throws {
        let merged = try configuration(
            """
            providers:
              a: &base { type: openai-compatible, base_url: "http://a/v1", models: [m] }
              b:
                <<: *base
                base_url: http://b/v1
            """)
        #expect(merged.provider("b")?.baseURL == "http://b/v1")
        #expect(merged.provider("b")?.models == ["m"])
    }

    @Test func `JSON is YAML`() throws {
        let json = try configuration("\u{FEFF}{\"server\": {\"port\": 81},\n\t\"models\": {}}")
        #expect(json.settings.server.port == 81)
    }

    @Test func `a scalar that looks like a number is text where text is meant`() throws {
        let plan = try configuration("models: { 1: { targets: [{ provider: openai, model: 4.10 }] } }")
        #expect(plan.settings.models.first?.name == "1")
        #expect(plan.settings.models.first?.targets == [TargetSettings(provider: "openai", model: "4.10", weight: 1)])
    }

    @Test func `models and patterns keep the order of the file`() throws {
        let ordered = try configuration(
            """
            routing: { patterns: { "z-*": openai, "a-*": simulated } }
            models:
              z: { targets: [{ provider: openai, model: x }] }
              a: { strategy: weighted, targets: [{ provider: openai, model: x, weight: 3 }, { provider: simulated, model: y }] }
            """)
        #expect(ordered.settings.routing.patterns.map(\.pattern) == ["z-*", "a-*"])
        #expect(ordered.settings.models.map(\.name) == ["z", "a"])
        #expect(ordered.settings.models[1].targets.map(\.weight) == [3, 1])
        #expect(ordered.provider("simulated")?.isNamedByOperator == true)
        #expect(ordered.provider("huggingface")?.isNamedByOperator == false)
    }
}

/// The names of the provider types, as problems list them.
private let types = [KnownProviderType].builtIn.map(\.name).joined(separator: ", ")
