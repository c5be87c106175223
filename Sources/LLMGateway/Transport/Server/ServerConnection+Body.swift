import NIOCore

/// The body of the request that the connection holds.
extension ServerConnection {
    /// Reads the whole request body.
    ///
    /// - Parameter limit: In bytes, where it is less than what any body may have.
    /// - Throws: ``RequestBodyError``; the connection is then closed after the answer, since where the next request
    ///   would begin is not known.
    func readBody(upTo limit: Int = .max) async throws(RequestBodyError) -> ByteBuffer {
        let limit = min(limit, limits.maxBodyBytes)
        if inbound.readableBytes <= limit, let whole = bodyIfHere() { return whole }
        guard case .unread(let framing) = bodyState else { return ByteBuffer() }
        bodyState = .read
        do throws(RequestBodyError) {
            switch framing {
            case .length(let length): return try await readFixedBody(length, upTo: limit)
            case .chunked: return try await readChunkedBody(upTo: limit)
            case .none, .untilClose: return ByteBuffer()
            }
        } catch {
            closesAfterAnswer = true
            throw error
        }
    }

    /// The whole body, when all of it came with the head: the usual case, which needs no waiting.
    func bodyIfHere() -> ByteBuffer? {
        guard bodyState == .unread(.length(inbound.readableBytes)), inbound.readableBytes <= limits.maxBodyBytes else {
            return nil
        }
        bodyState = .read
        bytesIn += inbound.readableBytes
        var whole = ByteBuffer()
        swap(&whole, &inbound)
        return whole
    }

    private func readFixedBody(_ length: Int, upTo limit: Int) async throws(RequestBodyError) -> ByteBuffer {
        guard length <= limit else { throw .tooLarge }
        bytesIn += length
        if inbound.readableBytes < length {
            sendContinueIfAsked()
            timerFired = false
            while inbound.readableBytes < length { try await waitForBody() }
            timer?.disarm()
        }
        if inbound.readableBytes == length {
            defer { inbound = ByteBuffer() }
            return inbound
        }
        return inbound.readSlice(length: length) ?? ByteBuffer()
    }

    private func readChunkedBody(upTo limit: Int) async throws(RequestBodyError) -> ByteBuffer {
        var body = ByteBuffer()
        var chunks = ChunkedBodyParser()
        if inbound.readableBytes == 0 { sendContinueIfAsked() }
        timerFired = false
        defer { timer?.disarm() }
        while true {
            var offset = 0
            var isEnd = false
            while !isEnd, offset < inbound.readableBytes {
                switch inbound.withUnsafeReadableBytes({ chunks.next($0, from: &offset) }) {
                case .data(let range):
                    guard body.readableBytes + range.count <= limit else { throw .tooLarge }
                    body.writeImmutableBuffer(
                        inbound.getSlice(at: inbound.readerIndex + range.lowerBound, length: range.count)
                            ?? ByteBuffer())
                case .needMore: offset = inbound.readableBytes
                case .end(let consumed):
                    offset = consumed
                    isEnd = true
                case .invalid(let reason): throw .malformed(reason)
                }
            }
            bytesIn += offset
            inbound.moveReaderIndex(forwardBy: min(offset, inbound.readableBytes))
            if isEnd { return body }
            try await waitForBody()
        }
    }

    private func waitForBody() async throws(RequestBodyError) {
        if isClosed { throw .clientGone }
        timer?.arm(after: limits.bodyTimeout)
        await wait()
        if isClosed { throw .clientGone }
        if timerFired { throw .timedOut }
    }

    private func sendContinueIfAsked() {
        guard parser.expectsContinue, parser.isHTTP11 else { return }
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    /// A body that nobody read: skipped when all of it is here, else it ends the connection.
    func settleUnreadBody() {
        guard case .unread(let framing) = bodyState else { return }
        bodyState = .read
        if case .length(let length) = framing, length <= inbound.readableBytes, !parser.expectsContinue {
            inbound.moveReaderIndex(forwardBy: length)
        } else {
            closesAfterAnswer = true
        }
    }
}
