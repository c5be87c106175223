import NIOCore
import NIOSSL
import NIOTLS

/// A connection to an upstream: one exchange at a time, then back to the pool.
///
/// Like ``ServerConnection``, a handler on one side and calls from a task of the same loop on the other, with one
/// continuation between them. Sendable for that reason only: every access is on its loop's thread.
final class UpstreamConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The other connections to the same place.
    let siblings: OriginConnections
    private unowned let pool: UpstreamPool
    private var context: ChannelHandlerContext?
    private var waiter: UnsafeContinuation<Void, Never>?
    private var timer: LoopTimer?
    private var timedPhase = UpstreamPhase.connect
    private var idleLimit = TimeAmount.zero
    /// When the whole exchange must be over; every phase's limit is cut to it.
    private var deadline = NIODeadline.distantFuture
    private var isHeadRequest = false
    /// How the connection has ended behind an answer that is yet to be read; nil: it hasn't.
    private var end: (reason: String, isClean: Bool)?
    private var canBeReused = false

    private var state = State.connecting
    private var failure: UpstreamError?
    private var inbound = ByteBuffer()
    private var parser = ResponseHeadParser(limits: HeadLimits(maxBytes: 64 << 10, maxFields: 256))
    private var headBytes = ByteBufferAllocator().buffer(capacity: 1024)
    private var body = ResponseBodyDecoder(.none)
    private weak var sink: (any BodySink)?
    private(set) var isPaused = false  // whoever takes the body can't keep up

    /// Whether an exchange was completed on this connection before: then its end may be a mere keep-alive race.
    private(set) var isReused = false
    /// Whether anything came back since the request was sent.
    private(set) var hasHeard = false
    /// Bytes of the current answer, head included.
    private(set) var bytesIn = 0
    /// When the current request left.
    private(set) var sentAt: NIODeadline?
    /// When the first byte of the current answer came.
    private(set) var firstByteAt: NIODeadline?

    private enum State { case connecting, idle, awaitingHead, head, body, done, closed }

    init(_ siblings: OriginConnections, pool: UpstreamPool) {
        self.siblings = siblings
        self.pool = pool
    }

    // MARK: The channel's side

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    /// Takes over a channel that has just connected, unless the connection was given up meanwhile.
    ///
    /// - Throws: What the TLS library says of a host name that it can't use.
    func adopt(_ channel: any Channel) throws {
        guard state == .connecting else {
            channel.close(promise: nil)
            return
        }
        if let tls = origin.tls {
            let isAddress = (try? SocketAddress(ipAddress: origin.host, port: 0)) != nil
            let handler = try NIOSSLClientHandler(context: tls.context, serverHostname: isAddress ? nil : origin.host)
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        try channel.pipeline.syncOperations.addHandler(self)
        if origin.tls == nil { established() }
        channel.setOption(.autoRead, value: true).whenFailure { _ in }
    }

    /// The connection is up; with TLS, so is the handshake.
    private func established() {
        guard state == .connecting else { return }
        timer?.disarm()
        state = .idle
        wake()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        switch state {
        case .body:
            bytesIn += piece.readableBytes
            if sink != nil {
                deliver(piece)
            } else {
                append(&piece)
            }
            restartIdleTimer()
        case .awaitingHead, .head:
            if !hasHeard {
                hasHeard = true
                firstByteAt = .now()
            }
            bytesIn += piece.readableBytes
            append(&piece)
            readHead()
        case .connecting, .idle, .done, .closed:
            // Nobody asked: what follows on this connection could be taken for the next request's answer.
            fail(.malformed("bytes that belong to no request"))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if state == .body, let sink { sink.received() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        ended(.reset("the upstream closed the connection"), isClean: true)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let sentence = ConnectFailure.sentence(error)
        ended(state == .connecting ? .connectFailed(sentence) : .reset(sentence))
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { established() }
        context.fireUserInboundEventTriggered(event)
    }

    /// Looks for the answer's head in what has come of it.
    private func readHead() {
        while state == .awaitingHead {
            switch inbound.withUnsafeReadableBytes({ parser.parse($0) }) {
            case .needMore: return
            case .invalid(let error): return fail(.malformed("\(error)"))
            case .complete where parser.status < 200 && parser.status != 101:
                inbound.moveReaderIndex(forwardBy: parser.length)
                parser.reset(isHead: isHeadRequest)
                if inbound.readableBytes == 0 { return }
            case .complete:
                takeHead()
                wake()
            }
        }
    }

    private func append(_ piece: inout ByteBuffer) {
        if inbound.readableBytes == 0 { inbound = piece } else { inbound.writeBuffer(&piece) }
    }

    /// The connection is gone, for `reason` unless a better one is known.
    ///
    /// - Parameter isClean: Whether the upstream has closed it, as it may at the end of an answer.
    private func ended(_ reason: UpstreamError, isClean: Bool = false) {
        guard state != .closed else { return }
        // The answer waits for its reader, and is whole.
        if state == .done { return canBeReused = false }
        if state == .body, body.endsWithConnection, failure == nil, isClean { return finishBody(reusable: false) }
        if state == .head, failure == nil, case .reset(let text) = reason {
            // What came is read before what became of the connection: the answer may be whole.
            end = end ?? (text, isClean)
            return
        }
        if failure == nil {
            failure =
                switch (state, reason) {
                case (.body, .reset(let text)), (.head, .reset(let text)): .brokenOff(text)
                case (.awaitingHead, .reset(let text)) where hasHeard: .brokenOff(text)
                case (.connecting, .reset(let text)): .connectFailed(text)
                default: reason
                }
        }
        close()
    }

    private func fail(_ error: UpstreamError) {
        if state == .done { return canBeReused = false }
        if failure == nil, state != .closed { failure = error }
        close()
    }

    private func close() {
        guard state != .closed else { return }
        state = .closed
        timer?.cancel()
        pool.closed(self)
        context?.close(promise: nil)
        wake()
    }

    private func wake() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }

    private func wait() async { await withUnsafeContinuation { waiter = $0 } }

    // MARK: An exchange

    var origin: Origin { siblings.origin }
    var isOpen: Bool { state != .closed && state != .connecting }

    /// Waits until the connection can be used.
    ///
    /// - Throws: ``UpstreamError/connectFailed(_:)``, a timeout of the phase `connect`, or why it was called off.
    func connected(within limit: Duration, allBy deadline: NIODeadline) async throws(UpstreamError) {
        self.deadline = deadline
        arm(.connect, TimeAmount(limit))
        while state == .connecting { await wait() }
        if let failure { throw failure }
    }

    /// Sends a request: its head, and its body after it.
    ///
    /// - Parameter deadline: When the whole exchange must be over.
    func send(
        _ head: ByteBuffer, _ requestBody: ByteBuffer?, isHead: Bool, firstByteWithin limit: Duration,
        allBy deadline: NIODeadline
    ) {
        guard let context, state == .idle else { return }
        state = .awaitingHead
        hasHeard = false
        (sentAt, firstByteAt) = (nil, nil)
        bytesIn = 0
        failure = nil
        isHeadRequest = isHead
        self.deadline = deadline
        parser.reset(isHead: isHead)
        arm(.firstByte, TimeAmount(limit))
        context.write(wrapOutboundOut(head), promise: nil)
        if let requestBody { context.write(wrapOutboundOut(requestBody), promise: nil) }
        pool.flushAtTurnEnd(self)
    }

    /// Has what was written leave.
    func flush() {
        sentAt = .now()
        context?.flush()
    }

    /// Waits for the answer's head. Interim answers (1xx) are skipped.
    func receiveHead() async throws(UpstreamError) {
        while state == .awaitingHead { await wait() }
        if state == .head { return }
        throw failure ?? .reset("the connection is closed")
    }

    private func takeHead() {
        timer?.disarm()
        headBytes.clear()
        headBytes.writeImmutableBuffer(inbound.getSlice(at: inbound.readerIndex, length: parser.length) ?? ByteBuffer())
        inbound.moveReaderIndex(forwardBy: parser.length)
        state = .head
        body = ResponseBodyDecoder(parser.framing)
    }

    var status: Int { parser.status }
    var fields: HeaderFields { parser.fields }

    /// Gives access to the bytes of the answer's head; ranges of its fields are offsets into them.
    func withHead<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        headBytes.withUnsafeReadableBytes(body)
    }

    func header(_ field: KnownField) -> String? {
        parser.fields.first(field).map { field in
            withHead { String(decoding: field.value(in: $0), as: UTF8.self) }
        }
    }

    func header(named name: StaticString) -> String? {
        withHead { head in
            parser.fields.first(named: name, in: head).map { String(decoding: $0.value(in: head), as: UTF8.self) }
        }
    }

    /// Hands the body to `sink` as it comes, and returns when it is complete.
    ///
    /// - Throws: ``UpstreamError/brokenOff(_:)``, a timeout of the phase `idle`, or why it was called off.
    func relayBody(to sink: any BodySink, idleWithin limit: Duration) async throws(UpstreamError) {
        self.sink = sink
        defer { self.sink = nil }
        try beginBody(idleWithin: limit)
        if inbound.readableBytes > 0 || body.missing == 0 {
            let piece = inbound
            inbound = ByteBuffer()
            deliver(piece)
            if state == .body { sink.received() }
        }
        if let end, state == .body { ended(.reset(end.reason), isClean: end.isClean) }
        while state == .body { await wait() }
        if let failure { throw failure }
    }

    /// Collects the whole body.
    func collectBody(upTo limit: Int, idleWithin idle: Duration) async throws(UpstreamError) -> ByteBuffer {
        if let length = body.missing, length > limit { throw refuseLarge() }
        if let whole = bodyIfHere() { return whole }
        let collector = BodyCollector(limit: limit) { [unowned self] in _ = self.refuseLarge() }
        try await relayBody(to: collector, idleWithin: idle)
        return collector.bytes
    }

    /// The whole body, when all of it came with the head: the usual case, which needs no waiting.
    func bodyIfHere() -> ByteBuffer? {
        guard state == .head, failure == nil, let length = body.missing, inbound.readableBytes == length else {
            return nil
        }
        state = .body
        var whole = ByteBuffer()
        swap(&whole, &inbound)
        finishBody(reusable: parser.keepsAlive)
        return whole
    }

    private func refuseLarge() -> UpstreamError {
        fail(.tooLarge)
        return .tooLarge
    }

    private func beginBody(idleWithin limit: Duration) throws(UpstreamError) {
        if let failure { throw failure }
        guard state == .head else { throw .reset("the connection is closed") }
        state = .body
        idleLimit = TimeAmount(limit)
        restartIdleTimer()
    }

    private func deliver(_ piece: ByteBuffer) {
        guard let sink else { return }
        let decoded = body.decode(piece)
        if let payload = decoded.payload { sink.receive(payload) }
        if let flaw = decoded.flaw {
            fail(.malformed(flaw))
        } else if decoded.isEnd, state == .body {
            finishBody(reusable: parser.keepsAlive)
        }
    }

    private func finishBody(reusable: Bool) {
        timer?.disarm()
        state = .done
        canBeReused = reusable && end == nil
        wake()
    }

    /// The exchange is over: the connection goes back to the pool when it may carry another, else it is closed.
    func release() {
        sink = nil
        if isPaused { resume() }
        if state == .done, canBeReused, context != nil {
            state = .idle
            isReused = true
            pool.released(self)
        } else {
            close()
        }
    }

    /// Closes the connection, of which nobody needs anything any more.
    func discard() { close() }

    /// Gives the exchange up, and the connection with it. What waits for it gets `reason`.
    func cancel(_ reason: UpstreamError) { fail(reason) }

    /// Stops reading until ``resume()``: whoever takes the body can't keep up. The idle limit rests meanwhile.
    func pause() {
        guard !isPaused, let context else { return }
        isPaused = true
        arm(.total, TimeAmount.zero)
        context.channel.setOption(ChannelOptions.autoRead, value: false).whenFailure { _ in }
    }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        restartIdleTimer()
        context?.channel.setOption(ChannelOptions.autoRead, value: true).whenFailure { _ in }
    }

    private func restartIdleTimer() {
        guard state == .body, !isPaused else { return }
        arm(.idle, idleLimit)
    }

    private func arm(_ phase: UpstreamPhase, _ limit: TimeAmount) {
        if timer == nil {
            timer = LoopTimer(pool.timers) { [unowned self] in self.fail(.timedOut(self.timedPhase)) }
        }
        let end = limit > .zero ? NIODeadline.now() + limit : .distantFuture
        timedPhase = end < deadline ? phase : .total
        timer?.arm(at: min(end, deadline))
    }

    deinit { timer?.cancel() }
}
