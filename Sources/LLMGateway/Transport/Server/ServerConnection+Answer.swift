import NIOCore

/// The answer to the request that the connection holds; called by whoever answers it.
extension ServerConnection {
    /// Begins an answer: the status line and what every answer has. Header lines follow with ``write(_:)``, then
    /// ``finish(body:)`` or ``beginStream()``.
    func begin(status: Int) {
        settleUnreadBody()
        if loop.isDraining { closesAfterAnswer = true }
        let connection: StaticString? = closesAfterAnswer ? "close" : parser.isHTTP11 ? nil : "keep-alive"
        loop.withHTTPDate { answer.begin(status: status, date: $0, connection: connection) }
    }

    /// Adds header lines. May run again if they need more room than usual.
    @inline(__always)
    func write(_ lines: (inout HeadWriter) -> Void) {
        answer.write(lines)
    }

    /// Ends the head, and the answer with it. It leaves when the responder is done with the request.
    func finish(body: ByteBuffer) {
        answer.finish(body: body, omitsBody: parser.method == .head, send: send)
    }

    /// Ends the head of an answer whose body follows piece by piece. The head leaves with the first piece.
    func beginStream() {
        if !parser.isHTTP11 { closesAfterAnswer = true }
        answer.beginStream(chunked: parser.isHTTP11)
    }

    /// Writes a piece of a streamed body; it leaves with the next ``flush()``.
    func write(piece: ByteBuffer) {
        answer.piece(piece, send: send)
    }

    func flush() {
        context?.flush()
    }

    /// Ends a streamed body. What has not left yet leaves when the responder is done with the request.
    func endStream() {
        answer.end(send: send)
    }

    /// Of the answer that was begun; 0 before there is one.
    var answeredStatus: Int { answer.status }

    /// Whether any byte of the current answer has been written.
    var hasAnswered: Bool { bytesOut > 0 }

    private func send(_ buffer: ByteBuffer) {
        bytesOut += buffer.readableBytes
        context?.write(wrapOutboundOut(buffer), promise: nil)
    }
}
