/// `${NAME}` and `${NAME:-default}` inside the strings of the configuration file.
enum VariableReferences {
    /// Puts the variables' values in. An unset or empty one counts as its default, and without a default as nothing.
    ///
    /// What only looks like a reference (`$NAME`, `${1}`, `${NAME`) is left as it is.
    static func expand(_ text: String, from variables: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstRange(of: "${") {
            result += rest[..<dollar.lowerBound]
            let inside = rest[dollar.upperBound...]
            guard let end = inside.firstIndex(of: "}"), let value = value(of: inside[..<end], from: variables) else {
                result += "${"
                rest = inside
                continue
            }
            result += value
            rest = inside[inside.index(after: end)...]
        }
        return result + rest
    }

    private static func value(of reference: Substring, from variables: [String: String]) -> String? {
        let split = reference.firstRange(of: ":-")
        let name = reference[..<(split?.lowerBound ?? reference.endIndex)]
        guard let first = name.utf8.first, first == UInt8(ascii: "_") || isLetter(first),
            name.utf8.allSatisfy({ isLetter($0) || $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) })
        else { return nil }
        if let set = variables[String(name)], !set.isEmpty { return set }
        return split.map { String(reference[$0.upperBound...]) } ?? ""
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
