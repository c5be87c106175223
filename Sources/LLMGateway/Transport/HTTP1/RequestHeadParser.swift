/// Reads the head of an HTTP/1.1 or HTTP/1.0 request (RFC 9112), strictly. It keeps ranges, not copies: they count from the
/// first byte given to ``parse(_:)`` and mean something only while those bytes are there.
struct RequestHeadParser: Sendable {
    typealias Progress = HeadProgress

    private let limits: HeadLimits
    private var cursor = HeadCursor()
    private var hasRequestLine = false
    private var section = FieldSection()
    private var parsedTarget = RequestTarget()

    init(limits: HeadLimits = HeadLimits()) { self.limits = limits }

    // All of these are valid once ``parse(_:)`` has returned `complete`, until ``reset()``.

    /// Bytes of the head, the blank line included (and the empty line that may precede a request).
    private(set) var length = 0
    private(set) var method = HTTPMethod.other
    private(set) var methodRange = 0..<0
    private(set) var isHTTP11 = true
    /// How the body's end is found; never `untilClose`.
    private(set) var framing = BodyFraming.none
    /// The target as it was sent.
    var target: Range<Int> { parsedTarget.whole }
    /// Begins with `/`, percent signs undecoded; `*` for `OPTIONS *`. Of a URL, only its path: routing ignores the host.
    var path: Range<Int> { parsedTarget.path }
    /// What follows the target's first `?`; nil where there is none.
    var query: Range<Int>? { parsedTarget.query }
    /// Whether the client expects to send another request on this connection.
    var keepsAlive: Bool { section.keepsAlive(isHTTP11: isHTTP11) }
    /// Whether the client holds its body back until it gets a 100.
    var expectsContinue: Bool { section.expectsContinue && isHTTP11 && framing != .none }
    private(set) var fields = HeaderFields()

    /// Forgets the message and keeps the memory.
    mutating func reset() {
        cursor = HeadCursor()
        hasRequestLine = false
        section = FieldSection()
        fields.removeAll()
        parsedTarget = RequestTarget()
        length = 0
        method = .other
        methodRange = 0..<0
        isHTTP11 = true
        framing = .none
    }

    /// Reads on. `bytes` begins with everything that the previous call since ``reset()`` was given; what follows the head is
    /// not looked at. After `complete` and `invalid`, the parser wants a ``reset()``.
    mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Progress {
        guard let base = bytes.baseAddress else { return .needMore }
        let end = min(bytes.count, limits.maxBytes)
        do throws(HeadError) {
            guard cursor.mayAdvance(base, to: end) else {
                return try cursor.pause(at: end, maxBytes: limits.maxBytes)
            }
            if !hasRequestLine { hasRequestLine = try readRequestLine(base, to: end) }
            guard hasRequestLine,
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
    private mutating func readRequestLine(_ base: UnsafeRawPointer, to end: Int) throws(HeadError) -> Bool {
        var start = 0
        if end > 0, base.load(as: UInt8.self) == FieldGrammar.cr {
            // One empty line is tolerated: some clients send it after a body (RFC 9112, 2.2).
            guard try FieldGrammar.lineEnds(base, at: 0, to: end) != nil else { return false }
            start = 2
        }
        let methodEnd = FieldGrammar.endOfToken(base, from: start, to: end)
        guard methodEnd < end else { return false }
        guard methodEnd > start, base.load(fromByteOffset: methodEnd, as: UInt8.self) == FieldGrammar.space else {
            throw .malformed("The request line does not begin with a method and a space.")
        }

        let targetStart = methodEnd &+ 1
        var question: Int?
        var targetEnd = FieldGrammar.endOfTargetPiece(base, from: targetStart, to: end)
        while targetEnd < end, base.load(fromByteOffset: targetEnd, as: UInt8.self) == UInt8(ascii: "?") {
            question = question ?? targetEnd
            targetEnd = FieldGrammar.endOfTargetPiece(base, from: targetEnd &+ 1, to: end)
        }
        guard targetEnd < end else { return false }
        let afterTarget = base.load(fromByteOffset: targetEnd, as: UInt8.self)
        guard targetEnd > targetStart, afterTarget == FieldGrammar.space else {
            throw afterTarget == UInt8(ascii: "#")
                ? .malformed("The request target holds a fragment.")
                : .malformed("The request target is empty or holds a character that is not allowed there.")
        }
        guard let version = try HTTPVersion.read(base, at: targetEnd &+ 1, to: end),
            try FieldGrammar.lineEnds(base, at: targetEnd &+ 9, to: end) != nil
        else { return false }

        if FieldGrammar.equals(base + start, count: methodEnd &- start, ignoringCase: "connect") {
            throw .malformed("CONNECT is for proxies that open tunnels; this is none.")
        }
        methodRange = start..<methodEnd
        method = HTTPMethod(base + start, count: methodEnd &- start)
        isHTTP11 = version == .http11
        parsedTarget = try RequestTarget(base, targetStart..<targetEnd, question: question, method: method)
        cursor.lineStart = targetEnd &+ 11
        return true
    }

    /// Checks what can be known only at the end.
    private mutating func conclude() throws(HeadError) {
        if isHTTP11, !fields.contains(.host) { throw .malformed("The request has no host.") }
        if section.isChunked {
            guard isHTTP11 else { throw .malformed("An HTTP/1.0 message can't have a transfer-encoding.") }
            framing = .chunked
        } else if let contentLength = section.contentLength {
            framing = .length(contentLength)
        }
        length = cursor.lineStart
    }
}
