/// Cuts a `text/event-stream` into its events, however its bytes are split on the way.
///
/// Lines may end in `\n`, `\r\n` or `\r`; a byte order mark, comments and unknown fields are passed over; several
/// `data:` lines are joined with `\n`. An event that comes in one piece is handed on without a copy. No more than
/// `limit` bytes of an event are kept: one that is larger is reported without its data.
public struct ServerSentEvents: ~Copyable {
    /// One event, or a group of comments. Its bytes are valid until the next call of ``next(in:at:)``.
    public struct Event {
        /// The event's type; empty where none was given.
        public let name: UnsafeRawBufferPointer
        /// The data, without the fields' names.
        public let data: UnsafeRawBufferPointer
        /// Whether there is data at all: without, it was a comment, which says that the other side is alive.
        public let hasData: Bool
        /// Whether the event was larger than the limit, so that its data was let go.
        public let isOversized: Bool
    }

    /// The largest event that is kept, in bytes.
    public let limit: Int

    /// The beginning of a line whose end has yet to come.
    private var line = GatheredBytes()
    /// The event's data so far, where it isn't one line of the current piece.
    private var data = GatheredBytes()
    private var name = GatheredBytes()
    private var hasData = false
    private var hasLines = false
    private var isOversized = false
    /// The line's beginning was let go; what comes up to its end is no new line.
    private var isInsideLetGoLine = false
    /// The last piece ended in `\r`; a `\n` now belongs to it.
    private var skipsLineFeed = false
    private var isFirstLine = true

    /// A stream that has yet to begin.
    public init(limit: Int = 1 << 20) { self.limit = limit }

    /// Whether an event has begun and its end has yet to come.
    public var isInsideEvent: Bool { hasLines || line.count > 0 || isInsideLetGoLine }

    /// The next event that ends in `piece`; nil when there is no further one, and the rest is remembered.
    ///
    /// - Parameters:
    ///   - piece: What came; the same until nil is returned.
    ///   - cursor: Where to go on in `piece`, 0 at first; behind the event afterwards.
    public mutating func next(in piece: UnsafeRawBufferPointer, at cursor: inout Int) -> Event? {
        // Emptied here and not when the event was handed on, because it was handed on without a copy.
        if !hasLines, line.count == 0 {
            data.removeAll()
            name.removeAll()
        }
        guard let bytes = piece.baseAddress else { return nil }
        var wholeData = UnsafeRawBufferPointer(start: nil, count: 0)

        if skipsLineFeed, cursor < piece.count {
            skipsLineFeed = false
            if piece[cursor] == 0x0a { cursor += 1 }
        }
        while let lineEnd = endOfLine(bytes, from: cursor, to: piece.count) {
            let start = cursor
            cursor = lineEnd + 1
            if piece[lineEnd] == 0x0d {
                if cursor == piece.count {
                    skipsLineFeed = true
                } else if piece[cursor] == 0x0a {
                    cursor += 1
                }
            }

            let rest = piece.part(start..<lineEnd)
            if isInsideLetGoLine {
                isInsideLetGoLine = false
            } else if line.count > 0 {
                keepLine(rest)
                take(line.bytes, &wholeData, isBorrowed: false)
                line.removeAll()
                isInsideLetGoLine = false
            } else if rest.count == 0 {
                isFirstLine = false
                if hasLines { return endEvent(wholeData) }
                // A further blank line is no event, but whoever passes the bytes on wants to know where it ends.
                return Event(name: rest, data: rest, hasData: false, isOversized: false)
            } else {
                take(rest, &wholeData, isBorrowed: true)
            }
        }

        keepLine(piece.part(cursor..<piece.count))
        keep(&wholeData)
        return nil
    }

    /// The event that the stream's end cut short of its blank line; nil when there is none with data.
    public mutating func finish() -> Event? {
        var wholeData = UnsafeRawBufferPointer(start: nil, count: 0)
        if line.count > 0 { take(line.bytes, &wholeData, isBorrowed: false) }
        guard hasData, !isOversized else { return nil }
        return endEvent(wholeData)
    }

    /// Where in the bytes of an event a place of its data is, by undoing the joining of `data:` lines; nil for one behind
    /// the data's end.
    static func place(ofData offset: Int, in event: UnsafeRawBufferPointer) -> Int? {
        // Data of the lines before, the line feeds that join them included.
        var before = 0
        var start = event.starts(with: "\u{feff}") ? 3 : 0
        while start < event.count {
            let end = event[start...].firstIndex { $0 == 0x0a || $0 == 0x0d } ?? event.count
            if let value = value(of: "data", in: event.part(start..<end)) {
                if offset <= before + value.count { return end - value.count + (offset - before) }
                before += value.count + 1
            }
            start = end + 1
        }
        return nil
    }

    /// Looked for in windows, so that a stream that uses one kind of line end only isn't searched to its end again and
    /// again for the other.
    @inline(__always)
    private func endOfLine(_ bytes: UnsafeRawPointer, from: Int, to end: Int) -> Int? {
        var at = from
        while at < end {
            let window = min(end, at &+ 4096)
            let lineFeed = firstIndex(of: 0x0a, in: bytes, from: at, to: window)
            if let carriageReturn = firstIndex(of: 0x0d, in: bytes, from: at, to: lineFeed ?? window) {
                return carriageReturn
            }
            if let lineFeed { return lineFeed }
            at = window
        }
        return nil
    }

    /// Hands the event on, and makes ready for the next.
    @inline(__always)
    private mutating func endEvent(_ wholeData: UnsafeRawBufferPointer) -> Event {
        defer { (hasData, hasLines, isOversized) = (false, false, false) }
        if isOversized {
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            return Event(name: name.bytes, data: nothing, hasData: true, isOversized: true)
        }
        let data = wholeData.baseAddress == nil ? data.bytes : wholeData
        return Event(name: name.bytes, data: data, hasData: hasData, isOversized: false)
    }

    /// Takes in a whole line. Its data stays where it is if it is the event's first and the line is the caller's.
    @inline(__always)
    private mutating func take(
        _ whole: UnsafeRawBufferPointer, _ wholeData: inout UnsafeRawBufferPointer, isBorrowed: Bool
    ) {
        hasLines = true
        if isOversized { return }
        var line = whole
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: "\u{feff}") { line = line.part(3..<line.count) }
        }
        if let value = Self.value(of: "data", in: line) {
            if value.count + data.count + wholeData.count > limit { return letGo() }
            if !hasData, isBorrowed, value.count > 0 {
                wholeData = value
            } else {
                keep(&wholeData)
                if hasData { data.append(UInt8(ascii: "\n")) }
                data.append(value)
            }
            hasData = true
        } else if let value = Self.value(of: "event", in: line), value.count <= limit {
            name.removeAll()
            name.append(value)
        }
    }

    /// What follows the field's name and colon; nil for other fields.
    @inline(__always)
    private static func value(of field: StaticString, in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard line.starts(with: field) else { return nil }
        let length = field.utf8CodeUnitCount
        if line.count == length { return line.part(length..<length) }
        guard line[length] == UInt8(ascii: ":") else { return nil }
        let hasBlank = line.count > length + 1 && line[length + 1] == UInt8(ascii: " ")
        return line.part((length + (hasBlank ? 2 : 1))..<line.count)
    }

    /// Copies data that lies in a piece which is about to go.
    private mutating func keep(_ wholeData: inout UnsafeRawBufferPointer) {
        data.append(wholeData)
        wholeData = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private mutating func keepLine(_ beginning: UnsafeRawBufferPointer) {
        guard beginning.count > 0, !isInsideLetGoLine else { return }
        if line.count + beginning.count > limit + 16 {
            letGo()
            isInsideLetGoLine = true
        } else {
            line.append(beginning)
        }
    }

    private mutating func letGo() {
        (isOversized, hasLines, hasData) = (true, true, true)
        line.removeAll()
        data.removeAll()
    }
}

extension ServerSentEvents {
    /// Writes an event that says its type twice, as its name and in its data, with these members behind the type.
    static func append(_ type: String, to stream: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        stream.append(contentsOf: "event: ".utf8)
        stream.append(contentsOf: type.utf8)
        stream.append(contentsOf: "\ndata: ".utf8)
        JSONWriter.appendLine(to: &stream) { json in
            json.object { json in
                json.field("type", type)
                members(&json)
            }
        }
        stream.append(contentsOf: "\n\n".utf8)
    }
}
