import NIOCore

/// A client's connection: bytes in, requests out, one at a time and in order; answers back.
///
/// The handler side runs in NIO's callbacks; the request side is called from the connection's own task, which runs on
/// the same loop (``LoopExecutor``). They meet in one continuation. Sendable for that reason only: every access is on
/// ``loop``'s thread.
final class ServerConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let loop: Loop
    private let limits: ServerLimits
    private let responder: any RequestResponder
    private let isCounted: Bool
    var context: ChannelHandlerContext?

    // Reading.
    private(set) var parser: RequestHeadParser
    private var headBytes = ByteBufferAllocator().buffer(capacity: 1024)
    private var inbound = ByteBuffer()
    private var bodyState = BodyState.none
    private var waiter: UnsafeContinuation<Void, Never>?
    private var timer: LoopTimer?
    private var timerFired = false
    private var isReadingPaused = false
    private var lingered = 0
    /// Bytes of an answer that had not been taken at the last look.
    private var unsent = Int.max
    private var mode = Mode.serving

    // Writing.
    var answer = AnswerEncoder()
    var closesAfterAnswer = false

    /// What stops when this client goes away: the upstream exchange, a place in a queue.
    var dependent: (any ClientDependent)?

    /// The client's address without its port; empty for a socket that has none.
    private(set) var peerAddress = ""
    private(set) var isWritable = true
    /// Bytes of the current request, head included, and of its answer.
    private(set) var bytesIn = 0
    var bytesOut = 0
    /// When the first byte of the current head came, and when it was complete.
    private(set) var headStarted = NIODeadline.now()
    private(set) var headCompleted = NIODeadline.now()

    private enum Mode { case serving, lingering, closed }
    private enum BodyState: Equatable { case none, unread(BodyFraming), read }

    /// - Parameter isCounted: Whether it is one of ``Loop/onClientCount``'s.
    init(loop: Loop, limits: ServerLimits, responder: any RequestResponder, isCounted: Bool = true) {
        self.isCounted = isCounted
        self.loop = loop
        self.limits = limits
        self.responder = responder
        parser = RequestHeadParser(limits: limits.head)
    }

    // MARK: The channel's side

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        peerAddress = context.remoteAddress?.ipAddress ?? ""
        timer = LoopTimer(loop.timers) { [unowned self] in self.timePassed() }
    }

    func channelActive(context: ChannelHandlerContext) {
        if peerAddress.isEmpty { peerAddress = context.remoteAddress?.ipAddress ?? "" }
        loop.clients[ObjectIdentifier(self)] = self
        if isCounted { loop.onClientCount?(1) }
        loop.executor.scoped {
            _ = Task(executorPreference: loop.executor) { await self.serve() }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        if mode != .serving {
            lingered += piece.readableBytes
            if lingered > limits.maxLingerBytes { context.close(promise: nil) }
            return
        }
        if inbound.readableBytes == 0 { inbound = piece } else { inbound.writeBuffer(&piece) }
        if waiter != nil {
            wake()
        } else if inbound.readableBytes > limits.maxPipelinedBytes, !isReadingPaused {
            setReading(false)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable, let dependent {
            loop.executor.scoped { dependent.clientCaughtUp() }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        mode = .closed
        isWritable = false
        timer?.cancel()
        let wasOpen = loop.clients.removeValue(forKey: ObjectIdentifier(self)) != nil
        if wasOpen, isCounted { loop.onClientCount?(-1) }
        loop.executor.scoped {
            if let dependent {
                self.dependent = nil
                dependent.clientWentAway()
            }
            wake()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func timePassed() {
        if isSending() { return timer?.arm(after: limits.keepAliveTimeout) ?? () }
        if mode == .lingering {
            context?.close(promise: nil)
            return
        }
        timerFired = true
        wake()
    }

    /// Whether a client that has nothing to say is still taking the end of an answer: more of it since this was last asked.
    private func isSending() -> Bool {
        guard isIdle || mode == .lingering, inbound.readableBytes == 0,
            let left = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes), left > 0, left < unsent
        else {
            unsent = .max
            return false
        }
        unsent = left
        return true
    }

    private func setReading(_ isOn: Bool) {
        isReadingPaused = !isOn
        context?.channel.setOption(ChannelOptions.autoRead, value: isOn).whenFailure { _ in }
    }

    private func wake() {
        guard let waiter else { return }
        self.waiter = nil
        loop.executor.scoped { waiter.resume() }
    }

    /// Until more bytes have come, a timer has fired, or the client is gone.
    private func wait() async {
        if isReadingPaused { setReading(true) }
        await withUnsafeContinuation { waiter = $0 }
    }

    // MARK: Requests

    private func serve() async {
        while true {
            switch await nextRequest() {
            case .request:
                await responder.respond(on: self)
                dependent = nil
            case .refused(let refusal):
                closesAfterAnswer = true
                // What the parser has found of it can be looked at.
                headBytes.clear()
                headBytes.writeImmutableBuffer(inbound)
                responder.refuse(refusal, on: self)
            case .ended:
                context?.close(promise: nil)
                return
            }
            // Not before: whoever has the whole answer finds the request counted, and what it took settled.
            flush()
            guard await finishRequest() else { return }
        }
    }

    private enum Arrival { case request, refused(HeadRefusal), ended }

    private func nextRequest() async -> Arrival {
        var hasBegun = false
        timerFired = false
        timer?.arm(after: bytesOut == 0 ? limits.headerTimeout : limits.keepAliveTimeout)
        bytesIn = 0
        bytesOut = 0
        answer.reset()
        bodyState = .none
        parser.reset()
        while true {
            if mode != .serving { return .ended }
            if inbound.readableBytes > 0 {
                if !hasBegun {
                    hasBegun = true
                    headStarted = .now()
                    timer?.arm(at: headStarted + limits.headerTimeout)
                }
                switch inbound.withUnsafeReadableBytes({ parser.parse($0) }) {
                case .needMore: break
                case .invalid(let error): return .refused(.invalid(error))
                case .complete:
                    takeHead()
                    return .request
                }
            }
            if timerFired { return hasBegun ? .refused(.timedOut) : .ended }
            await wait()
        }
    }

    private func takeHead() {
        timer?.disarm()
        headCompleted = .now()
        bytesIn = parser.length
        headBytes.clear()
        headBytes.writeImmutableBuffer(inbound.getSlice(at: inbound.readerIndex, length: parser.length) ?? ByteBuffer())
        inbound.moveReaderIndex(forwardBy: parser.length)
        bodyState = parser.framing == .none ? .read : .unread(parser.framing)
        closesAfterAnswer = !parser.keepsAlive
    }

    /// Leaves the connection ready for its next request, or closes it.
    private func finishRequest() async -> Bool {
        guard mode == .serving else { return false }
        if !answer.isDone {
            abort()
            return false
        }
        if closesAfterAnswer {
            closeAfterFlush()
            return false
        }
        return true
    }

    // MARK: The current request

    var isClosed: Bool { mode != .serving }
    /// Gives access to the bytes of the head; ranges of the parser's fields are offsets into them.
    func withHead<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        headBytes.withUnsafeReadableBytes(body)
    }

    func text(_ range: Range<Int>) -> String {
        headBytes.withUnsafeReadableBytes {
            String(decoding: UnsafeRawBufferPointer(rebasing: $0[range]), as: UTF8.self)
        }
    }

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
        if mode != .serving { throw .clientGone }
        timer?.arm(after: limits.bodyTimeout)
        await wait()
        if mode != .serving { throw .clientGone }
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

    /// Gives the connection up without a proper end.
    func abort() {
        mode = .closed
        context?.close(promise: nil)
    }

    /// Whether no request is being served, nor has begun to come.
    var isIdle: Bool { isBetweenRequests && inbound.readableBytes == 0 }
    private var isBetweenRequests: Bool { waiter != nil && answer.isUnbegun && bodyState == .none }

    /// Ends the connection, and what is under way on it, at the end of a shutdown.
    func stop() {
        if let dependent { loop.executor.scoped { dependent.serverStops() } }
        if isBetweenRequests { context?.close(promise: nil) }
    }

    private func closeAfterFlush() {
        guard mode == .serving, let context else { return }
        mode = .lingering
        // What the client still sends must be read: closing with unread bytes would reset the connection and may
        // destroy the answer on its way.
        let flushed = context.eventLoop.makePromise(of: Void.self)
        context.close(mode: .output, promise: flushed)
        if isReadingPaused { setReading(true) }
        // The client has as long to take the answer as on a connection that is kept, and then the time to stop sending.
        timer?.arm(after: limits.keepAliveTimeout)
        flushed.futureResult.assumeIsolated().whenComplete { [self] _ in
            if mode == .lingering { timer?.arm(after: limits.lingerTime) }
        }
    }
}
