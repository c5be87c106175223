/// Finds the payload in a chunked body (RFC 9112, 7.1) and the body's end, without copying. The body may come in any pieces.
///
/// Extensions and trailers are checked and skipped. The parser is ready for the next body after `end`.
struct ChunkedBodyParser: Sendable {
    /// What the caller does next.
    enum Step: Equatable, Sendable {
        /// Use these bytes of the piece (there is at least one) and call again.
        case data(Range<Int>)
        /// Call again with the next piece, this one is used up.
        case needMore
        /// The body is complete: the bytes from `consumed` on belong to the next message.
        case end(consumed: Int)
        /// Close the connection: where the body ends can't be known. One sentence for the peer. It stays so.
        case invalid(StaticString)

        static func == (left: Step, right: Step) -> Bool {
            switch (left, right) {
            case (.data(let left), .data(let right)): left == right
            case (.needMore, .needMore): true
            case (.end(let left), .end(let right)): left == right
            case (.invalid(let left), .invalid(let right)): left.description == right.description
            default: false
            }
        }
    }

    /// The largest chunk, in bytes: 1 TiB.
    static let maxChunkSize = 1 << 40
    /// Bytes of a line with a chunk's size and extensions, without its CR LF.
    static let maxSizeLine = 256
    /// Bytes of all trailer lines together.
    static let maxTrailers = 8 * 1024

    /// Which byte comes next.
    private enum State {
        case firstSizeDigit, sizeDigit
        case firstOfExtension, extensionName, firstOfExtensionValue, extensionValue, quoted, escaped, afterQuoted
        case sizeLineFeed
        case data, dataReturn, dataLineFeed
        case firstOfTrailer, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        case ended
    }

    private var state = State.firstSizeDigit
    /// Of the chunk that is being read: its size as far as it is known, then what is left of its data. In bytes.
    private var remaining = 0
    /// Bytes of the size line, or of all trailers, so far.
    private var lineLength = 0
    private var refusal: StaticString?

    init() {}

    /// Reads on in the piece from `offset`, which moves behind what was read.
    mutating func next(_ piece: UnsafeRawBufferPointer, from offset: inout Int) -> Step {
        precondition(offset >= 0, "an offset counts from the beginning of the piece")
        while offset < piece.count, refusal == nil {
            if state == .data {
                let start = offset
                offset = start &+ min(remaining, piece.count &- start)
                remaining &-= offset &- start
                if remaining == 0 { state = .dataReturn }
                return .data(start..<offset)
            }
            refusal = take(piece[offset])
            offset &+= 1
            if state == .ended {
                self = ChunkedBodyParser()
                return .end(consumed: offset)
            }
        }
        return refusal.map { .invalid($0) } ?? .needMore
    }

    /// Takes in a byte that is not payload.
    ///
    /// - Returns: Why it can't be there; nil where it can.
    @inline(__always)
    private mutating func take(_ byte: UInt8) -> StaticString? {
        switch state {
        case .firstSizeDigit, .sizeDigit: takeSize(byte)
        case .sizeLineFeed: takeLineFeed(byte, then: remaining == 0 ? .firstOfTrailer : .data)
        case .dataReturn: takeReturn(byte, then: .dataLineFeed)
        case .dataLineFeed: takeLineFeed(byte, then: .firstSizeDigit)
        case .firstOfTrailer, .trailerName, .trailerValue: takeTrailer(byte)
        case .trailerLineFeed: takeLineFeed(byte, then: .firstOfTrailer)
        case .lastLineFeed: takeLineFeed(byte, then: .ended)
        case .data, .ended: nil
        default: takeExtension(byte)
        }
    }

    @inline(__always)
    private mutating func takeSize(_ byte: UInt8) -> StaticString? {
        if let digit = Self.hexDigit(byte) {
            remaining = remaining &<< 4 | digit
            state = .sizeDigit
            if remaining > Self.maxChunkSize { return "A chunk is too large." }
            return countSizeLine()
        }
        guard state == .sizeDigit else { return "A chunk's size is not a hexadecimal number." }
        return endSizeOrExtension(byte)
    }

    /// A chunk's extensions: `;name`, `;name=token` or `;name="quoted"`.
    private mutating func takeExtension(_ byte: UInt8) -> StaticString? {
        switch state {
        case .firstOfExtension, .firstOfExtensionValue:
            if FieldGrammar.isToken(byte) {
                state = state == .firstOfExtension ? .extensionName : .extensionValue
            } else if byte == UInt8(ascii: "\""), state == .firstOfExtensionValue {
                state = .quoted
            } else {
                return Self.badExtension
            }
        case .extensionName:
            if byte == UInt8(ascii: "=") {
                state = .firstOfExtensionValue
            } else if !FieldGrammar.isToken(byte) {
                return endSizeOrExtension(byte)
            }
        case .extensionValue:
            if !FieldGrammar.isToken(byte) { return endSizeOrExtension(byte) }
        case .quoted, .escaped:
            guard FieldGrammar.isVisible(byte) || FieldGrammar.isBlank(byte) else { return Self.badExtension }
            if state == .escaped {
                state = .quoted
            } else if byte == UInt8(ascii: "\"") {
                state = .afterQuoted
            } else if byte == UInt8(ascii: "\\") {
                state = .escaped
            }
        default:
            return endSizeOrExtension(byte)
        }
        return countSizeLine()
    }

    /// A byte after a size or a whole extension: the next extension begins, or the line ends.
    @inline(__always)
    private mutating func endSizeOrExtension(_ byte: UInt8) -> StaticString? {
        switch byte {
        case FieldGrammar.cr:
            lineLength = 0
            state = .sizeLineFeed
            return nil
        case UInt8(ascii: ";"):
            state = .firstOfExtension
            return countSizeLine()
        default:
            return Self.badExtension
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) -> StaticString? {
        if byte == FieldGrammar.cr, state != .trailerName {
            state = state == .firstOfTrailer ? .lastLineFeed : .trailerLineFeed
            return nil
        }
        lineLength &+= 1
        guard lineLength <= Self.maxTrailers else { return "The trailers are too large." }
        if state == .trailerValue {
            let isText = byte >= 0x20 && byte != 0x7F || byte == FieldGrammar.tab
            return isText ? nil : "A trailer holds a control character, or does not end with CR LF."
        }
        if byte == UInt8(ascii: ":"), state == .trailerName {
            state = .trailerValue
            return nil
        }
        state = .trailerName
        return FieldGrammar.isToken(byte)
            ? nil : "A trailer's name is empty or holds a character that is not allowed there."
    }

    @inline(__always)
    private mutating func takeReturn(_ byte: UInt8, then next: State) -> StaticString? {
        state = next
        return byte == FieldGrammar.cr ? nil : "A chunk is longer than its size says."
    }

    @inline(__always)
    private mutating func takeLineFeed(_ byte: UInt8, then next: State) -> StaticString? {
        guard byte == FieldGrammar.lf else { return "A carriage return is not followed by a line feed." }
        state = next
        return nil
    }

    @inline(__always)
    private mutating func countSizeLine() -> StaticString? {
        lineLength &+= 1
        return lineLength <= Self.maxSizeLine ? nil : "The line with a chunk's size is too long."
    }

    private static var badExtension: StaticString { "What follows a chunk's size is not an extension and not CR LF." }

    @inline(__always)
    private static func hexDigit(_ byte: UInt8) -> Int? {
        if byte >= 0x30, byte <= 0x39 { return Int(byte &- 0x30) }
        let small = byte | 0x20
        return small >= 0x61 && small <= 0x66 ? Int(small &- 0x57) : nil
    }
}
