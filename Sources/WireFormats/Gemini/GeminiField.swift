/// The elements of a list, or the one value that stands in its place. As short-lived as the node it came from.
struct GoogleList: Sequence, IteratorProtocol {
    private var elements: ArrayElements?
    private var only: JSONNode?

    /// None of nil.
    init(_ node: JSONNode?) {
        if node?.kind == .array { elements = node?.anyElements } else if node?.isNull == false { only = node }
    }

    mutating func next() -> JSONNode? {
        defer { only = nil }
        return elements?.next() ?? only
    }
}

/// What Google's JSON allows beyond the plain: names in two spellings, and one value where a list is usual.
extension JSONNode {
    /// The value under a field's name, in camel case or in snake case; nil without one, and where it is null.
    func googleField(_ camelCase: StaticString, _ snakeCase: StaticString) -> JSONNode? {
        optional(camelCase) ?? optional(snakeCase)
    }

    /// The elements of a list, or the one value that stands in its place; none of null.
    var googleList: GoogleList { GoogleList(self) }

    /// The string under `key`; nil without one, and where it is empty or something else. For what a server sends.
    func googleText(_ key: StaticString) -> String? {
        guard let value = self[key], value.kind == .string, value.contents.count > 0 else { return nil }
        return value.decoded()
    }

    /// Whether an enumeration's value says something: neither `…_UNSPECIFIED` nor 0, which is its number.
    var isSpecified: Bool {
        switch kind {
        case .string:
            contents.count > 0 && !contents.part(max(0, contents.count - 12)..<contents.count).equals("_UNSPECIFIED")
        case .number: wholeNumber != 0
        default: false
        }
    }
}
