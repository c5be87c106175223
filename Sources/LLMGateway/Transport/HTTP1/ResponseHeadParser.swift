/// Reads the head of an HTTP/1.1 or HTTP/1.0 response (RFC 9112), strictly. It keeps ranges, not copies: they count from the
/// first byte given to ``parse(_:)`` and mean something only while those bytes are there.
///
/// Informational responses (1xx) are heads like any other: `reset` and parse what follows.
struct ResponseHeadParser: Sendable {
    typealias Progress = HeadProgress

    private let limits: HeadLimits
    private var isHead: Bool
    private var cursor = HeadCursor()
    private var hasStatusLine = false
    private var section = FieldSection()

    /// - Parameter isHead: Whether the request was a HEAD, whose answer has no body whatever its fields say.
    init(limits: HeadLimits = HeadLimits(), isHead: Bool = false) {
        self.limits = limits
        self.isHead = isHead
    }

    // All of these are valid once ``parse(_:)`` has returned `complete`, until ``reset(isHead:)``.

    /// Bytes of the head, the blank line included.
    private(set) var length = 0
    /// 100...599.
    private(set) var status = 0
    private(set) var isHTTP11 = true
    private(set) var framing = BodyFraming.none
    /// Whether the connection may carry another request after this response.
    var keepsAlive: Bool { framing != .untilClose && section.keepsAlive(isHTTP11: isHTTP11) }
    private(set) var fields = HeaderFields()

    /// Forgets the message and keeps the memory. `isHead` is about the next one.
    mutating func reset(isHead: Bool = false) {
        self.isHead = isHead
        cursor = HeadCursor()
        hasStatusLine = false
        section = FieldSection()
        fields.removeAll()
        length = 0
        status = 0
        isHTTP11 = true
        framing = .none
    }

    /// Reads on. `bytes` begins with everything that the previous call since ``reset(isHead:)`` was given; what follows the
    /// head is not looked at. After `complete` and `invalid`, the parser wants a ``reset(isHead:)``.
    mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Progress {
        guard let base = bytes.baseAddress else { return .needMore }
        let end = min(bytes.count, limits.maxBytes)
        do throws(HeadError) {
            guard cursor.mayAdvance(base, to: end) else {
                return try cursor.pause(at: end, maxBytes: limits.maxBytes)
            }
            if !hasStatusLine { hasStatusLine = try readStatusLine(base, to: end) }
            guard hasStatusLine,
                try section.read(
                    base, from: &cursor.lineStart, to: end, into: &fields, maxFields: limits.maxFields)
            else {
                return try cursor.pause(at: end, maxBytes: limits.maxBytes)
            }
            try conclude()
            return .complete
        } catch {
            return .invalid(error)
        }
    }

    /// - Returns: Whether the line is complete.
    private mutating func readStatusLine(_ base: UnsafeRawPointer, to end: Int) throws(HeadError) -> Bool {
        guard let version = try HTTPVersion.read(base, at: 0, to: end) else { return false }
        guard end > 12 else {
            if FieldGrammar.holdsLineFeed(base, from: 8, to: end) { throw Self.noStatus }
            return false
        }
        guard base.load(fromByteOffset: 8, as: UInt8.self) == FieldGrammar.space,
            let status = FieldSection.decimal(UnsafeRawBufferPointer(start: base + 9, count: 3)), 100...599 ~= status
        else { throw Self.noStatus }
        // The reason phrase means nothing, and some servers leave it out together with its space.
        let afterStatus = base.load(fromByteOffset: 12, as: UInt8.self)
        guard afterStatus == FieldGrammar.space || afterStatus == FieldGrammar.cr else { throw Self.noStatus }
        let lineEnd = FieldGrammar.endOfText(base, from: 12, to: end)
        guard try FieldGrammar.lineEnds(base, at: lineEnd, to: end) != nil else { return false }

        self.status = status
        isHTTP11 = version == .http11
        cursor.lineStart = lineEnd &+ 2
        return true
    }

    private static var noStatus: HeadError { .malformed("The status line has no status from 100 to 599.") }

    /// Works out how the body ends (RFC 9112, 6.3).
    private mutating func conclude() throws(HeadError) {
        if section.isChunked, !isHTTP11 { throw .malformed("An HTTP/1.0 message can't have a transfer-encoding.") }
        if isHead || status < 200 || status == 204 || status == 304 {
            framing = .none
        } else if section.isChunked {
            framing = .chunked
        } else if let contentLength = section.contentLength {
            framing = .length(contentLength)
        } else {
            framing = .untilClose
        }
        length = cursor.lineStart
    }
}
