/// One run over the configuration: what the sources say, and everything that the initialisers asked for meanwhile.
///
/// Lives for one load, on one thread; the ``Settings`` cursors of that load share it.
final class SettingsReading {
    /// What the file is called in messages.
    let file: String
    let environment: [String: String]
    let commandLine: [String: String]
    /// True when nothing is to be loaded: the run is for its ``declarations``, with placeholders for names.
    let isDocumenting: Bool

    private(set) var problems: [ConfigurationError.Problem] = []
    private(set) var warnings: [String] = []
    private(set) var declarations: [SettingDeclaration] = []
    private(set) var values: [EffectiveSetting] = []
    private(set) var secretFiles: [String] = []

    /// The keys that each section knows, and the sections of the file that were read.
    private var validKeys: [SettingPath: [String]] = [:]
    private var readSections: [(path: SettingPath, node: YAMLNode)] = []
    private var askedVariables: Set<String> = ["LLM_GATEWAY_CONFIG"]
    private var askedOverrides: Set<String> = []

    init(
        file: String = "", environment: [String: String] = [:], commandLine: [String: String] = [:],
        isDocumenting: Bool = false
    ) {
        (self.file, self.environment, self.commandLine) = (file, environment, commandLine)
        self.isDocumenting = isDocumenting
    }

    func report(_ problem: ConfigurationError.Problem) {
        if !problems.contains(problem) { problems.append(problem) }
    }

    func report(_ origin: SettingOrigin, _ path: SettingPath, _ sentence: String, nearest: String? = nil) {
        report(
            ConfigurationError.Problem(
                place: origin.place, path: path.description, sentence: sentence, nearest: nearest, line: origin.line))
    }

    func warn(_ sentence: String) { warnings.append(sentence) }

    func hasProblem(at path: SettingPath) -> Bool { problems.contains { $0.path == path.description } }

    func declare(_ declaration: SettingDeclaration) { declarations.append(declaration) }

    func record(_ value: EffectiveSetting) { values.append(value) }

    /// Takes back a value that was read and is of no use beside a stronger one.
    func withdraw(_ path: SettingPath) { values.removeAll { $0.path == path } }

    func watch(_ secretFile: String) { secretFiles.append(secretFile) }

    func allow(_ key: String, in section: SettingPath) { validKeys[section, default: []].append(key) }

    func read(_ section: SettingPath, _ node: YAMLNode) { readSections.append((section, node)) }

    /// The variable's value, unless it is empty; from then on it counts as known.
    func variable(_ name: String, in variables: [String: String]) -> String? {
        askedVariables.insert(name)
        return variables[name]?.trimmed.nonEmpty
    }

    /// The command line's value, unless it is empty; from then on it counts as known.
    func override(_ path: SettingPath) -> String? {
        let name = path.description
        askedOverrides.insert(name)
        return commandLine[name]?.trimmed.nonEmpty
    }

    /// Reports what was said and nobody asked for. Called once, when every initialiser has run.
    func reportUnknown() {
        for (path, node) in readSections {
            let valid = validKeys[path] ?? []
            for entry in node.entries where !valid.contains(entry.key) {
                let origin = SettingOrigin(precedence: .file, place: "\(file):\(entry.line)", line: entry.line)
                let nearest = nearestKey(to: entry.key, in: path, among: valid)
                report(origin, path.key(entry.key), "there is no such key", nearest: nearest)
            }
        }
        for name in commandLine.keys.sorted() where !askedOverrides.contains(name) {
            let nearest = NearestName.to(name, among: askedOverrides.sorted())
            report(
                ConfigurationError.Problem(
                    place: SettingOrigin.commandLine.place, path: name, sentence: "there is no such key",
                    nearest: nearest))
        }
        warnOfUnknownVariables()
    }

    /// A slip among its neighbours; else the same key in another section, the least deep and the first that there is; else
    /// whatever neighbour is nearest.
    private func nearestKey(to key: String, in section: SettingPath, among valid: [String]) -> String? {
        if let slip = NearestName.to(key, among: valid, atMost: NearestName.slip(in: key)) { return slip }
        let elsewhere = validKeys.filter { $0.value.contains(key) }.map { $0.key.key(key).description }
        func rank(_ path: String) -> (depth: Int, order: Int, length: Int, path: String) {
            let order = values.firstIndex { $0.path.description == path } ?? values.count
            return (path.count { $0 == "." }, order, path.count, path)
        }
        return elsewhere.min { rank($0) < rank($1) } ?? NearestName.to(key, among: valid)
    }

    private func warnOfUnknownVariables() {
        let known = askedVariables.filter { $0.hasPrefix(SettingPath.variablePrefix) }.sorted()
        var links: [String] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard name.hasPrefix(SettingPath.variablePrefix), !value.isEmpty, !askedVariables.contains(name) else {
                continue
            }
            if Self.isServiceLink(name, value) {
                links.append(name)
            } else {
                let nearest = NearestName.to(name, among: known).map { " (nearest: \($0))" } ?? ""
                warn("\(name): there is no such setting; the variable is ignored\(nearest)")
            }
        }
        if !links.isEmpty {
            warn("\(links.joined(separator: ", ")): ignored, for they look like links to a Kubernetes Service")
        }
    }

    /// Kubernetes gives every container `NAME_SERVICE_HOST`, `NAME_PORT_80_TCP_ADDR` and the like for each Service, so a
    /// Service called llm-gateway fills our own name space.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || value.hasPrefix("tcp://")
            || name.contains("_PORT_") && name.contains("_TCP")
    }
}

extension String {
    /// Nil when it is empty, which everywhere in a configuration means that it was not said.
    var nonEmpty: String? { isEmpty ? nil : self }
}
