import NIOCore

/// A connection to Redis: commands go out in one write a turn of the loop, replies come back in the same order.
///
/// Whoever sends is told the outcome once, whatever happens. The oldest command's reply must come in time; when it doesn't,
/// none behind it will, and the connection ends, as it does when what comes can't be read.
///
/// Used on its event loop only; what is sent is handed over there.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What may wait for replies at once.
    struct Limits: Sendable {
        var batches = 16_384
        /// Bytes of commands.
        var bytes = 16 << 20
        /// Bytes of one reply.
        var reply = 1 << 20
        /// How long a reply may take.
        var patience: Duration = .milliseconds(50)
    }

    /// Told the replies to all commands of a batch; nil: they will not come.
    typealias Completion = ([RedisReply]?) -> Void

    private struct Batch {
        let count: Int
        let size: Int
        let deadline: NIODeadline
        var replies: [RedisReply] = []
        let completion: Completion
    }

    private let limits: Limits
    private let reader: RedisReplyReader
    private let onOpen: (RedisConnection) -> Void
    /// Called once, at the end.
    private let onEnd: (String) -> Void
    private var context: ChannelHandlerContext?
    private var batches: CircularBuffer<Batch> = []
    private var size = 0
    private var outgoing = ByteBuffer()
    private var isFlushScheduled = false
    /// Goes off no later than the oldest reply is due. It isn't called off when that comes: another is due soon.
    private var timer: (task: Scheduled<Void>, due: NIODeadline)?
    private var hasEnded = false

    /// - Parameters:
    ///   - onOpen: Called when commands can be sent.
    ///   - onEnd: Called once when no more can be, with the reason, after everyone who waited was told.
    init(_ limits: Limits, onOpen: @escaping (RedisConnection) -> Void, onEnd: @escaping (String) -> Void) {
        (self.limits, self.onOpen, self.onEnd) = (limits, onOpen, onEnd)
        reader = RedisReplyReader(longest: limits.reply)
    }

    var isIdle: Bool { batches.isEmpty }

    // MARK: Sending

    /// Sends commands, one behind the other.
    ///
    /// - Parameter patience: How long the replies may take; nil: as long as usual. Never longer than that of a batch
    ///   that is sent later.
    func send(_ commands: [RedisCommand], patience: Duration? = nil, then completion: @escaping Completion) {
        let added = commands.reduce(0) { $0 + $1.bytes.count }
        guard let context, !hasEnded, !commands.isEmpty, batches.count < limits.batches,
            size == 0 || size + added <= limits.bytes
        else { return completion(nil) }
        size += added
        for command in commands { outgoing.writeBytes(command.bytes) }
        let deadline = NIODeadline.now() + TimeAmount(patience ?? limits.patience)
        batches.append(Batch(count: commands.count, size: added, deadline: deadline, completion: completion))
        if let timer, batches.count == 1, deadline < timer.due {
            timer.task.cancel()
            self.timer = nil
        }
        if timer == nil { startTimer(context) }
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        let flush = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { flush.value.flush() }
    }

    private func flush() {
        isFlushScheduled = false
        guard let context, outgoing.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
        // The channel has the old memory until it is sent.
        outgoing = ByteBuffer()
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(RedisReplyReader.Garbled) {
            try receive(unwrapInboundIn(data))
        } catch {
            end(error.reason)
        }
    }

    private func receive(_ bytes: ByteBuffer) throws(RedisReplyReader.Garbled) {
        let fed = bytes.withUnsafeReadableBytes { bytes -> Result<Void, RedisReplyReader.Garbled> in
            do throws(RedisReplyReader.Garbled) { return .success(try reader.feed(bytes)) } catch {
                return .failure(error)
            }
        }
        try fed.get()
        while !hasEnded, let reply = try reader.next() {
            guard !batches.isEmpty else { throw RedisReplyReader.Garbled(reason: "a reply came that nobody asked for") }
            if let trouble = reply.serverTrouble { return end(trouble) }
            let first = batches.startIndex
            batches[first].replies.append(reply)
            guard batches[first].replies.count == batches[first].count else { continue }
            let batch = batches.removeFirst()
            size -= batch.size
            batch.completion(batch.replies)
        }
    }

    // MARK: Waiting

    private func startTimer(_ context: ChannelHandlerContext) {
        guard let first = batches.first else { return }
        let expire = NIOLoopBound(self, eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: first.deadline) { expire.value.timerFired() }
        timer = (task, first.deadline)
    }

    private func timerFired() {
        timer = nil
        guard let context, let first = batches.first else { return }
        guard first.deadline <= .now() else { return startTimer(context) }
        end("no reply within the time it may take")
    }

    // MARK: Beginning and end

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { onOpen(self) }
    }

    func channelActive(context: ChannelHandlerContext) { onOpen(self) }

    func channelInactive(context: ChannelHandlerContext) { end("Redis closed the connection") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(ConnectFailure.sentence(error)) }

    /// Ends the connection; whoever waits is told.
    func end(_ reason: String) {
        guard !hasEnded else { return }
        hasEnded = true
        timer?.task.cancel()
        timer = nil
        let waiting = batches
        (batches, size) = ([], 0)
        context?.close(promise: nil)
        context = nil
        for batch in waiting { batch.completion(nil) }
        onEnd(reason)
    }
}
