/// A piece of the configuration file, with the line it stands on. Variables are already put in.
struct YAMLNode: Sendable {
    indirect enum Content: Sendable {
        /// `key:`, `~`, `""`, or a reference to an unset variable: as if the key were not there.
        case nothing
        /// Any scalar, as it is written. `isExpanded`: a variable's value is part of it.
        case scalar(String, isExpanded: Bool)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    struct Entry: Sendable {
        let key: String
        let line: Int
        let value: YAMLNode
    }

    /// What a scalar is in JSON, in words; YAML leaves it to who reads.
    enum Literal: String, Sendable {
        case text = "text"
        case number = "a number"
        case flag = "true or false"
    }

    /// Counted from 1.
    let line: Int
    let content: Content
    /// nil: nobody said, as in YAML, or it is no scalar.
    var literal: Literal?

    /// The entries of a mapping, in the order of the file; none for anything else.
    var entries: [Entry] {
        if case .mapping(let entries) = content { entries } else { [] }
    }

    /// The value of a key, unless it is empty.
    subscript(key: String) -> YAMLNode? {
        guard let value = entries.first(where: { $0.key == key })?.value, !value.isEmpty else { return nil }
        return value
    }

    /// An empty list is an empty value; an empty mapping is not, for it may name something.
    var isEmpty: Bool {
        switch content {
        case .nothing: true
        case .sequence(let elements): elements.isEmpty
        case .scalar, .mapping: false
        }
    }

    /// What it is, in words, for somebody who expected something else.
    var kind: String {
        switch content {
        case .nothing: "nothing"
        case .scalar: "a single value"
        case .sequence: "a list"
        case .mapping: "a section"
        }
    }
}
