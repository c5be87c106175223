/// Cuts one JSON array that is sent piece by piece into its elements, wherever its bytes are split on the way.
///
/// An element is told as an event without a name. Only brackets and strings are looked at, so that an element may be
/// anything between its commas: whoever parses it finds out. One value without an array around it counts as the only
/// element. An element that comes in one piece is handed on without a copy; one of more than `limit` bytes is reported
/// without its data.
public struct JSONArrayElements: ~Copyable {
    /// The largest element that is kept, in bytes.
    public let limit: Int

    private enum Phase { case beforeArray, betweenElements, insideElement, ended }
    private var phase = Phase.beforeArray
    /// The beginning of an element whose end has yet to come.
    private var beginning = GatheredBytes()
    private var isOversized = false
    /// How many brackets of the element are open.
    private var depth = 0
    private var isInsideString = false
    /// The last byte was a backslash in a string.
    private var isEscaped = false

    /// An array that has yet to begin.
    public init(limit: Int = 1 << 20) { self.limit = limit }

    /// Whether an element has begun and its end has yet to come.
    public var isInsideEvent: Bool { phase == .insideElement }

    /// Whether the array's closing bracket came.
    public var isClosed: Bool { phase == .ended }

    /// The next element that ends in `piece`, the separator before it included in what `cursor` has passed; nil when there
    /// is no further one, and the rest is remembered. The array's end is told as an event without data.
    ///
    /// - Parameters:
    ///   - piece: What came; the same until nil is returned.
    ///   - cursor: Where to go on in `piece`, 0 at first; behind the element afterwards.
    public mutating func next(in piece: UnsafeRawBufferPointer, at cursor: inout Int) -> ServerSentEvents.Event? {
        // Emptied here and not when the element was handed on, because that one's bytes may lie here.
        if phase != .insideElement { beginning.removeAll() }
        var start = cursor
        while cursor < piece.count {
            switch phase {
            case .beforeArray, .betweenElements:
                start = cursor
                if begin(piece[cursor]) { continue }
                cursor += 1
                if phase == .ended { return Self.event(UnsafeRawBufferPointer(start: nil, count: 0), hasData: false) }
            case .insideElement:
                guard let end = endOfElement(in: piece, from: cursor) else {
                    keep(piece.part(start..<piece.count))
                    cursor = piece.count
                    return nil
                }
                cursor = end
                return take(piece.part(start..<end))
            case .ended:
                cursor = piece.count
            }
        }
        return nil
    }

    /// None: an element that the end cut short is no JSON.
    public mutating func finish() -> ServerSentEvents.Event? { nil }

    /// Looks at a byte outside of elements, and says whether one begins with it.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x0a, 0x0d, 0x09, UInt8(ascii: ","), 0xef, 0xbb, 0xbf:  // the last three: a byte order mark
            return false
        case UInt8(ascii: "[") where phase == .beforeArray:
            phase = .betweenElements
            return false
        case UInt8(ascii: "]"):
            phase = .ended
            return false
        default:
            (phase, depth, isInsideString, isEscaped, isOversized) = (.insideElement, 0, false, false, false)
            return true
        }
    }

    /// Behind the element's last byte; nil when that isn't in `piece`.
    private mutating func endOfElement(in piece: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var at = start
        while at < piece.count {
            let byte = piece[at]
            at += 1
            if isInsideString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInsideString = false
                    if depth == 0 { return at }
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                isInsideString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // A number or a word ends before what follows it.
                if depth == 0 { return at - 1 }
                depth -= 1
                if depth == 0 { return at }
            case UInt8(ascii: ","), 0x20, 0x0a, 0x0d, 0x09:
                if depth == 0 { return at - 1 }
            default:
                break
            }
        }
        return nil
    }

    /// The element whose last bytes are `rest`.
    private mutating func take(_ rest: UnsafeRawBufferPointer) -> ServerSentEvents.Event {
        phase = .betweenElements
        if beginning.count > 0 || isOversized || rest.count > limit { keep(rest) }
        if isOversized { return Self.event(UnsafeRawBufferPointer(start: nil, count: 0), isOversized: true) }
        return Self.event(beginning.count > 0 ? beginning.bytes : rest)
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        if beginning.count + bytes.count > limit { isOversized = true }
        if isOversized { beginning.removeAll() } else { beginning.append(bytes) }
    }

    private static func event(
        _ data: UnsafeRawBufferPointer, hasData: Bool = true, isOversized: Bool = false
    ) -> ServerSentEvents.Event {
        let noName = UnsafeRawBufferPointer(start: nil, count: 0)
        return ServerSentEvents.Event(name: noName, data: data, hasData: hasData, isOversized: isOversized)
    }
}
