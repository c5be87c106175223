/// How a setting's value is written: what may be said, how it is read, and how it is shown.
///
/// A kind of value is one static member here or in `AddressSpelling.swift`; a setting names it where it is read.
struct Spelling<Value: Sendable>: Sendable {
    /// What the value is, in words that complete "must be …".
    let kind: String

    /// The range or the choices, for the reference: `0…65535`, `json | text`. Empty when anything goes.
    let allowed: String

    /// A secret is never shown, neither by print-config nor in a problem.
    var isSecret = false

    /// A port given by a variable may be a Kubernetes service link (`tcp://…`), which is not meant for us.
    var isPort = false

    /// Puts what another program's variable says into our own words, where that program has others.
    var fromOtherPrograms: (@Sendable (String) -> String)?

    /// Whether a value that was read says nothing after all: a list of references to variables that are unset.
    var saysNothing: (@Sendable (Value) -> Bool)?

    /// Reads what a source says.
    let read: @Sendable (Written) throws(Complaint) -> Value

    /// The value in the words of the file, on one line.
    let write: @Sendable (Value) -> String

    /// What a source says: text for a variable or the command line, a node for the file.
    enum Written {
        case text(String)
        case node(YAMLNode)

        /// The same for the same text, in this process.
        var digest: Int {
            switch self {
            case .text(let text): text.hashValue
            case .node(let node): if case .scalar(let text, _) = node.content { text.hashValue } else { 0 }
            }
        }
    }

    /// A spelling of one scalar.
    ///
    /// - Parameter literal: What it must be in JSON; nil: any scalar.
    init(
        _ kind: String, allowed: String = "", literal: YAMLNode.Literal? = .text,
        write: @escaping @Sendable (Value) -> String, scalar: @escaping @Sendable (String) throws(Complaint) -> Value
    ) {
        self.init(kind, allowed: allowed, write: write) { (written) throws(Complaint) -> Value in
            try scalar(try written.scalar(kind, literal: literal).text)
        }
    }

    init(
        _ kind: String, allowed: String, write: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (Written) throws(Complaint) -> Value
    ) {
        (self.kind, self.allowed, self.write, self.read) = (kind, allowed, write, read)
    }
}

/// Why a value can't be had: a sentence without its subject, such as "must be a duration, not 'soon'".
struct Complaint: Error {
    /// Of what has to be said and wasn't.
    static let missing = "is missing"

    let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }
}

extension Spelling.Written {
    /// The one scalar that is said, and whether it stands in a file as it is, where a number is no flag.
    func scalar(
        _ kind: String, literal: YAMLNode.Literal?
    ) throws(Complaint) -> (text: String, isLiteral: Bool) {
        switch self {
        case .text(let text): return (text, false)
        case .node(let node):
            guard case .scalar(let text, let isExpanded) = node.content else {
                throw Complaint("must be \(kind), not \(node.kind)")
            }
            if let literal, let written = node.literal, written != literal {
                throw Complaint("must be \(kind), not \(written.rawValue)")
            }
            return (text, !isExpanded)
        }
    }

    /// What it says of a yes or a no; nil: neither. Variables say it by numbers too, as they always have.
    func flag(_ kind: String) throws(Complaint) -> (value: Bool?, text: String) {
        let (text, isLiteral) = try scalar(kind, literal: .flag)
        let value: Bool? =
            switch text.lowercased() {
            case "true", "yes", "on": true
            case "false", "no", "off": false
            case "1" where !isLiteral: true
            case "0" where !isLiteral: false
            default: nil
            }
        return (value, text)
    }
}

extension Spelling where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let allowed =
            range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound)…\(range.upperBound)"
        return Spelling("a whole number", allowed: allowed, literal: .number, write: { "\($0)" }) {
            text throws(Complaint) in
            guard let value = Int(text) else { throw Complaint("must be a whole number, not '\(text)'") }
            return try Spelling.within(range, value, allowed, text)
        }
    }

    /// 0 lets the system choose a free port.
    static var port: Self {
        var spelling = integer(0...65_535)
        spelling.isPort = true
        return spelling
    }

    /// Bytes: `65536`, `512KiB`, `32MiB`, `1GiB`.
    static func size(_ range: ClosedRange<Int>) -> Self {
        let allowed = "\(WrittenSize.write(range.lowerBound))…\(WrittenSize.write(range.upperBound))"
        return Spelling("a size such as 512KiB or 32MiB", allowed: allowed, literal: nil, write: WrittenSize.write) {
            text throws(Complaint) in
            guard let value = WrittenSize.read(text) else {
                throw Complaint("must be a size such as 512KiB or 32MiB, not '\(text)'")
            }
            return try Spelling.within(range, value, allowed, text)
        }
    }
}

extension Spelling where Value == Double {
    static func number(_ range: ClosedRange<Double>) -> Self {
        let allowed = "\(range.lowerBound.withoutEmptyFraction)…\(range.upperBound.withoutEmptyFraction)"
        return Spelling("a number", allowed: allowed, literal: .number, write: \.withoutEmptyFraction) {
            text throws(Complaint) in
            guard let value = Double(text), value.isFinite else { throw Complaint("must be a number, not '\(text)'") }
            return try Spelling.within(range, value, allowed, text)
        }
    }
}

extension Double {
    fileprivate var withoutEmptyFraction: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}

extension Spelling where Value == Duration {
    /// `250ms`, `5s`, `2m`, `1h`.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let allowed = "\(WrittenDuration.write(range.lowerBound))…\(WrittenDuration.write(range.upperBound))"
        let kind = "a duration such as 250ms, 5s, 2m or 1h"
        return Spelling(kind, allowed: allowed, write: WrittenDuration.write) { text throws(Complaint) in
            guard let value = WrittenDuration.read(text) else { throw Complaint("must be \(kind), not '\(text)'") }
            return try Spelling.within(range, value, allowed, text)
        }
    }
}

extension Spelling where Value == Bool {
    static var flag: Self {
        let kind = "true or false"
        return Spelling(kind, allowed: "true | false", write: { "\($0)" }) { (written) throws(Complaint) -> Bool in
            let (value, text) = try written.flag(kind)
            guard let value else { throw Complaint("must be \(kind), not '\(text)'") }
            return value
        }
    }
}

extension Spelling where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the cases, by its raw value.
    static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        let kind = "one of \(names.joined(separator: ", "))"
        return Spelling(
            kind, allowed: names.joined(separator: " | "), literal: nil, write: { YAMLOutline.word($0.rawValue) }
        ) { text throws(Complaint) in
            guard let value = Value(rawValue: text) else { throw Complaint("must be \(kind), not '\(text)'") }
            return value
        }
    }
}

extension Spelling where Value == Secret {
    /// A credential that will travel in a header.
    static var secret: Self {
        var spelling = Spelling("text", write: { _ in Secret.writtenMask }) { text throws(Complaint) in
            try WrittenForm.headerValue(text, "it can't be sent in a header as it is")
        }
        spelling.isSecret = true
        return spelling
    }
}

extension Spelling where Value == [Secret] {
    /// Several credentials; a variable separates them by commas.
    static var secrets: Self {
        let element = Spelling<Secret>.secret
        var spelling = list("a list of texts", write: { _ in Secret.writtenMask }) { text throws(Complaint) in
            try element.read(.text(text))
        }
        spelling.isSecret = true
        return spelling
    }
}

extension Spelling where Value == [String] {
    /// A list of texts, each of which passes the check; a variable separates them by commas.
    static func list(
        _ kind: String = "a list of texts", allowed: String = "",
        each check: @escaping @Sendable (String) throws(Complaint) -> String = { text throws(Complaint) in text }
    ) -> Self {
        list(kind, allowed: allowed, write: YAMLOutline.flow, each: check)
    }
}

extension Spelling {
    fileprivate static func list<Element>(
        _ kind: String, allowed: String = "", write: @escaping @Sendable ([Element]) -> String,
        each read: @escaping @Sendable (String) throws(Complaint) -> Element
    ) -> Self where Value == [Element] {
        var spelling = Spelling(kind, allowed: allowed, write: write) { (written) throws(Complaint) -> Value in
            var elements: Value = []
            switch written {
            case .text(let text):
                for part in commaSeparated(text) { elements.append(try read(part)) }
            case .node(let node):
                switch node.content {
                case .scalar(let text, isExpanded: true):
                    for part in commaSeparated(text) { elements.append(try read(part)) }
                case .sequence(let nodes):
                    for node in nodes {
                        switch node.content {
                        case .nothing: continue
                        case .scalar(let text, _):
                            if let literal = node.literal, literal != .text {
                                throw Complaint("must be \(kind); an element is \(literal.rawValue)")
                            }
                            elements.append(try read(text))
                        case .sequence, .mapping: throw Complaint("must be \(kind); an element is \(node.kind)")
                        }
                    }
                case .scalar, .mapping, .nothing:
                    throw Complaint("must be \(kind) ([a, b]), not \(node.kind)")
                }
            }
            return elements
        }
        spelling.saysNothing = \.isEmpty
        return spelling
    }

    private static func commaSeparated(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
    }

    fileprivate static func within<Number: Comparable>(
        _ range: ClosedRange<Number>, _ value: Number, _ allowed: String, _ text: String
    ) throws(Complaint) -> Number {
        guard range.contains(value) else { throw Complaint("must be in \(allowed), not '\(text)'") }
        return value
    }
}

extension String {
    /// Without white space and line ends at both ends.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
