/// Puts together the arguments of a call that come in pieces: values of a JSON tree, each under its path (RFC 9535), texts
/// bit by bit.
struct GeminiPartialArguments {
    /// The arguments, where they came whole after all.
    var whole: [UInt8]?
    private let root = Node()

    /// A value of the tree. A class, so that a text deep down grows in place.
    private final class Node {
        enum Value { case nothing, text, raw([UInt8]), object, array }
        var value = Value.nothing
        var text: [UInt8] = []
        /// The names of an object's members.
        var keys: [String] = []
        /// An object's members, or an array's elements.
        var children: [Node] = []

        func child(_ step: Step) -> Node {
            switch step {
            case .key(let key):
                value = .object
                if let place = keys.lastIndex(of: key), place < children.count { return children[place] }
                keys.append(key)
            case .index(let index):
                value = .array
                if children.indices.contains(index) { return children[index] }
            }
            let child = Node()
            children.append(child)
            return child
        }

        func write(to json: inout JSONWriter) {
            switch value {
            case .nothing: json.value(raw: "null".utf8)
            case .text: json.value(String(decoding: text, as: UTF8.self))
            case .raw(let raw): json.value(raw: raw)
            case .array: json.array(children) { child, json in child.write(to: &json) }
            case .object:
                json.object { json in
                    for (key, child) in zip(keys, children) { json.field(key) { json in child.write(to: &json) } }
                }
            }
        }
    }

    private enum Step {
        case key(String)
        case index(Int)
    }

    /// Takes in one element of `partialArgs`. What can't be understood is passed over.
    func add(_ argument: JSONNode) {
        guard let path = argument.googleText("jsonPath"), let steps = Self.steps(path), !steps.isEmpty else { return }
        let node = steps.reduce(root) { $0.child($1) }
        if let text = argument.optional("stringValue"), text.kind == .string {
            node.value = .text
            node.text += Array(text.decoded().utf8)
        } else if let value = argument.optional("numberValue") ?? argument.optional("boolValue") {
            node.value = .raw(Array(value.raw))
        } else if argument["nullValue"] != nil {
            node.value = .raw(Array("null".utf8))
        }
    }

    /// All that came: an object.
    var json: [UInt8] {
        if let whole { return whole }
        guard case .object = root.value else { return Array("{}".utf8) }
        return JSONWriter.write { json in root.write(to: &json) }
    }

    /// The steps of `$.a['b c'][0]`; nil for what is no such path.
    private static func steps(_ path: String) -> [Step]? {
        var steps: [Step] = []
        var rest = Substring(path).utf8
        guard rest.popFirst() == UInt8(ascii: "$") else { return nil }
        while let first = rest.popFirst() {
            guard steps.count < JSONTape.maximumDepth / 2 else { return nil }
            if first == UInt8(ascii: ".") {
                let name = rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
                rest = rest.dropFirst(name.count)
                steps.append(.key(String(decoding: name, as: UTF8.self)))
            } else if first == UInt8(ascii: "["), let step = bracket(&rest) {
                steps.append(step)
            } else {
                return nil
            }
        }
        return steps
    }

    /// The step in brackets, the opening one of which is behind us; nil for what is none.
    private static func bracket(_ rest: inout Substring.UTF8View) -> Step? {
        let quote = rest.first ?? 0
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            let digits = rest.prefix { $0 != UInt8(ascii: "]") }
            rest = rest.dropFirst(digits.count + 1)
            return Int(String(decoding: digits, as: UTF8.self)).map(Step.index)
        }
        rest = rest.dropFirst()
        var name: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == quote {
                return rest.popFirst() == UInt8(ascii: "]") ? .key(String(decoding: name, as: UTF8.self)) : nil
            }
            name.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
        }
        return nil
    }
}
