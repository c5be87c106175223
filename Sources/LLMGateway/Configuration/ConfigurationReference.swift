/// The reference of all settings, made from what the initialisers read: `config.yaml` and the table in the README.
enum ConfigurationReference {
    /// Every setting, once, in order. Where the operator chooses a name, the path says NAME.
    static var declarations: [SettingDeclaration] {
        let reading = SettingsReading(isDocumenting: true)
        _ = GatewaySettings(Settings(reading, node: nil, origin: .standard, variables: [:]), known: KnownNames())
        return reading.declarations
    }

    /// The repository's `config.yaml`: every setting with its default and its help. What depends on names is a comment.
    static func yaml() -> String {
        var outline = YAMLOutline()
        var lines = introduction
        var last: SettingPath.Component?
        for declaration in declarations {
            let path = declaration.path
            let isExample = path.components.contains(.key("NAME")) || path.components.contains(.index(0))
            let comment = isExample ? "# " : ""
            if path.components.first != last {
                lines.append("")
                if isExample { lines += examples(of: path) }
                last = path.components.first
            }
            lines += outline.sections(of: path).map { comment + $0 }
            let indentation = outline.indentation(path.components.count - 1)
            let start = "\(comment)\(indentation)# "
            lines += help(declaration).flatMap { wrapped($0, to: 120 - start.count) }.map { start + $0 }
            // What is inherited is said by nobody: a default written out would no longer follow.
            let isInherited = declaration.standard.hasPrefix("resilience.")
            lines.append(comment + outline.line(path, isInherited ? "\"\"" : written(declaration)))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The README's table: key, default, what is allowed, meaning.
    static func markdownTable() -> String {
        var lines = ["| key | default | allowed | meaning |", "|---|---|---|---|"]
        for declaration in declarations {
            let allowed = declaration.allowed.isEmpty ? declaration.kind.withoutArticle : declaration.allowed
            let isInherited = declaration.standard.hasPrefix("resilience.")
            let standard =
                declaration.standard.isEmpty || declaration.standard == "\"\""
                ? "" : isInherited ? "as `\(declaration.standard)`" : "`\(declaration.standard)`"
            let cells = ["`\(shownPath(declaration))`", standard, allowed, meaning(declaration)]
            lines.append("| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func shownPath(_ declaration: SettingDeclaration) -> String {
        declaration.path.description.replacing("[0]", with: "[]")
    }

    private static func written(_ declaration: SettingDeclaration) -> String {
        if declaration.standard.isEmpty { return declaration.kind.hasPrefix("a list") ? "[]" : "\"\"" }
        return declaration.standard
    }

    private static func help(_ declaration: SettingDeclaration) -> [String] {
        let allowed = declaration.allowed.isEmpty ? "" : " (\(declaration.allowed))"
        var lines = [declaration.help + allowed]
        if declaration.standard.hasPrefix("resilience.") { lines[0] += " Default: \(declaration.standard)." }
        let variables = declaration.aboveFile + declaration.belowFile
        if !variables.isEmpty { lines.append("Also set by \(variables.joined(separator: ", ")).") }
        if declaration.needsRestart { lines.append("A change needs a restart.") }
        return lines
    }

    private static func wrapped(_ text: String, to width: Int) -> [String] {
        text.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }

    private static func meaning(_ declaration: SettingDeclaration) -> String {
        var sentences = [declaration.help]
        let variables = (declaration.aboveFile + declaration.belowFile).map { "`\($0)`" }
        if !variables.isEmpty { sentences.append("Also set by \(variables.joined(separator: ", ")).") }
        if declaration.needsRestart { sentences.append("A change needs a restart.") }
        return sentences.joined(separator: " ")
    }

    private static let introduction = """
        # llm-gateway: every setting with its default. Generated from the program; nothing here has to be changed to start.
        #
        # Each setting is also a variable: LLM_GATEWAY_ and its path in capitals, joined by _ (server.port:
        # LLM_GATEWAY_SERVER_PORT); lists are separated by commas. The command line beats variables, variables beat this file.
        # An empty value is as if it were not there. ${NAME} and ${NAME:-default} put variables into any text.
        # Durations: 250ms, 5s, 2m, 1h. Sizes: 512KiB, 32MiB, or bytes.
        # `llm-gateway check-config` checks this file; `llm-gateway print-config` shows what is in force, and why.
        """.split(separator: "\n").map(String.init)

    private static func examples(of path: SettingPath) -> [String] {
        guard case .key(let key)? = path.components.first else { return [] }
        let example =
            switch key {
            case "providers":
                """
                # Providers. openai, anthropic, gemini, huggingface, ollama and simulated are known without being mentioned: a
                # credential in OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or GOOGLE_API_KEY, HUGGINGFACE_API_KEY or
                # HF_TOKEN is enough; for ollama, OLLAMA_HOST, or that it answers at its usual address. Examples:
                #
                # providers:
                #   openai:
                #     api_key: ${OPENAI_API_KEY}
                #   anthropic:
                #     api_key: ${ANTHROPIC_API_KEY}
                #   gemini:
                #     api_key: ${GEMINI_API_KEY}
                #   ollama:
                #     base_url: http://127.0.0.1:11434
                #   my-vllm:
                #     type: openai-compatible
                #     base_url: http://127.0.0.1:8000/v1
                #     models: [llama-3.1-8b]
                #   simulated:
                #     first_token: 300ms
                #     tokens_per_second: 20
                #
                # Everything that can be said about a provider:
                #
                """
            case "model_info":
                """
                # What upstream models can do and cost, laid over what the gateway knows of them. Names are upstream models,
                # or a provider and one; * stands for any text, and the first that fits counts. Example:
                #
                # model_info:
                #   ollama/llama3*: { context_window: 8192, images: false }
                #   my-model: { max_output: 4096, usd_per_million: { input: 2.5, output: 10 } }
                #
                # Everything that can be said about a model:
                #
                """
            case "keys":
                """
                # Keys that clients call with. Without any the gateway is open, and says so at start. Example:
                #
                # keys:
                #   - name: team-a
                #     key: ${TEAM_A_KEY}
                #     models: [gpt-*, claude-*]
                #     requests_per_minute: 600
                #     budget: { usd: 100, period: month }
                #   - { name: operator, key_file: /run/secrets/operator-key, admin: true }
                #
                # Everything that can be said about a key:
                #
                """
            default:
                """
                # Models: names for clients, and the plan behind each. Example:
                #
                # models:
                #   fast:
                #     strategy: weighted
                #     targets:
                #       - { provider: openai, model: gpt-4o-mini, weight: 3 }
                #       - { provider: my-vllm, model: llama-3.1-8b, weight: 1 }
                #
                # Everything that can be said about a model:
                #
                """
            }
        return example.split(separator: "\n").map(String.init)
    }
}

extension String {
    fileprivate var withoutArticle: String { hasPrefix("a ") ? String(dropFirst(2)) : self }
}
