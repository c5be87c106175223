import Testing

@testable import LLMGateway

@Suite struct VariableTests {
    /// A value that differs from the default, for each kind of setting that the reference knows.
    private func example(_ declaration: SettingDeclaration) -> String {
        let key = declaration.path.description.split(separator: ".").last.map(String.init) ?? ""
        let byKey = [
            "default_provider": "openai", "certificate_file": "c.pem", "key_file": "k.pem", "type": "huggingface",
            "on_unsupported_param": "reject", "fallbacks_on": "rate_limit", "affinity": "session",
            "budget_status": "402", "retention": "48h", "url": "redis://elsewhere", "answer_model": "requested",
            "fetch_images": "off",
            "base_url": "http://elsewhere/v1", "trusted_proxies": "10.0.0.0/8", "origins": "https://a.example",
            "api_formats": "openai-chat", "host": "0.0.0.0", "api_key_file": #filePath, "credentials_file": #filePath,
            "model_info_file": #filePath, "deployments": "v", "strategy": "weighted",
            "enabled": "false", "level": "debug", "format": "text", "headers": "v", "model_map": "v",
            "patterns": "openai", "endpoint": "http://elsewhere",
        ]
        if let example = byKey[key] { return example }
        switch declaration.kind {
        case "a whole number": return declaration.standard == "7" ? "8" : "7"
        case "a number": return declaration.allowed.hasSuffix("…1") ? "0.75" : "2.5"
        case "true or false": return declaration.standard == "true" ? "false" : "true"
        case let kind where kind.hasPrefix("a duration"): return "7s"
        case let kind where kind.hasPrefix("a size"): return "7MiB"
        default: return "some"
        }
    }

    /// An entry that has the setting, in the file of the test.
    private static func entry(_ declaration: SettingDeclaration) -> String {
        let path = declaration.path.description
        if path.hasPrefix("models.") { return "fast" }
        if path.hasPrefix("model_info.") { return "known" }
        return switch path.split(separator: ".").last {
        case "api_key_file": "openai"
        case "project", "location", "credentials_file", "access_token": "vertex-gemini"
        case "api_version", "deployments": "azure-openai"
        case "access_key_id", "secret_access_key", "session_token": "bedrock"
        default: "simulated"
        }
    }

    @Test func `every scalar of the reference has a variable that sets it`() throws {
        let file = """
            providers: { simulated: {}, vertex-gemini: {}, azure-openai: { base_url: "http://a/v1" }, bedrock: {} }
            model_info: { known: { images: true } }
            models: { fast: { targets: [{ provider: simulated, model: echo }] } }
            """
        var checked = 0
        for declaration in ConfigurationReference.declarations {
            guard declaration.path.description.contains("[") == false else { continue }
            // It has but one value.
            guard declaration.path.description != "grpc.port" else { continue }
            let path = declaration.path.description.replacing("NAME", with: Self.entry(declaration))
            let setting = declaration.isTable ? path + ".some-name" : path
            let variable = "LLM_GATEWAY_" + setting.uppercased().replacing(".", with: "_").replacing("-", with: "_")
            var environment = [variable: example(declaration)]
            // TLS is two files or none.
            if path == "server.tls.key_file" { environment["LLM_GATEWAY_SERVER_TLS_CERTIFICATE_FILE"] = "c.pem" }
            if path == "server.tls.certificate_file" { environment["LLM_GATEWAY_SERVER_TLS_KEY_FILE"] = "k.pem" }

            // A key of AWS's is two values or none.
            if path == "providers.bedrock.access_key_id" {
                environment["LLM_GATEWAY_PROVIDERS_BEDROCK_SECRET_ACCESS_KEY"] = "s"
            }
            if path == "providers.bedrock.secret_access_key" || path == "providers.bedrock.session_token" {
                environment["LLM_GATEWAY_PROVIDERS_BEDROCK_ACCESS_KEY_ID"] = "a"
            }
            if path == "providers.bedrock.session_token" {
                environment["LLM_GATEWAY_PROVIDERS_BEDROCK_SECRET_ACCESS_KEY"] = "s"
            }

            // A source file is no credential and no table, but the complaint about it names the variable.
            if path.hasSuffix("api_key_file") {
                #expect(problems(file, environment).first?.hasPrefix("\(variable): \(path): the file") == true)
            } else if path == "model_info_file" {
                #expect(problems(file, environment).first?.contains(#filePath) == true)
            } else {
                let loaded = try configuration(file, environment)
                let value = loaded.values.first { $0.origin.place == variable }
                #expect(value != nil, "\(variable) sets nothing")
                #expect(loaded.warnings == [], "\(variable)")
                if !declaration.isSecret { #expect(value?.written != declaration.standard, "\(variable)") }
            }
            checked += 1
        }
        #expect(checked > 50)
    }

    @Test func `a built-in provider needs no file to be set by variables`() throws {
        let loaded = try configuration(
            "",
            [
                "LLM_GATEWAY_PROVIDERS_OPENAI_API_KEY": "sk-1", "LLM_GATEWAY_PROVIDERS_OPENAI_TIMEOUTS_CONNECT": "1s",
                "LLM_GATEWAY_PROVIDERS_OPENAI_HEADERS_OPENAI_ORGANIZATION": "org",
                "LLM_GATEWAY_PROVIDERS_OPENAI_HEADERS_X_TYPE": "t",
            ])
        let openAI = try #require(loaded.provider("openai"))
        #expect(openAI.apiKeys.map { $0.reveal() } == ["sk-1"])
        #expect(openAI.timeouts.connect == .seconds(1))
        #expect(openAI.headers.map(\.name) == ["openai-organization", "x-type"])
        #expect(openAI.isNamedByOperator)
        #expect(loaded.settings.providers.map(\.name) == builtInProviders)
        #expect(loaded.warnings == [])
    }

    @Test func `a type given by a variable creates a provider`() throws {
        let loaded = try configuration(
            "",
            [
                "LLM_GATEWAY_PROVIDERS_MY_VLLM_TYPE": "openai-compatible",
                "LLM_GATEWAY_PROVIDERS_MY_VLLM_BASE_URL": "http://127.0.0.1:8000/v1/",
                "LLM_GATEWAY_PROVIDERS_MY_VLLM_MODELS": "a, b",
            ])
        #expect(loaded.settings.providers.map(\.name) == ["my_vllm"] + builtInProviders)
        #expect(loaded.provider("my_vllm")?.baseURL == "http://127.0.0.1:8000/v1")
        #expect(loaded.provider("my_vllm")?.models == ["a", "b"])
    }

    @Test func `a type's own name may be a provider's`() throws {
        let loaded = try configuration("", ["LLM_GATEWAY_PROVIDERS_OPENAI_COMPATIBLE_BASE_URL": "http://h/v1"])
        #expect(loaded.provider("openai-compatible")?.baseURL == "http://h/v1")
        #expect(loaded.provider("openai")?.baseURL == "https://api.openai.com/v1")
    }

    @Test func `names of the file are matched first, the longest of them`() throws {
        let file = """
            providers:
              my: { type: openai-compatible, base_url: "http://my/v1" }
              my-vllm.v2: { type: openai-compatible, base_url: "http://other/v1" }
            """
        let loaded = try configuration(file, ["LLM_GATEWAY_PROVIDERS_MY_VLLM_V2_BASE_URL": "http://changed/v1"])
        #expect(loaded.provider("my-vllm.v2")?.baseURL == "http://changed/v1")
        #expect(loaded.provider("my")?.baseURL == "http://my/v1")
        #expect(loaded.settings.providers.count == 2 + builtInProviders.count)
    }

    @Test func `variables of a provider that has no type are unknown`() throws {
        let loaded = try configuration("", ["LLM_GATEWAY_PROVIDERS_OPNAI_API_KEY": "sk-secret"])
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings[0].hasSuffix("(nearest: LLM_GATEWAY_PROVIDERS_OPENAI_API_KEY)"))
        #expect(!loaded.warnings[0].contains("sk-secret"))
    }

    @Test(arguments: [
        ("${NAME}", "value"), ("a${NAME}b${NAME}", "avaluebvalue"), ("${UNSET:-other}", "other"),
        ("${EMPTY:-other}", "other"), ("a${UNSET}b", "ab"), ("${UNSET}", ""), ("${UNSET:-}", ""), ("$NAME", "$NAME"),
        ("${NAME", "${NAME"), ("${1}", "${1}"), ("${UNSET:-http://h:1/v1}", "http://h:1/v1"), ("}${NAME}{", "}value{"),
    ])
    func `references are replaced by the variables' values`(text: String, result: String) {
        #expect(VariableReferences.expand(text, from: ["NAME": "value", "EMPTY": ""]) == result)
    }

    @Test func `a value that is only an unset reference is as if the key were not there`() throws {
        let yaml = """
            server: { port: "${PORT}", host: '${HOST:-0.0.0.0}', cors: { origins: "${ORIGINS}" } }
            providers: { openai: { api_key: "${KEY}", api_keys: [ "${K1}", "${K2}" ], headers: { x-a: "${A}" } } }
            """
        let unset = try configuration(yaml)
        #expect(unset.effective("server.port") == "8080 # default")
        #expect(unset.effective("server.host") == "0.0.0.0 # config.yaml:1")
        #expect(unset.provider("openai")?.apiKeys == [])
        #expect(unset.provider("openai")?.headers.isEmpty == true)

        let set = try configuration(
            yaml, ["PORT": "81", "K2": "sk-2", "ORIGINS": "https://a.example,https://b.example", "A": "b"])
        #expect(set.settings.server.port == 81)
        #expect(set.settings.server.cors.origins == ["https://a.example", "https://b.example"])
        #expect(set.provider("openai")?.apiKeys.map { $0.reveal() } == ["sk-2"])
        #expect(set.provider("openai")?.headers.map { $0.value.reveal() } == ["b"])
    }
}
