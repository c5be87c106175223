import NIOCore

/// Has a proxy connect a channel to a place (`CONNECT`, RFC 9110, section 9.3.6). Once it has, the channel is as if it
/// had been connected there itself.
final class ProxyTunnel: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What a proxy said instead of yes. Names no address.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private let request: String
    private let opened: EventLoopPromise<Void>
    private var answer = ByteBuffer()
    // A yes has no body, whatever its fields say; of a no only the status counts.
    private var parser = ResponseHeadParser(limits: HeadLimits(maxBytes: 16 << 10, maxFields: 256), isHead: true)
    private var isOver = false

    private init(_ request: String, _ opened: EventLoopPromise<Void>) {
        (self.request, self.opened) = (request, opened)
    }

    /// Asks for the tunnel, on a channel to the proxy that doesn't read by itself. Called on the channel's loop.
    ///
    /// - Parameter limit: For the proxy's answer.
    /// - Returns: Fails with ``Refusal``, or with what happened to the channel, which is closed then.
    static func open(
        over channel: any Channel, to origin: Origin, by proxy: ForwardProxy, within limit: TimeAmount
    ) -> EventLoopFuture<Void> {
        let name = origin.host.contains(":") ? "[\(origin.host)]" : origin.host
        let place = "\(name):\(origin.port)"
        var request = "CONNECT \(place) HTTP/1.1\r\nhost: \(place)\r\n"
        if let authorization = proxy.authorization { request += "proxy-authorization: \(authorization)\r\n" }
        let opened = channel.eventLoop.makePromise(of: Void.self)
        let timer = channel.eventLoop.scheduleTask(in: limit) {
            opened.fail(Refusal(description: "the proxy did not answer"))
        }
        let tunnel = ProxyTunnel(request + "\r\n", opened)
        do { try channel.pipeline.syncOperations.addHandler(tunnel) } catch { opened.fail(error) }
        opened.futureResult.whenComplete { result in
            timer.cancel()
            if case .failure = result { channel.close(promise: nil) }
        }
        return opened.futureResult
    }

    func handlerAdded(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: request)), promise: nil)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        answer.writeBuffer(&piece)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard !isOver else { return }
        switch answer.withUnsafeReadableBytes({ parser.parse($0) }) {
        case .needMore: context.read()
        case .invalid: end(context, Refusal(description: "the proxy's answer is no HTTP"))
        case .complete where parser.status < 200:
            answer.moveReaderIndex(forwardBy: parser.length)
            parser.reset(isHead: true)
            channelReadComplete(context: context)
        case .complete where parser.status >= 300:
            end(context, Refusal(description: "the proxy refused the connection with \(parser.status)"))
        case .complete where answer.readableBytes > parser.length:
            // Nobody behind it speaks before it is spoken to.
            end(context, Refusal(description: "the proxy's answer goes on behind its end"))
        case .complete: end(context, nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, Refusal(description: "the proxy closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context, error) }

    private func end(_ context: ChannelHandlerContext, _ failure: (any Error)?) {
        guard !isOver else { return }
        isOver = true
        if let failure { return opened.fail(failure) }
        context.pipeline.syncOperations.removeHandler(context: context).cascade(to: opened)
    }
}
