/// Writes settings as YAML, one after the other: opens the sections that a setting stands in as it meets them.
struct YAMLOutline {
    private var open: [SettingPath.Component] = []
    private var dash: Int?

    /// The lines of the sections that have to be opened before this setting.
    mutating func sections(of path: SettingPath) -> [String] {
        let containers = Array(path.components.dropLast())
        let shared = zip(containers, open).prefix { $0 == $1 }.count
        var lines: [String] = []
        for depth in shared..<max(shared, containers.count) {
            switch containers[depth] {
            case .key(let key): lines.append(indentation(depth) + Self.scalar(key) + ":")
            case .index: dash = depth
            }
        }
        open = containers
        return lines
    }

    /// The setting's own line. The first one of a list's element carries the dash.
    mutating func line(_ path: SettingPath, _ written: String) -> String {
        guard case .key(let key)? = path.components.last else { return "" }
        defer { dash = nil }
        let start = dash.map { indentation($0) + "- " } ?? indentation(path.components.count - 1)
        return "\(start)\(Self.scalar(key)): \(written)"
    }

    /// Spaces before what stands this deep.
    func indentation(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    /// Text as a YAML scalar: plain where it can be, else in double quotes.
    static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "._-/:+".utf8.contains(byte)
        }
        let first = text.first ?? ":"
        if isPlain, first.isLetter || first.isNumber || first == "/" || first == ".", !text.hasSuffix(":"),
            !readsAsAnother(text)
        {
            return text
        }
        let escaped = text.map { character in
            switch character {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\r", "\r\n": "\\r"
            case "\t": "\\t"
            default: String(character)
            }
        }
        return "\"\(escaped.joined())\""
    }

    /// One of the words that a setting may be: plain, but for those that YAML 1.1 takes for a yes or a no.
    static func word(_ text: String) -> String {
        ["y", "n", "yes", "no", "on", "off"].contains(text.lowercased()) ? "\"\(text)\"" : text
    }

    /// Whether some reader of YAML, of 1.1 or 1.2, takes plain text for something else: a number, a yes, a null.
    private static func readsAsAnother(_ text: String) -> Bool {
        let word = text.lowercased()
        if ["null", "true", "false", "y", "n", "yes", "no", "on", "off", ".inf", ".nan"].contains(word) { return true }
        guard let first = text.first, first.isNumber || first == "." else { return false }
        let plain = word.replacing("_", with: "")
        // Times of day are numbers of YAML 1.1's too: 12:30.
        let isSexagesimal = plain.contains(":") && plain.allSatisfy { $0.isNumber || $0 == ":" }
        return isSexagesimal || Double(plain) != nil
            || Int(plain.dropFirst(2), radix: 8) != nil && plain.hasPrefix("0o")
    }

    /// A list on one line.
    static func flow(_ list: [String]) -> String { "[\(list.map(scalar).joined(separator: ", "))]" }
}
