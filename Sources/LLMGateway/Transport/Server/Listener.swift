import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Accepts connections on one port.
final class Listener: Sendable {
    /// What a listener needs to know; TLS is optional.
    struct Settings: Sendable {
        var host: String
        var port: Int
        /// Connections held open at once; beyond it new ones wait in the kernel's backlog.
        var maxConnections: Int
        /// What they share with the connections to upstreams; nil: nothing.
        var allowance: ConnectionAllowance?
        var limits: ServerLimits
        var tls: NIOSSLContext?
        /// Whether its connections are clients' (``Loop/onClientCount``).
        var countsClients = true
    }

    private let channel: any Channel
    private let gate: AcceptGate

    private init(_ channel: any Channel, _ gate: AcceptGate) {
        (self.channel, self.gate) = (channel, gate)
    }

    /// The port that it listens on; another than was asked for only when that was 0.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// Starts to listen, with one handler and one task for each connection, on the loop that the connection falls to.
    ///
    /// - Throws: `IOError` when the address can't be had (`EADDRINUSE` for a port in use).
    static func start(
        _ settings: Settings, group: any EventLoopGroup, loops: [Loop], responder: any RequestResponder
    ) async throws -> Listener {
        let loopOf = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0) })
        let acceptor = group.next()
        let gate = AcceptGate(limit: settings.maxConnections, settings.allowance, on: acceptor)
        let channel = try await ServerBootstrap(group: acceptor, childGroup: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(gate) }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // So that a connection hears of it before it is closed.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                guard let loop = loopOf[ObjectIdentifier(channel.eventLoop)] else {
                    return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
                }
                gate.opened(channel)
                return channel.eventLoop.makeCompletedFuture {
                    if let tls = settings.tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    let connection = ServerConnection(
                        loop: loop, limits: settings.limits, responder: responder, isCounted: settings.countsClients)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(host: settings.host, port: settings.port)
            .get()
        return Listener(channel, gate)
    }

    /// Lets nobody new in, and everybody who is at the door already: connections that the kernel has made and that
    /// wait to be accepted, beyond the limit of connections too, would be reset by ``stop()``, and what they ask for
    /// lost. Takes 50 ms, and at most a second.
    ///
    /// Who knocks meanwhile hears nothing, knocks again after a second, as TCP does, and is refused by then.
    func letIn() async {
        let socket = channel as? any SocketOptionProvider
        if let socket { try? await HandshakeFilter.attach(to: socket) }
        try? await channel.eventLoop.submit { self.gate.lift() }.get()
        // Time for handshakes that have begun: a round trip within a data centre, and to spare.
        let end = ContinuousClock.now + .seconds(1)
        repeat {
            try? await Task.sleep(for: .milliseconds(50))
            // Of a socket that listens, the kernel tells here how many wait.
            guard let waiting = try? await socket?.getTCPInfo().get().tcpi_unacked, waiting > 0 else { return }
        } while ContinuousClock.now < end
    }

    /// Refuses new connections from now on. Open ones are not touched.
    func stop() async {
        try? await channel.close().get()
    }
}

/// Stops accepting while as many connections are open as may be: its own, or those of the whole process.
///
/// Lives on the listening channel's loop; connections of other loops report there.
private final class AcceptGate: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    // Touched on the listening channel's loop only: that is what makes it Sendable.
    private var limit: Int
    private let allowance: ConnectionAllowance?
    private let eventLoop: any EventLoop
    private var open = 0
    private var context: ChannelHandlerContext?
    private var isHeldBack = false
    private var looksAgain = false

    init(limit: Int, _ allowance: ConnectionAllowance?, on eventLoop: any EventLoop) {
        (self.limit, self.allowance, self.eventLoop) = (limit, allowance, eventLoop)
    }

    private var hasRoom: Bool { open < limit && allowance?.isSpent != true }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        open += 1
        allowance?.add()
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        isHeldBack = true
        readOn()
    }

    /// Has the connection's end counted. Called on the connection's loop.
    func opened(_ channel: any Channel) {
        channel.closeFuture.whenComplete { _ in
            self.eventLoop.execute { self.closed() }
        }
    }

    private func closed() {
        open -= 1
        allowance?.giveBack()
        readOn()
    }

    /// Ends the limit.
    func lift() {
        limit = .max
        readOn()
    }

    private func readOn() {
        guard isHeldBack, let context else { return }
        if hasRoom {
            isHeldBack = false
            context.read()
        } else if open < limit, !looksAgain {
            // Upstreams have the rest: nobody here hears when one of those is closed.
            looksAgain = true
            eventLoop.scheduleTask(in: .milliseconds(50)) {
                self.looksAgain = false
                self.readOn()
            }
        }
    }
}
