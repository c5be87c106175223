/// A section of the configuration, to be read by an initialiser. Reading a setting declares it.
///
/// The same initialiser, run on a file and an environment, loads; run on nothing, it documents: the reference, the names of
/// the variables and the check for misspelt keys come from the very calls that read the values.
///
/// A problem does not stop the reading: it is noted, the default is returned, and the load fails at its end with all of them.
struct Settings {
    let reading: SettingsReading
    let path: SettingPath

    /// The section in the file, if it is there.
    let node: YAMLNode?
    /// Where the section itself was named.
    let origin: SettingOrigin
    /// The variables that are meant for this section.
    let variables: [String: String]
    /// The section whose values are this one's defaults: `resilience.timeouts` for a provider's `timeouts`.
    let inherited: SettingPath?

    init(
        _ reading: SettingsReading, path: SettingPath = SettingPath(), node: YAMLNode?, origin: SettingOrigin,
        variables: [String: String], inherited: SettingPath? = nil
    ) {
        (self.reading, self.path, self.origin) = (reading, path, origin)
        (self.variables, self.inherited) = (variables, inherited)
        if let node, case .mapping = node.content {
            self.node = node
            reading.read(path, node)
        } else {
            self.node = nil
            if let node, !node.isEmpty { reading.report(origin, path, "must be a section of keys, not \(node.kind)") }
        }
    }

    /// Reads a setting that has a default.
    ///
    /// - Parameter aboveFile: further variables that beat the file; the first one that is set counts.
    /// - Parameter belowFile: other programs' variables, which the file beats.
    /// - Parameter needsRestart: whether a reload can't apply a change.
    func read<Value>(
        _ key: String, _ spelling: Spelling<Value>, default standard: Value, aboveFile: [String] = [],
        belowFile: [String] = [], needsRestart: Bool = false, _ help: String
    ) -> Value {
        let shown = spelling.write(standard)
        declare(key, spelling, inherited?.key(key).description ?? shown, aboveFile, belowFile, needsRestart, help)
        let found = find(key, spelling, aboveFile, belowFile)
        let unsaid = SettingOrigin(
            precedence: .standard, place: inherited.map { "as \($0.key(key))" } ?? SettingOrigin.standard.place)
        reading.record(
            EffectiveSetting(
                path: path.key(key), written: found.map { spelling.write($0.value) } ?? shown,
                secretDigest: found?.secretDigest, origin: found?.origin ?? unsaid, needsRestart: needsRestart))
        return found?.value ?? standard
    }

    /// Reads a setting that has no default: nil when nobody said anything, or something wrong.
    func readIfSet<Value>(
        _ key: String, _ spelling: Spelling<Value>, belowFile: [String] = [], needsRestart: Bool = false, _ help: String
    ) -> (value: Value, origin: SettingOrigin)? {
        declare(key, spelling, "", [], belowFile, needsRestart, help)
        guard let found = find(key, spelling, [], belowFile) else { return nil }
        reading.record(
            EffectiveSetting(
                path: path.key(key), written: spelling.write(found.value), secretDigest: found.secretDigest,
                origin: found.origin, needsRestart: needsRestart))
        return (found.value, found.origin)
    }

    /// Notes that a setting can't stand as it is; the place is the one that its value came from, else the section's.
    func complain(_ key: String? = nil, _ sentence: String, nearest: String? = nil) {
        guard !reading.isDocumenting else { return }
        let subject = key.map { path.key($0) } ?? path
        reading.report(origin(of: key), subject, sentence, nearest: nearest)
    }

    /// Where a value that was read came from; for one that nobody set, where its section was named.
    private func origin(of key: String?) -> SettingOrigin {
        guard let key else { return origin }
        let value = reading.values.last { $0.path == path.key(key) && $0.origin.precedence != .standard }
        if let value { return value.origin }
        return node?.entries.first { $0.key == key }.map { fileOrigin($0.line) } ?? origin
    }

    private func declare<Value>(
        _ key: String, _ spelling: Spelling<Value>, _ standard: String, _ aboveFile: [String], _ belowFile: [String],
        _ needsRestart: Bool, _ help: String
    ) {
        reading.allow(key, in: path)
        reading.declare(
            SettingDeclaration(
                path: path.key(key), kind: spelling.kind, allowed: spelling.allowed, standard: standard, help: help,
                isSecret: spelling.isSecret, isTable: false, needsRestart: needsRestart, aboveFile: aboveFile,
                belowFile: belowFile))
    }

    /// What the sources say, the strongest first. The order of SettingOrigin.Precedence is the order of these lines.
    func find<Value>(
        _ key: String, _ spelling: Spelling<Value>, _ aboveFile: [String], _ belowFile: [String]
    ) -> (value: Value, origin: SettingOrigin, secretDigest: Int?)? {
        typealias Said = (written: Spelling<Value>.Written, origin: SettingOrigin)
        let path = path.key(key)
        var said: [Said] = []
        if let text = reading.override(path) { said.append((.text(text), .commandLine)) }
        if let name = path.variable, let text = reading.variable(name, in: variables) {
            said.append((.text(text), SettingOrigin(precedence: .variable, place: name)))
        }
        for name in aboveFile {
            guard let text = reading.variable(name, in: reading.environment) else { continue }
            said.append((.text(text), SettingOrigin(precedence: .variableAboveFile, place: name)))
        }
        if let node = node?[key] { said.append((.node(node), fileOrigin(of: key))) }
        for name in belowFile {
            guard let text = reading.variable(name, in: reading.environment) else { continue }
            let own = spelling.fromOtherPrograms?(text) ?? text
            said.append((.text(own), SettingOrigin(precedence: .variableBelowFile, place: name)))
        }
        for (written, origin) in said {
            if spelling.isPort, origin.line == nil, case .text(let text) = written, text.hasPrefix("tcp://") {
                reading.warn("\(origin.place): ignored, for '\(text)' is a Kubernetes service link and not a port")
                continue
            }
            do {
                let value = try spelling.read(written)
                if spelling.saysNothing?(value) == true { continue }
                return (value, origin, spelling.isSecret ? written.digest : nil)
            } catch {
                reading.report(origin, path, error.sentence)
                return nil
            }
        }
        return nil
    }

    func fileOrigin(_ line: Int) -> SettingOrigin {
        SettingOrigin(precedence: .file, place: "\(reading.file):\(line)", line: line)
    }

    private func fileOrigin(of key: String) -> SettingOrigin {
        fileOrigin(node?.entries.first { $0.key == key }?.line ?? origin.line ?? 1)
    }
}
