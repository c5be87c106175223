import WireFormats

extension YAMLNode {
    /// Reads JSON, which is YAML too, but is read many times faster by itself.
    ///
    /// - Returns: nil for what isn't JSON, and for an object with a key twice: YAML's reader has the words for that.
    init?(json text: String) {
        let bytes = Array(text.utf8)
        let node = bytes.withUnsafeBytes { bytes -> YAMLNode? in
            let tape = JSONTape()
            guard let root = try? tape.parse(bytes) else { return nil }
            var lines = LineCounter(bytes)
            return Self.read(root, &lines)
        }
        guard let node else { return nil }
        self = node
    }

    private static func read(_ node: JSONNode, _ lines: inout LineCounter) -> YAMLNode? {
        let line = lines.line(at: node.range.lowerBound)
        switch node.kind {
        case .object:
            guard let members = try? node.members() else { return nil }
            var entries: [Entry] = []
            var keys: Set<String> = []
            for (key, value) in members {
                let keyLine = lines.line(at: key.range.lowerBound)
                guard let name = try? key.string(), keys.insert(name).inserted, let value = read(value, &lines) else {
                    return nil
                }
                entries.append(Entry(key: name, line: keyLine, value: value))
            }
            return YAMLNode(line: line, content: .mapping(entries))
        case .array:
            var elements: [YAMLNode] = []
            for element in node.anyElements {
                guard let element = read(element, &lines) else { return nil }
                elements.append(element)
            }
            return YAMLNode(line: line, content: .sequence(elements))
        case .null: return YAMLNode(line: line, content: .nothing)
        case .string:
            guard let text = try? node.string() else { return nil }
            return YAMLNode(
                line: line, content: text.isEmpty ? .nothing : .scalar(text, isExpanded: false), literal: .text)
        case .number, .true, .false:
            return YAMLNode(
                line: line, content: .scalar(String(decoding: node.raw, as: UTF8.self), isExpanded: false),
                literal: node.kind == .number ? .number : .flag)
        }
    }
}

/// Finds lines, counted from 1, by offsets that only grow.
private struct LineCounter {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var line = 1

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func line(at offset: Int) -> Int {
        while position < offset {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
        return line
    }
}
