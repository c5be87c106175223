/// What a file of its own says of upstream models.
struct ModelInfoFile: Sendable {
    /// In the words of `model_info`, in the order of the file.
    private(set) var entries: [ModelInfoSettings.Entry] = []
    /// In LiteLLM's words, by upstream model or provider and model; every name is itself and no pattern.
    private(set) var listed: [String: ModelFacts] = [:]

    /// Nothing is said.
    static let none = ModelInfoFile()

    private init() {}

    /// Reads a file, which is watched from then on, even when it can't be read.
    ///
    /// - Parameter origin: Where the file was named.
    init(_ path: String, named origin: SettingOrigin, _ settings: Settings) {
        let outer = settings.reading
        outer.watch(path)
        let text: String
        do {
            text = try FileContents.text(of: path)
        } catch {
            settings.complain("model_info_file", "the file \(path) can't be read: \(error.reason)")
            return
        }
        let reading = SettingsReading(file: path)
        read(Self.root(of: text, reading), reading)
        reading.reportUnknown()
        reading.problems.forEach(outer.report)
    }

    /// JSON is read by the gateway's own parser: LiteLLM's list is long, and YAML's takes a second for it.
    private static func root(of text: String, _ reading: SettingsReading) -> YAMLNode? {
        let isObject = text.utf8.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
        if isObject, let root = YAMLNode(json: text) { return root }
        var yaml = YAMLText(file: reading.file, variables: [:])
        let root = yaml.parse(text)
        yaml.problems.forEach(reading.report)
        return root
    }

    private mutating func read(_ root: YAMLNode?, _ reading: SettingsReading) {
        guard var root else { return }
        if root.entries.count == 1, let only = root["model_info"] { root = only }
        for entry in root.entries {
            if LiteLLMEntry.isOne(entry) {
                guard let facts = LiteLLMEntry.facts(entry) else { continue }
                for name in LiteLLMEntry.names(of: entry.key) { listed[name] = facts }
            } else {
                let place = SettingOrigin(
                    precedence: .file, place: "\(reading.file):\(entry.line)", line: entry.line)
                entries.append(
                    ModelInfoSettings.Entry(
                        entry.key,
                        Settings(
                            reading, path: SettingPath().key(entry.key), node: entry.value, origin: place,
                            variables: [:])))
            }
        }
    }
}
