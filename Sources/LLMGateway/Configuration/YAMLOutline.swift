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
            !["null", "Null", "NULL"].contains(text)
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

    /// A list on one line.
    static func flow(_ list: [String]) -> String { "[\(list.map(scalar).joined(separator: ", "))]" }
}
