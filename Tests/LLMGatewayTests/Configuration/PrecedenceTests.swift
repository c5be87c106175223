import Testing

@testable import LLMGateway

@Suite struct PrecedenceTests {
    @Test func `an empty environment gives the documented defaults`() throws {
        let settings = try configuration().settings
        #expect(settings.server.host == "127.0.0.1")
        #expect(settings.server.port == 8080)
        #expect(settings.server.maxBodyBytes == 32 << 20)
        #expect(settings.server.maxConnections == 20_000)
        #expect(settings.server.headerTimeout == .seconds(10))
        #expect(settings.server.keepAliveTimeout == .seconds(75))
        #expect(settings.server.tls == nil)
        #expect(settings.metrics.port == 9090)
        #expect(settings.metrics.maxSeries == 10_000)
        #expect(settings.log.level == .info)
        #expect(settings.log.maxBodyLength == 10_000)
        #expect(settings.resilience.timeouts == .builtIn)
        #expect(settings.resilience.concurrency == .builtIn)
        #expect(settings.providers.map(\.name) == builtInProviders)
        #expect(settings.providers.map(\.isNamedByOperator).allSatisfy { !$0 })
        #expect(settings.models.isEmpty)
    }

    @Test func `each source beats those after it`() throws {
        // command line > own variable > variable above the file > file > default
        var environment = ["LLM_GATEWAY_SERVER_PORT": "2", "PROXY_PORT": "3", "GATEWAY_PORT": "4"]
        let file = TemporaryFiles.file("server: { port: 5 }")
        defer { TemporaryFiles.remove(file) }
        func port(_ commandLine: [String: String]) throws -> String? {
            try GatewayConfiguration.load(commandLine: commandLine, environment: environment, path: file)
                .effective("server.port")
        }
        #expect(try port(["server.port": "1"]) == "1 # command line")
        #expect(try port([:]) == "2 # LLM_GATEWAY_SERVER_PORT")
        environment["LLM_GATEWAY_SERVER_PORT"] = nil
        #expect(try port([:]) == "3 # PROXY_PORT")
        environment["PROXY_PORT"] = nil
        #expect(try port([:]) == "4 # GATEWAY_PORT")
        environment["GATEWAY_PORT"] = nil
        #expect(try port([:]) == "5 # \(file):1")
        #expect(try configuration().effective("server.port") == "8080 # default")
    }

    @Test func `another program's variable counts only where the file is silent`() throws {
        let key = ["OPENAI_API_KEY": "sk-environment"]
        let silent = try configuration("", key)
        #expect(silent.provider("openai")?.apiKeys.map { $0.reveal() } == ["sk-environment"])
        #expect(silent.provider("openai")?.isNamedByOperator == true)

        let said = try configuration("providers: { openai: { api_key: sk-file } }", key)
        #expect(said.provider("openai")?.apiKeys.map { $0.reveal() } == ["sk-file"])

        let list = try configuration("providers: { openai: { api_keys: [sk-1, sk-2] } }", key)
        #expect(list.provider("openai")?.apiKeys.map { $0.reveal() } == ["sk-1", "sk-2"])

        for unset in ["[\"${NOPE}\"]", "\"${NOPE},${NADA}\"", "[\"\", ~]"] {
            let empty = try configuration("providers: { openai: { api_keys: \(unset) } }", key)
            #expect(empty.provider("openai")?.apiKeys.map { $0.reveal() } == ["sk-environment"])
            #expect(empty.effective("providers.openai.api_keys") == nil)
            #expect(empty.effective("providers.openai.api_key")?.hasSuffix("# OPENAI_API_KEY") == true)
        }
        #expect(list.effective("providers.openai.api_key") == nil, "only what is in use is shown")
        #expect(list.effective("providers.openai.api_keys")?.hasSuffix("# config.yaml:1") == true)

        let own = try configuration(
            "providers: { openai: { api_keys: [sk-1, sk-2] } }", ["LLM_GATEWAY_PROVIDERS_OPENAI_API_KEY": "sk-own"])
        #expect(own.provider("openai")?.apiKeys.map { $0.reveal() } == ["sk-own"])
    }

    @Test func `the first of two credentials' variables counts`() throws {
        let both = try configuration("", ["HF_TOKEN": "hf-2", "HUGGINGFACE_API_KEY": "hf-1"])
        #expect(both.provider("huggingface")?.apiKeys.map { $0.reveal() } == ["hf-1"])
        let one = try configuration("", ["HF_TOKEN": "hf-2", "HUGGINGFACE_API_KEY": ""])
        #expect(one.provider("huggingface")?.apiKeys.map { $0.reveal() } == ["hf-2"])
    }

    @Test func `a key that belongs to openai is not sent to another provider of its type`() throws {
        let other = try configuration(
            "providers: { elsewhere: { type: openai, base_url: \"http://elsewhere/v1\" } }",
            ["OPENAI_API_KEY": "sk-secret"])
        #expect(other.provider("elsewhere")?.apiKeys == [])
    }

    @Test(arguments: [
        ("GATEWAY_HOST", "0.0.0.0", "server.host", "0.0.0.0"),
        ("GATEWAY_PORT", "81", "server.port", "81"),
        ("METRICS_PORT", "82", "metrics.port", "82"),
        (
            "GATEWAY_CORS_ORIGIN", "https://a.example,https://b.example", "server.cors.origins",
            "[https://a.example, https://b.example]"
        ),
        ("LLM_GATEWAY_PROVIDERS_DEFAULT", "openai", "routing.default_provider", "openai"),
    ])
    func `older names of variables beat the file`(variable: String, value: String, path: String, written: String) throws
    {
        let file = """
            server: { host: h, port: 1, cors: { origins: ["*"] } }
            metrics: { port: 1 }
            routing: { default_provider: simulated }
            """
        #expect(try configuration(file, [variable: value]).effective(path) == "\(written) # \(variable)")
    }

    @Test func `an empty value is an unset one, wherever it stands`() throws {
        let empty = try configuration(
            """
            server:
              port:
              host: ""
              cors: { origins: [] }
            log: ~
            """, ["LLM_GATEWAY_SERVER_PORT": "", "PROXY_PORT": " ", "GATEWAY_HOST": "", "LLM_GATEWAY_NO_SUCH_KEY": ""])
        #expect(empty.effective("server.port") == "8080 # default")
        #expect(empty.effective("server.host") == "127.0.0.1 # default")
        #expect(empty.warnings == [])
    }

    @Test func `a port that is a service link is ignored with a warning`() throws {
        let linked = try configuration(
            "server: { port: 7 }",
            ["GATEWAY_PORT": "tcp://10.0.0.1:80", "LLM_GATEWAY_METRICS_PORT": "tcp://10.0.0.1:81"])
        #expect(linked.effective("server.port") == "7 # config.yaml:1")
        #expect(linked.effective("metrics.port") == "9090 # default")
        #expect(linked.warnings.count == 2)
        #expect(linked.warnings[0].hasPrefix("GATEWAY_PORT: ignored"))
        #expect(linked.warnings[1].hasPrefix("LLM_GATEWAY_METRICS_PORT: ignored"))
    }

    @Test func `an unknown variable is a warning that names the nearest`() throws {
        let unknown = try configuration("", ["LLM_GATEWAY_SERVER_PROT": "1"])
        #expect(
            unknown.warnings == [
                "LLM_GATEWAY_SERVER_PROT: there is no such setting; the variable is ignored "
                    + "(nearest: LLM_GATEWAY_SERVER_PORT)"
            ])
    }

    @Test func `the links of a Service called llm-gateway are one warning`() throws {
        let links = try configuration(
            "",
            [
                "LLM_GATEWAY_PORT": "tcp://10.0.0.1:80", "LLM_GATEWAY_SERVICE_HOST": "10.0.0.1",
                "LLM_GATEWAY_PORT_80_TCP_ADDR": "10.0.0.1", "LLM_GATEWAY_SERVICE_PORT_HTTP": "80",
            ])
        #expect(links.warnings.count == 1)
        #expect(links.warnings[0].contains("LLM_GATEWAY_SERVICE_HOST"))
    }

    @Test func `the file is the named one, else that of a variable`() throws {
        let (one, two) = (
            TemporaryFiles.file("server: { port: 1 }"), TemporaryFiles.file("server: { port: 2 }")
        )
        defer { [one, two].forEach(TemporaryFiles.remove) }
        let environment = ["LLM_GATEWAY_CONFIG": "", "CONFIG_PATH": two]
        #expect(try GatewayConfiguration.load(path: one, environment: environment).settings.server.port == 1)
        #expect(try GatewayConfiguration.load(environment: environment).settings.server.port == 2)
    }

    @Test func `a named file that is not there is a problem`() {
        #expect(throws: ConfigurationError.self) {
            try GatewayConfiguration.load(path: "/nowhere/config.yaml", environment: [:])
        }
        do {
            _ = try GatewayConfiguration.load(environment: ["CONFIG_PATH": "/nowhere/config.yaml"])
        } catch {
            #expect(
                error.description
                    == "/nowhere/config.yaml: the configuration file, named by CONFIG_PATH, can't be read: "
                    + "No such file or directory")
        }
    }
}
