import NIOCore

/// Turns an answer into bytes: a status line, header lines, and a body that is whole or comes in pieces. Pure: what it
/// has made is handed to `send`.
///
///     none ──begin──▶ building ──finish──────────────▶ done
///                         └─────beginStream──▶ streaming ──end──▶ done
struct AnswerEncoder {
    private enum State: Equatable {
        case none
        case building(status: Int)
        /// `headWaits`: the head has yet to leave, with the first piece.
        case streaming(chunked: Bool, headWaits: Bool)
        case done
    }

    private var state = State.none
    /// Of the answer that was begun last; 0 before there was one.
    private(set) var status = 0
    private var out = ByteBufferAllocator().buffer(capacity: 4096)

    /// Up to this many bytes are copied behind their head into one write; above, they are a write of their own, in the
    /// same flush.
    private static let spliceLimit = 16 << 10

    var isDone: Bool { state == .done }

    /// Ready for the next request.
    mutating func reset() {
        state = .none
        status = 0
    }

    /// The status line and what every answer has.
    ///
    /// - Parameters:
    ///   - date: The `date` header's value.
    ///   - connection: The `connection` header's value; nil: none is needed.
    mutating func begin(status: Int, date: UnsafeRawBufferPointer, connection: StaticString?) {
        state = .building(status: status)
        self.status = status
        out.clear(minimumCapacity: 1024)
        out.writeHead(guess: 128) { head in
            head.statusLine(status)
            head.field("date", date)
            if let connection { head.field("connection", connection) }
        }
    }

    /// Header lines. `lines` may run again if they need more room than usual.
    @inline(__always)
    mutating func write(_ lines: (inout HeadWriter) -> Void) {
        out.writeHead(guess: 512, lines)
    }

    /// Ends the head, and the answer with it.
    ///
    /// - Parameter omitsBody: For HEAD: the length is said, the body is not sent.
    mutating func finish(body: ByteBuffer, omitsBody: Bool, send: (ByteBuffer) -> Void) {
        guard case .building(let status) = state else { return }
        state = .done
        let hasBody = status >= 200 && status != 204 && status != 304
        out.writeHead(guess: 64) { head in
            if hasBody { head.field("content-length", body.readableBytes) }
            head.end()
        }
        if !hasBody || omitsBody {
            send(out)
        } else if body.readableBytes <= Self.spliceLimit {
            out.writeImmutableBuffer(body)
            send(out)
        } else {
            send(out)
            send(body)
        }
    }

    /// Ends the head of an answer whose body follows piece by piece; without chunks it lasts until the connection ends.
    mutating func beginStream(chunked: Bool) {
        guard case .building = state else { return }
        out.writeHead(guess: 64) { head in
            if chunked { head.field("transfer-encoding", "chunked" as StaticString) }
            head.end()
        }
        state = .streaming(chunked: chunked, headWaits: true)
    }

    /// A piece of a streamed body.
    mutating func piece(_ piece: ByteBuffer, send: (ByteBuffer) -> Void) {
        guard piece.readableBytes > 0, case .streaming(let isChunked, let headWaits) = state else { return }
        if !headWaits { out.clear(minimumCapacity: min(piece.readableBytes, Self.spliceLimit) + 32) }
        state = .streaming(chunked: isChunked, headWaits: false)
        if isChunked { out.writeHead(guess: 24) { $0.chunkSize(piece.readableBytes) } }
        if piece.readableBytes <= Self.spliceLimit {
            out.writeImmutableBuffer(piece)
            if isChunked { out.writeStaticString("\r\n") }
            send(out)
        } else {
            send(out)
            send(piece)
            if isChunked { send(ByteBuffer(staticString: "\r\n")) }
        }
    }

    /// Ends a streamed body.
    mutating func end(send: (ByteBuffer) -> Void) {
        guard case .streaming(let isChunked, let headWaits) = state else { return }
        state = .done
        if !headWaits { out.clear() }
        if isChunked { out.writeStaticString("0\r\n\r\n") }
        if out.readableBytes > 0 { send(out) }
    }
}
