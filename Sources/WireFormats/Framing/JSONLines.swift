/// Cuts an `application/x-ndjson` stream into its lines, however its bytes are split on the way.
///
/// A line is an event with the line as its data, without its `\n` or `\r\n`; a blank line is an event without data. A
/// line that comes in one piece is handed on without a copy. No more than `limit` bytes of a line are kept: one that is
/// longer is reported without its data.
public struct JSONLines: ~Copyable {
    /// The longest line that is kept, in bytes.
    public let limit: Int

    /// The beginning of a line whose end has yet to come, or a line that was handed on.
    private var line = GatheredBytes()
    /// ``line`` was handed on, so that it is done with at the next call.
    private var isHandedOn = false
    /// The line's beginning was let go.
    private var isOversized = false

    /// A stream that has yet to begin.
    public init(limit: Int = 1 << 20) { self.limit = limit }

    /// Whether a line has begun and its end has yet to come.
    public var isInsideEvent: Bool { isOversized || (line.count > 0 && !isHandedOn) }

    /// The next line that ends in `piece`; nil when there is no further one, and the rest is remembered.
    ///
    /// - Parameters:
    ///   - piece: What came; the same until nil is returned.
    ///   - cursor: Where to go on in `piece`, 0 at first; behind the line afterwards.
    public mutating func next(
        in piece: UnsafeRawBufferPointer, at cursor: inout Int
    ) -> ServerSentEvents.Event? {
        if isHandedOn {
            line.removeAll()
            isHandedOn = false
        }
        guard let bytes = piece.baseAddress else { return nil }
        guard let end = firstIndex(of: 0x0a, in: bytes, from: cursor, to: piece.count) else {
            keep(piece.part(cursor..<piece.count))
            return nil
        }
        let rest = piece.part(cursor..<end)
        cursor = end + 1
        if line.count == 0, !isOversized, rest.count <= limit { return event(rest) }
        keep(rest)
        return endLine()
    }

    /// The line that the stream's end cut short of its line feed; nil when there is none.
    public mutating func finish() -> ServerSentEvents.Event? {
        guard isInsideEvent, !isOversized else { return nil }
        let event = endLine()
        return event.hasData ? event : nil
    }

    private mutating func endLine() -> ServerSentEvents.Event {
        if isOversized {
            isOversized = false
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            return ServerSentEvents.Event(name: nothing, data: nothing, hasData: true, isOversized: true)
        }
        isHandedOn = true
        return event(line.bytes)
    }

    private func event(_ line: UnsafeRawBufferPointer) -> ServerSentEvents.Event {
        let data = line.last == 0x0d ? line.part(0..<(line.count - 1)) : line
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        return ServerSentEvents.Event(name: nothing, data: data, hasData: data.count > 0, isOversized: false)
    }

    private mutating func keep(_ beginning: UnsafeRawBufferPointer) {
        guard !isOversized else { return }
        if line.count + beginning.count > limit {
            isOversized = true
            line.removeAll()
        } else {
            line.append(beginning)
        }
    }
}
