import NIOCore

/// A client's connection: bytes in, requests out, one at a time and in order; answers back.
///
/// The handler side runs in NIO's callbacks; the request side is called from the connection's own task, which runs on
/// the same loop (``LoopExecutor``). They meet in two continuations: one for the next request, one for more of a body.
/// Sendable for that reason only: every access is on ``loop``'s thread.
final class ServerConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let loop: Loop
    let limits: ServerLimits
    private let responder: any RequestResponder
    private let isCounted: Bool
    var context: ChannelHandlerContext?

    // Reading.
    private(set) var parser: RequestHeadParser
    private var headBytes = ByteBufferAllocator().buffer(capacity: 1024)
    var inbound = ByteBuffer()
    var bodyState = BodyState.none
    private var waiter: UnsafeContinuation<Void, Never>?
    /// Whether the next request may begin, and its head is not complete.
    private var awaitsHead = false
    /// Whether some of that head has come.
    private var hasBegun = false
    /// Who waits for the next request, and what there is to take before anybody does.
    private var taker: UnsafeContinuation<Arrival, Never>?
    private var arrival: Arrival?
    private(set) var timer: LoopTimer?
    /// Whether the time for more of a body is over.
    var timerFired = false
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
    var bytesIn = 0
    var bytesOut = 0
    /// When the first byte of the current head came, and when it was complete.
    private(set) var headStarted = NIODeadline.now()
    private(set) var headCompleted = NIODeadline.now()

    private enum Mode { case serving, lingering, closed }
    enum BodyState: Equatable { case none, unread(BodyFraming), read }

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
        _ = Task(executorPreference: loop.executor) { await self.serve() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        if mode != .serving {
            lingered += piece.readableBytes
            if lingered > limits.maxLingerBytes { context.close(promise: nil) }
            return
        }
        if inbound.readableBytes == 0 { inbound = piece } else { inbound.writeBuffer(&piece) }
        if awaitsHead {
            readHead()
        } else if waiter != nil {
            timer?.disarm()
            wake()
        } else if inbound.readableBytes > limits.maxPipelinedBytes, !isReadingPaused {
            setReading(false)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable, let dependent {
            dependent.clientCaughtUp()
        }
    }

    /// Who says no more is taken to have gone; but what was asked before, and needs no waiting for, is answered first.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            loop.executor.runTurn()
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // What was read before is under way first: only then can it be told that nobody waits for it.
        loop.executor.runTurn()
        self.context = nil
        mode = .closed
        isWritable = false
        timer?.cancel()
        let wasOpen = loop.clients.removeValue(forKey: ObjectIdentifier(self)) != nil
        if wasOpen, isCounted { loop.onClientCount?(-1) }
        if let dependent {
            self.dependent = nil
            dependent.clientWentAway()
        }
        if awaitsHead { arrive(.ended) }
        wake()
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
        if awaitsHead {
            if hasBegun { arrive(.refused(.timedOut)) } else { abort() }
        } else {
            timerFired = true
            wake()
        }
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
        waiter.resume()
    }

    /// Until more bytes have come, a timer has fired, or the client is gone.
    func wait() async {
        if isReadingPaused { setReading(true) }
        await withUnsafeContinuation { waiter = $0 }
    }

    // MARK: Requests

    private func serve() async {
        awaitHead()
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
            case .ended: return
            }
            loop.finishAtTurnEnd(self)
        }
    }

    private enum Arrival { case request, refused(HeadRefusal), ended }

    private func nextRequest() async -> Arrival {
        if let arrival {
            self.arrival = nil
            return arrival
        }
        return await withUnsafeContinuation { taker = $0 }
    }

    private func arrive(_ arrival: Arrival) {
        awaitsHead = false
        guard let taker else { return self.arrival = arrival }
        self.taker = nil
        taker.resume(returning: arrival)
    }

    private func awaitHead() {
        guard mode == .serving else { return arrive(.ended) }
        awaitsHead = true
        hasBegun = false
        timer?.arm(after: bytesOut == 0 ? limits.headerTimeout : limits.keepAliveTimeout)
        bytesIn = 0
        bytesOut = 0
        answer.reset()
        bodyState = .none
        parser.reset()
        readHead()
    }

    /// Looks for a request's head in what has come of it.
    private func readHead() {
        if inbound.readableBytes > 0 {
            if !hasBegun {
                hasBegun = true
                headStarted = .now()
                timer?.arm(at: headStarted + limits.headerTimeout)
            }
            switch inbound.withUnsafeReadableBytes({ parser.parse($0) }) {
            case .needMore: break
            case .invalid(let error): return arrive(.refused(.invalid(error)))
            case .complete:
                takeHead()
                return arrive(.request)
            }
        }
        if isReadingPaused { setReading(true) }
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

    /// Accounts for what was answered in this turn.
    func settle() { responder.settle(on: loop) }

    /// Sends what is left of the answer, and makes the connection ready for its next request, or closes it.
    func finishRequest() {
        flush()
        if mode == .serving {
            if !answer.isDone {
                abort()
            } else if closesAfterAnswer {
                closeAfterFlush()
            }
        }
        awaitHead()
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

    /// Gives the connection up without a proper end.
    func abort() {
        mode = .closed
        context?.close(promise: nil)
    }

    /// Whether no request is being served, nor has begun to come.
    var isIdle: Bool { awaitsHead && inbound.readableBytes == 0 }

    /// Ends the connection, and what is under way on it, at the end of a shutdown.
    func stop() {
        if let dependent { dependent.serverStops() }
        if awaitsHead { abort() }
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
