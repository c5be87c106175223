/// A value in a JSON text: a range over the bytes, decoded when it is asked for.
///
/// Valid while the text's bytes live and the ``JSONTape`` that made it has not read again; using it later is
/// undefined. A null is a node; see ``optional(_:)`` for where it should count as absent.
public struct JSONNode {
    /// What a value is.
    public enum Kind: UInt8, Sendable { case object, array, string, number, `true`, `false`, null }

    let text: UnsafeRawPointer
    let tape: UnsafePointer<JSONTape.Entry>
    let index: Int

    @inline(__always) private func sibling(_ index: Int) -> JSONNode { JSONNode(text: text, tape: tape, index: index) }

    /// What the value is.
    public var kind: Kind { tape[index].kind }

    /// Where the value is in the text, a string's quotes included.
    public var range: Range<Int> { Int(tape[index].start)..<Int(tape[index].end) }

    /// Where a string is in the text, its quotes included; nil for other values.
    var rangeOfString: Range<Int>? { kind == .string ? range : nil }

    /// The value as it is written. Schemas and arguments are carried on this way, unread.
    public var raw: UnsafeRawBufferPointer { bytes(range) }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text + range.lowerBound, count: range.count)
    }

    /// Whether the value is `null`.
    public var isNull: Bool { kind == .null }

    /// A string's bytes between its quotes, as they are written, escapes and all. Empty for other values.
    public var contents: UnsafeRawBufferPointer {
        kind == .string ? bytes((range.lowerBound + 1)..<(range.upperBound - 1)) : bytes(0..<0)
    }

    /// Whether a string is written with escapes, so that ``contents`` is not its value.
    public var isEscaped: Bool { tape[index].isEscaped }

    // MARK: Members of an object

    /// The value under `key`, the last one if there are several; nil without one, and for what is no object.
    public subscript(key: StaticString) -> JSONNode? {
        find(UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    /// As the subscript with a literal, for a key that is known only now.
    public subscript(named key: String) -> JSONNode? {
        var key = key
        return key.withUTF8(find)
    }

    private func find(_ key: UnsafeBufferPointer<UInt8>) -> JSONNode? {
        guard kind == .object else { return nil }
        var found: JSONNode?
        forEachMember(named: key) { found = sibling($0) }
        return found
    }

    /// Calls `visit` with the entry of every value under `key`.
    @inline(__always) private func forEachMember(named key: UnsafeBufferPointer<UInt8>, _ visit: (Int) -> Void) {
        let length = UInt32(truncatingIfNeeded: key.count &+ 2)
        let end = Int(tape[index].next)
        var at = index &+ 1
        while at < end {
            let entry = tape[at]
            if entry.end &- entry.start == length || entry.isEscaped, isText(entry, key) { visit(at &+ 1) }
            at = Int(tape[at &+ 1].next)
        }
    }

    /// Whether a string says `expected`.
    @inline(__always) private func isText(_ entry: JSONTape.Entry, _ expected: UnsafeBufferPointer<UInt8>) -> Bool {
        let range = (Int(entry.start) &+ 1)..<(Int(entry.end) &- 1)
        if entry.isEscaped { return Self.decode(bytes(range)).utf8.elementsEqual(expected) }
        guard range.count == expected.count else { return false }
        for offset in 0..<range.count
        where text.load(fromByteOffset: range.lowerBound &+ offset, as: UInt8.self) != expected[offset] {
            return false
        }
        return true
    }

    /// Whether this is the string `expected`.
    public func equals(_ expected: StaticString) -> Bool {
        kind == .string
            && isText(tape[index], UnsafeBufferPointer(start: expected.utf8Start, count: expected.utf8CodeUnitCount))
    }

    /// Whether an object has `key` more than once.
    public func hasDuplicate(_ key: StaticString) -> Bool {
        guard kind == .object else { return false }
        var found = 0
        forEachMember(named: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)) { _ in found += 1
        }
        return found > 1
    }

    /// The value under `key`.
    ///
    /// - Throws: ``MalformedBody`` when this is no object or has no such key. A null is a value.
    public func required(_ key: StaticString) throws(MalformedBody) -> JSONNode {
        guard kind == .object else { throw malformed("must be an object") }
        if let value = self[key] { return value }
        let field = [path, "\(key)"].compactMap { $0 }.joined(separator: ".")
        throw MalformedBody(.missingField, field: field, message: "The field '\(field)' is missing; add it.")
    }

    /// The value under `key`; nil without one, and where it is null.
    public func optional(_ key: StaticString) -> JSONNode? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }

    // MARK: What the value says

    /// The string, its escapes resolved.
    ///
    /// - Throws: ``MalformedBody`` when it is no string.
    public func string() throws(MalformedBody) -> String {
        guard kind == .string else { throw malformed("must be a string") }
        return decoded()
    }

    /// The whole number; `2.0` and `1e3` are whole.
    ///
    /// - Throws: ``MalformedBody`` when it is none, or outside of `range`.
    public func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(MalformedBody) -> Int {
        if let value = wholeNumber, range.contains(value) { return value }
        if range == Int.min...Int.max { throw malformed("must be a whole number") }
        if range.upperBound == Int.max { throw malformed("must be a whole number, at least \(range.lowerBound)") }
        throw malformed("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// The number as an integer; nil for what is none or does not fit.
    public var wholeNumber: Int? {
        guard kind == .number else { return nil }
        let spelled = raw
        var value = 0
        for (place, byte) in spelled.enumerated() {
            if place == 0, byte == UInt8(ascii: "-") { continue }
            let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
            guard !overflowed, byte &- 0x30 < 10, tens <= Int.max - Int(byte &- 0x30) else {
                return Double(String(decoding: spelled, as: UTF8.self)).flatMap(Int.init(exactly:))
            }
            value = tens + Int(byte &- 0x30)
        }
        return spelled.first == UInt8(ascii: "-") ? -value : value
    }

    /// The number, rounded to the nearest double.
    ///
    /// - Throws: ``MalformedBody`` when it is none, or outside of `range`.
    public func number(
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    ) throws(MalformedBody) -> Double {
        let isUnbounded = range.upperBound == .greatestFiniteMagnitude
        if kind == .number, let value = Double(String(decoding: raw, as: UTF8.self)), range.contains(value) {
            return value
        }
        throw malformed(
            isUnbounded ? "must be a number" : "must be a number from \(range.lowerBound) to \(range.upperBound)")
    }

    /// Whether it is `true`.
    ///
    /// - Throws: ``MalformedBody`` when it is neither `true` nor `false`.
    public func boolean() throws(MalformedBody) -> Bool {
        switch kind {
        case .true: return true
        case .false: return false
        default: throw malformed("must be true or false")
        }
    }

    /// The elements of an array, in order.
    ///
    /// - Throws: ``MalformedBody`` when it is no array.
    public func elements() throws(MalformedBody) -> ArrayElements {
        guard kind == .array else { throw malformed("must be an array") }
        return ArrayElements(self)
    }

    /// The elements of an array; none for what is no array. For what need not be there and may be anything.
    public var anyElements: ArrayElements { ArrayElements(self) }

    /// The members of an object in the order in which they are written, duplicates included.
    ///
    /// - Throws: ``MalformedBody`` when it is no object.
    public func members() throws(MalformedBody) -> ObjectMembers {
        guard kind == .object else { throw malformed("must be an object") }
        return ObjectMembers(self)
    }

    // MARK: What is wrong with it

    /// The complaint that this field has an impossible value; `expected` goes on after the field's name: "must be …".
    public func malformed(_ expected: String) -> MalformedBody {
        let field = path
        let subject = field.map { "'\($0)'" } ?? "The body"
        return MalformedBody(.invalidValue, field: field, message: "\(subject) \(expected).")
    }

    /// Where a string says just `text`, as `messages[2].content[0].image_url.url`: the first one, in this value or within
    /// it; nil where none does. For complaints about what was read long ago.
    public func path(ofString text: String) -> String? {
        switch kind {
        case .string: return decoded() == text ? path : nil
        case .array: return anyElements.firstPath(ofString: text)
        case .object: return ObjectMembers(self).lazy.map(\.value).firstPath(ofString: text)
        case .number, .true, .false, .null: return nil
        }
    }

    /// Where the value is, as `messages[2].role`; nil for the outermost. Found by walking down from there.
    var path: String? {
        var written = ""
        var container = 0
        while container < index {
            let end = Int(tape[container].next)
            var child = container &+ 1
            var place = 0
            while child < end {
                let value = tape[container].kind == .object ? child &+ 1 : child
                if index < Int(tape[value].next) {
                    if tape[container].kind == .object {
                        written += (written.isEmpty ? "" : ".") + sibling(child).decoded()
                    } else {
                        written += "[\(place)]"
                    }
                    container = value
                    break
                }
                child = Int(tape[value].next)
                place += 1
            }
            if child >= end { break }
        }
        return written.isEmpty ? nil : written
    }
}

/// The elements of an array, in order. As short-lived as the node they came from.
public struct ArrayElements: Sequence, IteratorProtocol {
    private let parent: JSONNode
    private var at: Int
    private let end: Int

    init(_ array: JSONNode) {
        let next = Int(array.tape[array.index].next)
        (parent, at, end) = (array, array.kind == .array ? array.index + 1 : next, next)
    }

    /// The next element.
    public mutating func next() -> JSONNode? {
        guard at < end else { return nil }
        defer { at = Int(parent.tape[at].next) }
        return JSONNode(text: parent.text, tape: parent.tape, index: at)
    }
}

/// The members of an object, in the order in which they are written. As short-lived as the node they came from.
public struct ObjectMembers: Sequence, IteratorProtocol {
    private let parent: JSONNode
    private var at: Int
    private let end: Int

    init(_ object: JSONNode) {
        (parent, at, end) = (object, object.index + 1, Int(object.tape[object.index].next))
    }

    /// The next key and its value.
    public mutating func next() -> (key: JSONNode, value: JSONNode)? {
        guard at < end else { return nil }
        defer { at = Int(parent.tape[at + 1].next) }
        return (
            JSONNode(text: parent.text, tape: parent.tape, index: at),
            JSONNode(text: parent.text, tape: parent.tape, index: at + 1)
        )
    }
}

extension Sequence<JSONNode> {
    fileprivate func firstPath(ofString text: String) -> String? {
        for node in self { if let path = node.path(ofString: text) { return path } }
        return nil
    }
}
