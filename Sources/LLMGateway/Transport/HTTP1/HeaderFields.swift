/// One field line: where its name and value lie, counted from the first byte of the head.
struct HeaderField: Equatable, Sendable {
    // 32 bits each: a head has ten of these and they are read and written for every message.
    private let nameStart, nameEnd, valueStart, valueEnd: UInt32
    /// Which name it is, where it is one that the gateway reads.
    let known: KnownField

    /// The field name, as sent.
    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    /// The field value, without the white space around it; may be empty.
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }

    @inline(__always)
    init(name: Range<Int>, value: Range<Int>, known: KnownField) {
        nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
        nameEnd = UInt32(truncatingIfNeeded: name.upperBound)
        valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
        valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
        self.known = known
    }

    /// The name's bytes, where `head` is what was parsed. Valid as long as `head` is.
    func name(in head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: head[name])
    }

    /// The value's bytes, where `head` is what was parsed. Valid as long as `head` is.
    func value(in head: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: head[value])
    }
}

/// The field lines of a head in the order they came.
///
/// A copy that outlives the next ``removeAll()`` costs an allocation; borrow it from the parser instead.
struct HeaderFields: Sendable {
    private var lines: [HeaderField] = []
    /// Bit n: a field with `KnownField(rawValue: n)` is in the list.
    private var seen: UInt64 = 0

    /// Every field, repeated ones included.
    var all: [HeaderField] { lines }
    /// Number of field lines.
    var count: Int { lines.count }

    /// The first field of this name. At once where there is none.
    @inline(__always)
    func first(_ known: KnownField) -> HeaderField? {
        guard contains(known) else { return nil }
        for line in lines where line.known == known { return line }
        return nil
    }

    /// Whether a field of this name is there.
    @inline(__always)
    func contains(_ known: KnownField) -> Bool { seen & (1 &<< UInt64(known.rawValue)) != 0 }

    /// The first field with a name that ``KnownField`` lacks. `lowered` is in small letters; `head` is what was parsed.
    func first(named lowered: StaticString, in head: UnsafeRawBufferPointer) -> HeaderField? {
        lines.first { field in
            guard field.known == .other, let base = field.name(in: head).baseAddress else { return false }
            return FieldGrammar.equals(base, count: field.name.count, ignoringCase: lowered)
        }
    }

    /// Whether a comma-separated list, spread over any number of fields of this name, names the token, ignoring case.
    func list(_ known: KnownField, names token: StaticString, in head: UnsafeRawBufferPointer) -> Bool {
        contains(known)
            && lines.contains { $0.known == known && CommaList($0.value(in: head)).contains(token) }
    }

    @inline(__always)
    mutating func append(_ field: HeaderField) {
        lines.append(field)
        seen |= 1 &<< UInt64(field.known.rawValue)
    }

    /// Empties the list and keeps its memory for the next message.
    mutating func removeAll() {
        lines.removeAll(keepingCapacity: true)
        seen = 0
    }
}
