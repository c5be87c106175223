import NIOCore

/// Finds the body in what an upstream sends after a head, and its end. Pure.
struct ResponseBodyDecoder {
    private enum Progress {
        case length(left: Int)
        case chunked(ChunkedBodyParser)
        case untilClose
    }

    private var progress: Progress

    init(_ framing: BodyFraming) {
        switch framing {
        case .none: progress = .length(left: 0)
        case .length(let length): progress = .length(left: length)
        case .chunked: progress = .chunked(ChunkedBodyParser())
        case .untilClose: progress = .untilClose
        }
    }

    /// What a read came to.
    struct Decoded {
        /// Bytes of the body; nil: none.
        var payload: ByteBuffer?
        /// The body is complete.
        var isEnd = false
        /// Why this can't be a body; what came before it still counts.
        var flaw: String?
    }

    /// Whether the body ends with the connection.
    var endsWithConnection: Bool { if case .untilClose = progress { true } else { false } }

    /// The length that was announced and has not come yet; nil where none was.
    var missing: Int? { if case .length(let left) = progress { left } else { nil } }

    /// Takes a read apart. However many chunks it holds, their payload comes as one: a single one as a slice of what was
    /// read, several put together.
    mutating func decode(_ piece: ByteBuffer) -> Decoded {
        let count = piece.readableBytes
        switch progress {
        case .untilClose:
            return Decoded(payload: count > 0 ? piece : nil)
        case .length(let left):
            guard count <= left else { return Decoded(flaw: "more bytes than the content-length says") }
            progress = .length(left: left - count)
            return Decoded(payload: count > 0 ? piece : nil, isEnd: count == left)
        case .chunked(var chunks):
            let decoded = Self.decode(piece, &chunks)
            progress = .chunked(chunks)
            return decoded
        }
    }

    private static func decode(_ piece: ByteBuffer, _ chunks: inout ChunkedBodyParser) -> Decoded {
        var decoded = Decoded()
        var isGathered = false
        var offset = 0
        let count = piece.readableBytes
        while offset < count {
            switch piece.withUnsafeReadableBytes({ chunks.next($0, from: &offset) }) {
            case .data(let range):
                guard let slice = piece.getSlice(at: piece.readerIndex + range.lowerBound, length: range.count) else {
                    return decoded
                }
                guard let before = decoded.payload else {
                    decoded.payload = slice
                    continue
                }
                if !isGathered {
                    isGathered = true
                    var gathered = ByteBufferAllocator().buffer(capacity: count)
                    gathered.writeImmutableBuffer(before)
                    decoded.payload = gathered
                }
                decoded.payload?.writeImmutableBuffer(slice)
            case .needMore:
                return decoded
            case .end(let consumed):
                decoded.isEnd = true
                if consumed < count { decoded.flaw = "bytes after the end of the answer" }
                return decoded
            case .invalid(let reason):
                decoded.flaw = "\(reason)"
                return decoded
            }
        }
        return decoded
    }
}
