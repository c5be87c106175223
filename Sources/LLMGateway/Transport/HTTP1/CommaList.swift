/// The elements of a comma-separated field value (RFC 9110, 5.6.1), without the white space around them. Empty elements are
/// skipped. Commas inside quoted strings separate too: it is meant for lists of tokens.
struct CommaList: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    /// `value` must stay valid as long as the list and its elements are used.
    init(_ value: UnsafeRawBufferPointer) { rest = value }

    mutating func next() -> UnsafeRawBufferPointer? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.count
            let element = Self.trimmed(UnsafeRawBufferPointer(rebasing: rest[..<end]))
            rest = UnsafeRawBufferPointer(rebasing: rest[Swift.min(end + 1, rest.count)...])
            if !element.isEmpty { return element }
        }
        return nil
    }

    /// Whether an element before the last is the token, ignoring case. `lowered` is in small letters.
    func containsBeforeLast(_ lowered: StaticString) -> Bool {
        var rest = self
        guard var element = rest.next() else { return false }
        while let following = rest.next() {
            if let base = element.baseAddress, FieldGrammar.equals(base, count: element.count, ignoringCase: lowered) {
                return true
            }
            element = following
        }
        return false
    }

    /// Whether an element is the token, ignoring case. `lowered` is in small letters.
    func contains(_ lowered: StaticString) -> Bool {
        contains { element in
            guard let base = element.baseAddress else { return false }
            return FieldGrammar.equals(base, count: element.count, ignoringCase: lowered)
        }
    }

    /// The bytes without spaces and tabs on either side.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = bytes.count
        while start < end, FieldGrammar.isBlank(bytes[start]) { start += 1 }
        while end > start, FieldGrammar.isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }
}
