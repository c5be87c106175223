import Yams

/// Reads YAML (and so JSON) into nodes that know their lines.
struct YAMLText {
    /// What the file is called in messages.
    let file: String
    /// The environment that `${NAME}` refers to.
    let variables: [String: String]

    private(set) var problems: [ConfigurationError.Problem] = []

    init(file: String, variables: [String: String]) {
        (self.file, self.variables) = (file, variables)
    }

    /// The root of the text, or nil when it is empty or can't be read; then ``problems`` says why.
    mutating func parse(_ text: String) -> YAMLNode? {
        guard let root = compose(text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text) else { return nil }
        let node = convert(root, path: "")
        switch node.content {
        case .nothing: return nil
        case .mapping: return node
        case .scalar, .sequence:
            report(node.line, "", "the file must hold keys and values, not \(node.kind)")
            return nil
        }
    }

    /// Parses, and goes on after a duplicate key, so that the other problems of the file are found in the same run:
    /// Yams stops at the first one, so that key is marked in the text and the text is read again.
    private mutating func compose(_ original: String) -> Node? {
        var text = original
        for attempt in 0..<100 {
            do {
                return try Yams.compose(yaml: text)
            } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
                guard let marked = Self.mark(text, at: context.mark), attempt < 99 else {
                    report(context.mark.line, keys.joined(separator: ", "), "is given twice")
                    return nil
                }
                text = marked
            } catch let error as YamlError {
                reportUnreadable(error, in: text)
                return nil
            } catch {
                report(1, "", "the file is not YAML")
                return nil
            }
        }
        return nil
    }

    /// A character of the private use area: it makes a key unique, and no configuration has it in a key.
    private static let duplicateMark: Character = "\u{F8FE}"

    private static func mark(_ text: String, at mark: Mark) -> String? {
        var scalars = Array(text.unicodeScalars)
        var (line, index) = (1, 0)
        while line < mark.line, index < scalars.count {
            if scalars[index] == "\n" { line += 1 }
            index += 1
        }
        index += mark.column - 1
        guard line == mark.line, scalars.indices.contains(index) else { return nil }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        scalars.insert(contentsOf: duplicateMark.unicodeScalars, at: index)
        var marked = String.UnicodeScalarView()
        marked.append(contentsOf: scalars)
        return String(marked)
    }

    private mutating func convert(_ node: Node, path: String) -> YAMLNode {
        let line = node.mark?.line ?? 1
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            let text = VariableReferences.expand(scalar.string, from: variables)
            if isNull || text.isEmpty { return YAMLNode(line: line, content: .nothing) }
            return YAMLNode(line: line, content: .scalar(text, isExpanded: text != scalar.string))
        case .sequence(let sequence):
            var elements: [YAMLNode] = []
            for (index, element) in sequence.enumerated() {
                elements.append(convert(element, path: "\(path)[\(index)]"))
            }
            return YAMLNode(line: line, content: .sequence(elements))
        case .mapping(let mapping):
            return YAMLNode(line: line, content: .mapping(entries(of: mapping, path: path)))
        case .alias:
            return YAMLNode(line: line, content: .nothing)  // Yams has put the anchor's node in its place
        }
    }

    private mutating func entries(of mapping: Node.Mapping, path: String) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var merged: [YAMLNode.Entry] = []
        for (keyNode, valueNode) in mapping {
            let line = keyNode.mark?.line ?? 1
            guard case .scalar(let scalar) = keyNode else {
                report(line, path, "a key must be text")
                continue
            }
            let key = String(scalar.string.drop { $0 == Self.duplicateMark })
            let full = path.isEmpty ? key : "\(path).\(key)"
            let value = convert(valueNode, path: full)
            if key == "<<", scalar.style == .plain {
                if case .sequence(let parts) = value.content { merged += parts.flatMap(\.entries) }
                merged += value.entries
            } else if let first = entries.first(where: { $0.key == key }) {
                report(line, full, "is given twice, first on line \(first.line)")
            } else {
                entries.append(YAMLNode.Entry(key: key, line: line, value: value))
            }
        }
        for entry in merged where !entries.contains(where: { $0.key == entry.key }) { entries.append(entry) }
        return entries
    }

    /// Says where the text stops being YAML; not what stands there, which may be a secret.
    private mutating func reportUnreadable(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            report(mark.line, "", "not YAML: \(problem) (column \(mark.column))")
        case .reader(let problem, let offset, _, _):
            let line = 1 + text.utf8.prefix(offset ?? 0).count { $0 == UInt8(ascii: "\n") }
            report(line, "", "not YAML: \(problem)")
        default:
            report(1, "", "the file is not YAML")
        }
    }

    private mutating func report(_ line: Int, _ path: String, _ sentence: String) {
        problems.append(
            ConfigurationError.Problem(place: "\(file):\(line)", path: path, sentence: sentence, line: line))
    }
}
