public import WireFormats

/// A configuration that was read and found to be right.
///
/// ```swift
/// let configuration = try GatewayConfiguration.load(path: "config.yaml")
/// ```
public struct GatewayConfiguration: Sendable {
    let settings: GatewaySettings

    /// What is not wrong, but probably not meant: unknown variables, ports that are service links, empty secret files.
    public let warnings: [String]

    /// Every setting that has a value, in the order of the reference, and where it came from.
    let values: [EffectiveSetting]

    /// The file it came from; nil: built-in defaults, variables and the command line alone.
    public let path: String?

    /// The files whose change calls for a reload.
    let watchedFiles: [String]

    /// Whether its file, if it has one, says nothing at all.
    let isEmpty: Bool

    /// Reads a file, or looks for one: `LLM_GATEWAY_CONFIG`, `CONFIG_PATH`, `./config.yaml` if it is there; else defaults.
    ///
    /// - Parameters:
    ///   - path: The file; nil: it is looked for.
    ///   - environment: The variables that are settings themselves, and those that `${NAME}` in the file means.
    ///   - types: The types that a provider may have: `.builtIn + [Mine.kind]` for a program with one of its own.
    ///   - formats: The formats that a provider may speak.
    /// - Throws: ``ConfigurationError`` with every problem that was found.
    public static func load(
        path: String? = nil, environment: [String: String] = [:], types: [KnownProviderType] = .builtIn,
        formats: [any WireFormat] = .builtIn
    ) throws(ConfigurationError) -> GatewayConfiguration {
        try load(commandLine: [:], environment: environment, path: path, types: types, formats: formats)
    }

    /// Reads YAML (or JSON) text.
    ///
    /// - Parameters:
    ///   - name: What the text is called in problems.
    ///   - types: The types that a provider may have.
    ///   - formats: The formats that a provider may speak.
    /// - Throws: ``ConfigurationError`` with every problem that was found.
    public static func load(
        yaml text: String, name: String = "config.yaml", environment: [String: String] = [:],
        types: [KnownProviderType] = .builtIn, formats: [any WireFormat] = .builtIn
    ) throws(ConfigurationError) -> GatewayConfiguration {
        try load(
            text: text, name: name, path: nil, commandLine: [:], environment: environment,
            known: KnownNames(types: types, formats: formats))
    }

    /// Reads what a start of the program says.
    ///
    /// - Parameters:
    ///   - commandLine: Values by path, `server.port`; they beat everything else.
    ///   - path: What `--config` said.
    ///   - types: The types that a provider may have.
    ///   - formats: The formats that a provider may speak.
    /// - Throws: ``ConfigurationError`` with every problem that was found; also for a named file that is not there.
    public static func load(
        commandLine: [String: String], environment: [String: String], path: String?,
        types: [KnownProviderType] = .builtIn, formats: [any WireFormat] = .builtIn
    ) throws(ConfigurationError) -> GatewayConfiguration {
        let known = KnownNames(types: types, formats: formats)
        guard let file = file(named: path, environment) else {
            return try load(
                text: "", name: "", path: nil, commandLine: commandLine, environment: environment, known: known)
        }
        let text: String
        do {
            text = try FileContents.text(of: file.path)
        } catch {
            let by = file.variable.map { ", named by \($0)," } ?? ""
            let sentence = "the configuration file\(by) can't be read: \(error.reason)"
            throw ConfigurationError(
                [ConfigurationError.Problem(place: file.path, path: "", sentence: sentence)],
                watchedFiles: [file.path])
        }
        return try load(
            text: text, name: file.path, path: file.path, commandLine: commandLine, environment: environment,
            known: known)
    }

    private static func file(named path: String?, _ environment: [String: String]) -> (path: String, variable: String?)?
    {
        if let path = path?.nonEmpty { return (path, nil) }
        for name in ["LLM_GATEWAY_CONFIG", "CONFIG_PATH"] {
            if let path = environment[name]?.trimmed.nonEmpty { return (path, name) }
        }
        return FileContents.exists("config.yaml") ? ("config.yaml", nil) : nil
    }

    private static func load(
        text: String, name: String, path: String?, commandLine: [String: String], environment: [String: String],
        known: KnownNames
    ) throws(ConfigurationError) -> GatewayConfiguration {
        var yaml = YAMLText(file: name, variables: environment)
        let root = yaml.parse(text)
        let reading = SettingsReading(file: name, environment: environment, commandLine: commandLine)
        yaml.problems.forEach(reading.report)
        let settings = GatewaySettings(
            Settings(reading, node: root, origin: .standard, variables: environment), known: known)
        reading.reportUnknown()

        let watched = [path].compactMap { $0 } + reading.secretFiles
        guard reading.problems.isEmpty else { throw ConfigurationError(reading.problems, watchedFiles: watched) }
        return GatewayConfiguration(
            settings: settings, warnings: reading.warnings, values: reading.values, path: path, watchedFiles: watched,
            isEmpty: root?.entries.isEmpty ?? true)
    }

    /// Makes sure that a file which said something hasn't gone: one that is being replaced may be away, or empty, for
    /// longer than a moment, and nothing shall be taken for the wish to run on defaults, without keys.
    func mustNotHaveLost(_ old: GatewayConfiguration) throws(ConfigurationError) {
        guard let file = old.path, !old.isEmpty, isEmpty else { return }
        let sentence =
            path == nil
            ? "the configuration file is gone; a restart goes without it"
            : "the configuration file is empty; a restart takes it as it is"
        throw ConfigurationError(
            [ConfigurationError.Problem(place: file, path: "", sentence: sentence)], watchedFiles: [file] + watchedFiles
        )
    }

    /// The settings that have changed from one load to the next, differ from what the process runs with, and that a
    /// reload can't apply.
    static func restartRequired(
        from old: GatewayConfiguration, to new: GatewayConfiguration, running: GatewayConfiguration
    ) -> [String] {
        let pending = restartRequired(from: running, to: new)
        return restartRequired(from: old, to: new).filter(pending.contains)
    }

    /// The settings that differ between two configurations and that a reload can't apply.
    static func restartRequired(from old: GatewayConfiguration, to new: GatewayConfiguration) -> [String] {
        func byPath(_ configuration: GatewayConfiguration) -> [SettingPath: EffectiveSetting] {
            Dictionary(configuration.values.map { ($0.path, $0) }) { first, _ in first }
        }
        let (before, after) = (byPath(old), byPath(new))
        let changed = new.values.filter { value in value.needsRestart && before[value.path]?.isSame(as: value) != true }
        let removed = old.values.filter { $0.needsRestart && after[$0.path] == nil }
        return (changed + removed).map(\.path.description)
    }
}

extension GatewayConfiguration {
    /// A problem with a setting that shows only when it is put to use; its place is where the value was said.
    func problem(_ setting: String, _ sentence: String) -> ConfigurationError.Problem {
        let said = values.first { $0.path.description == setting && $0.origin.precedence != .standard }?.origin
        return ConfigurationError.Problem(
            place: said?.place ?? path ?? "configuration", path: setting, sentence: sentence, line: said?.line)
    }

    /// A problem with a provider, in words that begin with the setting's name where it is about one.
    func problem(ofProvider name: String, _ words: String) -> ConfigurationError.Problem {
        let entry = SettingPath().key("providers").key(name).description
        let settings = values.map(\.path.description).filter { $0.hasPrefix(entry + ".") }
        for setting in settings {
            let own = setting.dropFirst(entry.count + 1)
            guard words.hasPrefix(own + " ") || words.hasPrefix(own + ": ") else { continue }
            let sentence = words.dropFirst(own.count).drop { $0 == ":" || $0 == " " }
            return problem(setting, String(sentence))
        }
        let line = values.first { $0.path.description.hasPrefix(entry + ".") && $0.origin.line != nil }?.origin
        return ConfigurationError.Problem(
            place: line?.place ?? path ?? "configuration", path: entry, sentence: words, line: line?.line)
    }

    /// The effective configuration as YAML, secrets masked, with the source of each value as a comment.
    public func printed() -> String {
        var outline = YAMLOutline()
        let lines = values.flatMap { value in
            let sections = outline.sections(of: value.path)
            let line = outline.line(value.path, value.written)
            let gap = String(repeating: " ", count: max(2, 44 - line.count))
            return sections + ["\(line)\(gap)# \(value.origin.place)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
