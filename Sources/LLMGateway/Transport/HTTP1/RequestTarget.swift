/// What a request asks for (RFC 9112, 3.2), as ranges counted from the first byte of the head.
struct RequestTarget: Equatable, Sendable {
    /// The target as it was sent.
    var whole = 0..<0
    /// Begins with `/`, percent signs undecoded; `*` for `OPTIONS *`.
    var path = 0..<0
    /// What follows the first `?`; nil where there is none.
    var query: Range<Int>?

    init() {}

    /// Takes a target apart that has one byte or more, all visible US-ASCII.
    ///
    /// - Parameter question: Where its first `?` is.
    /// - Throws: `malformed` for what is neither a path nor an http or https URL, such as the authority-form (`a:443`).
    init(
        _ base: UnsafeRawPointer, _ whole: Range<Int>, question: Int?, method: HTTPMethod
    ) throws(HeadError) {
        self.whole = whole
        let pathEnd = question ?? whole.upperBound
        query = question.map { $0 + 1..<whole.upperBound }
        let first = base.load(fromByteOffset: whole.lowerBound, as: UInt8.self)
        if first == UInt8(ascii: "/") {
            path = whole.lowerBound..<pathEnd
        } else if whole.count == 1, first == UInt8(ascii: "*") {
            guard method == .options else { throw .malformed("The target * is for OPTIONS only.") }
            path = whole
        } else {
            path = try Self.path(ofURL: base, whole.lowerBound..<pathEnd)
        }
    }

    /// The path in an absolute-form, which runs up to its query.
    private static func path(ofURL base: UnsafeRawPointer, _ url: Range<Int>) throws(HeadError) -> Range<Int> {
        let isHTTP = starts(base, url, with: "http://")
        guard isHTTP || starts(base, url, with: "https://") else {
            throw .malformed("The request target is neither a path nor an http URL.")
        }
        let host = url.lowerBound + (isHTTP ? 7 : 8)
        var slash = host
        while slash < url.upperBound, base.load(fromByteOffset: slash, as: UInt8.self) != UInt8(ascii: "/") {
            slash += 1
        }
        guard isAuthority(UnsafeRawBufferPointer(start: base + host, count: slash - host)) else {
            throw .malformed("The host in the request target is not a valid one.")
        }
        // An empty path means "/": there is one just before the host.
        return slash < url.upperBound ? slash..<url.upperBound : host - 1..<host
    }

    private static func starts(_ base: UnsafeRawPointer, _ range: Range<Int>, with lowered: StaticString) -> Bool {
        let count = lowered.utf8CodeUnitCount
        return range.count >= count
            && FieldGrammar.equals(base + range.lowerBound, count: count, ignoringCase: lowered)
    }

    /// Whether the bytes are a host and optionally a port (RFC 3986, 3.2.2), without user information. An empty host is none.
    static func isAuthority(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, let first = bytes.first else { return false }
        var index: Int
        if first == UInt8(ascii: "[") {
            // An IPv6 address; whether its groups make sense does not matter here.
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")), close > 1 else { return false }
            let address = bytes[1..<close]
            guard address.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else {
                return false
            }
            index = close + 1
        } else {
            index = FieldGrammar.endOfRegisteredName(base, from: 0, to: bytes.count)
            guard index > 0 else { return false }
        }
        guard index < bytes.count else { return true }
        guard bytes[index] == UInt8(ascii: ":") else { return false }
        return bytes[(index + 1)...].allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
    }
}
