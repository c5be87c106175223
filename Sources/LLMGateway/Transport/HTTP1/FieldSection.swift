/// Reads the field lines of a head, and what they say about where the message ends.
///
/// A request that two parsers read differently is how one client's bytes become another one's request (smuggling), so whatever
/// leaves a doubt is refused, not repaired.
struct FieldSection: Sendable {
    /// Bytes, from the one `content-length`.
    private(set) var contentLength: Int?
    /// There is a `transfer-encoding: chunked`.
    private(set) var isChunked = false
    /// There is an `expect: 100-continue`.
    private(set) var expectsContinue = false
    private var asksToClose = false
    private var asksToKeepAlive = false

    /// Whether the connection may carry another message after this one.
    func keepsAlive(isHTTP11: Bool) -> Bool { !asksToClose && (isHTTP11 || asksToKeepAlive) }

    /// Reads field lines from `start`, which moves behind each line that was understood and at last behind the blank one. The
    /// lines are appended to `fields`, which the parser holds so that a look at them copies nothing.
    ///
    /// - Returns: Whether the blank line was found; if not, call again with more bytes.
    @inline(__always)
    mutating func read(
        _ base: UnsafeRawPointer, from start: inout Int, to end: Int, into fields: inout HeaderFields, maxFields: Int
    ) throws(HeadError) -> Bool {
        let names = KnownField.slots
        while start < end {
            if base.load(fromByteOffset: start, as: UInt8.self) == FieldGrammar.cr {
                guard try FieldGrammar.lineEnds(base, at: start, to: end) != nil else { return false }
                start &+= 2
                return true
            }
            let nameEnd = FieldGrammar.endOfToken(base, from: start, to: end)
            guard nameEnd < end else { return false }
            guard nameEnd > start, base.load(fromByteOffset: nameEnd, as: UInt8.self) == UInt8(ascii: ":") else {
                throw Self.badName(base, at: nameEnd, isFirst: nameEnd == start)
            }
            var valueStart = nameEnd &+ 1
            while valueStart < end, FieldGrammar.isBlank(base.load(fromByteOffset: valueStart, as: UInt8.self)) {
                valueStart &+= 1
            }
            let lineEnd = FieldGrammar.endOfText(base, from: valueStart, to: end)
            guard try FieldGrammar.lineEnds(base, at: lineEnd, to: end) != nil else { return false }
            var valueEnd = lineEnd
            while valueEnd > valueStart,
                FieldGrammar.isBlank(base.load(fromByteOffset: valueEnd &- 1, as: UInt8.self))
            {
                valueEnd &-= 1
            }

            guard fields.count < maxFields else { throw .tooLarge }
            let known = KnownField(base + start, count: nameEnd &- start, in: names)
            if known.concernsFraming {
                let value = UnsafeRawBufferPointer(start: base + valueStart, count: valueEnd &- valueStart)
                let blanks = UnsafeRawBufferPointer(start: base + valueEnd, count: lineEnd &- valueEnd)
                try note(known, value, endedBy: blanks, after: fields)
            }
            fields.append(
                HeaderField(
                    name: Range(uncheckedBounds: (start, nameEnd)),
                    value: Range(uncheckedBounds: (valueStart, valueEnd)), known: known))
            start = lineEnd &+ 2
        }
        return false
    }

    /// Takes in a field that says where the message ends, or what happens to the connection afterwards.
    private mutating func note(
        _ known: KnownField, _ value: UnsafeRawBufferPointer, endedBy blanks: UnsafeRawBufferPointer,
        after fields: borrowing HeaderFields
    ) throws(HeadError) {
        if known == .contentLength || known == .transferEncoding, blanks.contains(FieldGrammar.tab) {
            // White space by the grammar, but not to every parser: llhttp takes `chunked` and a tab for another coding.
            throw .malformed("A tab follows the content-length or the transfer-encoding.")
        }
        switch known {
        case .contentLength:
            guard !fields.contains(.contentLength) else { throw .malformed("There is more than one content-length.") }
            guard !fields.contains(.transferEncoding) else { throw Self.twoFramings }
            guard let length = Self.decimal(value) else {
                throw .malformed("The content-length is not a decimal number.")
            }
            contentLength = length
        case .transferEncoding:
            guard !fields.contains(.transferEncoding) else {
                throw .malformed("There is more than one transfer-encoding.")
            }
            guard !fields.contains(.contentLength) else { throw Self.twoFramings }
            guard Self.value(value, is: "chunked") else {
                // With chunked anywhere but at the end it is unclear where the body ends (RFC 9112, section 6.3).
                if CommaList(value).containsBeforeLast("chunked") {
                    throw .malformed("The transfer coding chunked may only be the last one.")
                }
                throw .unsupportedTransferEncoding
            }
            isChunked = true
        case .host:
            guard !fields.contains(.host) else { throw .malformed("There is more than one host.") }
            guard RequestTarget.isAuthority(value) else { throw .malformed("The host is not a valid one.") }
        case .connection:
            for option in CommaList(value) {
                if Self.value(option, is: "close") { asksToClose = true }
                if Self.value(option, is: "keep-alive") { asksToKeepAlive = true }
            }
        default:
            if Self.value(value, is: "100-continue") { expectsContinue = true }
        }
    }

    private static let twoFramings = HeadError.malformed("There is a content-length beside a transfer-encoding.")

    /// Why a line does not begin with a name and a colon.
    private static func badName(_ base: UnsafeRawPointer, at index: Int, isFirst: Bool) -> HeadError {
        switch base.load(fromByteOffset: index, as: UInt8.self) {
        case FieldGrammar.space, FieldGrammar.tab:
            isFirst
                ? .malformed("A header line begins with white space: line folding is obsolete.")
                : .malformed("There is white space between a header name and its colon.")
        case FieldGrammar.cr, FieldGrammar.lf: .malformed("A header line has no colon.")
        default: .malformed("A header name is empty or holds a character that is not allowed there.")
        }
    }

    private static func value(_ value: UnsafeRawBufferPointer, is lowered: StaticString) -> Bool {
        guard let base = value.baseAddress else { return false }
        return FieldGrammar.equals(base, count: value.count, ignoringCase: lowered)
    }

    /// One or more digits and nothing else; nil above `Int.max`.
    static func decimal(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for byte in digits {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (tens, tooMany) = number.multipliedReportingOverflow(by: 10)
            let (sum, tooLarge) = tens.addingReportingOverflow(Int(byte &- 0x30))
            guard !tooMany, !tooLarge else { return nil }
            number = sum
        }
        return number
    }
}

extension KnownField {
    /// Whether ``FieldSection`` has to look at the value.
    @inline(__always)
    fileprivate var concernsFraming: Bool {
        switch self {
        case .host, .contentLength, .transferEncoding, .connection, .expect: true
        default: false
        }
    }
}
