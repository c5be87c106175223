import Logging
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A connection to Redis that comes back by itself, for all event loops.
///
/// It lives on one loop; others hand their commands over. While Redis is away everyone is told so at once, without a look:
/// only the link itself looks for it, beside all requests.
///
/// Sendable because what is not locked is used on ``eventLoop`` only.
final class RedisLink: @unchecked Sendable {
    private let eventLoop: any EventLoop
    private let address: RedisAddress
    private let tls: NIOSSLContext?
    private let limits: RedisConnection.Limits
    private let report: @Sendable (News) -> Void
    private let isThereForAll = Atomic(false)

    /// What becomes of a link.
    enum News: Sendable, Equatable {
        case back
        case away(reason: String)
    }

    // On the loop only.
    private var reach = RedisReach()
    private var connection: RedisConnection?
    /// The digests of those that were sent whole over this connection: so each comes in its turn, known or not.
    private var sentScripts: Set<String> = []
    private var hasStarted = false
    private var isStopped = false
    /// The latest attempt to connect, and the latest that came to nothing or to its end.
    private var attempt = 0
    private var endedAttempt = 0
    private var firstTry: [CheckedContinuation<Void, Never>] = []
    private var random = SystemRandomNumberGenerator()

    /// How long connecting may take, and then proving that it can be used.
    private static let connectPatience: Duration = .seconds(1)
    /// How often a link that nobody uses is tried.
    private static let pulse: TimeAmount = .seconds(2)

    /// - Parameters:
    ///   - tls: For an address that wants it; the same for all links to it.
    ///   - report: Told what becomes of the link, on its loop.
    init(
        _ address: RedisAddress, tls: NIOSSLContext?, limits: RedisConnection.Limits = .init(),
        on eventLoop: any EventLoop, report: @escaping @Sendable (News) -> Void
    ) {
        (self.address, self.tls, self.limits) = (address, tls, limits)
        (self.eventLoop, self.report) = (eventLoop, report)
    }

    // MARK: Asking

    /// Whether nobody needs to ask.
    var isAway: Bool { !isThereForAll.load(ordering: .relaxed) }

    /// Sends commands together, and waits for their replies.
    ///
    /// - Returns: As many replies as there are commands, refusals among them; nil: Redis is out of reach. What it did with
    ///   the commands is not known then.
    func ask(_ commands: [RedisCommand]) async -> [RedisReply]? {
        guard !isAway else { return nil }
        return await withCheckedContinuation { continuation in
            send(commands) { continuation.resume(returning: $0) }
        }
    }

    /// As ``ask(_:)-([RedisCommand])``, for one command.
    func ask(_ command: RedisCommand) async -> RedisReply? { await ask([command])?.first }

    /// Sends commands and returns at once. While Redis is out of reach, or too slow for all that it is told, they are lost.
    ///
    /// - Parameter completion: Called on the link's loop, with the replies or nil. It must not wait.
    func send(_ commands: [RedisCommand], then completion: @escaping @Sendable ([RedisReply]?) -> Void) {
        guard !isAway else { return completion(nil) }
        if eventLoop.inEventLoop { return sendHere(commands, completion) }
        eventLoop.execute { self.sendHere(commands, completion) }
    }

    private func sendHere(_ commands: [RedisCommand], _ completion: @escaping RedisConnection.Completion) {
        guard reach.isThere, let connection else { return completion(nil) }
        let told = commands.map { command in
            guard let call = command.script, sentScripts.insert(call.script.digest).inserted else { return command }
            return call.wholeCommand
        }
        connection.send(told, then: completion)
    }

    // MARK: Coming and going

    /// Begins to look for Redis, and returns when the first look has shown whether it is there, or after `limit`.
    func start(waitingAtMost limit: Duration) async {
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                self.firstTry.append(continuation)
                self.eventLoop.scheduleTask(in: TimeAmount(limit)) { self.endFirstTry() }
                guard !self.hasStarted else { return }
                self.hasStarted = true
                self.connect()
                self.eventLoop.scheduleRepeatedTask(initialDelay: Self.pulse, delay: Self.pulse) { task in
                    guard !self.isStopped else { return task.cancel() }
                    if let connection = self.connection, self.reach.isThere, connection.isIdle {
                        connection.send([RedisCommand("PING")]) { _ in }
                    }
                }
            }
        }
    }

    /// Waits for what is under way, no longer than it may take, and closes.
    func stop() async {
        _ = await ask(RedisCommand("PING"))
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                self.isStopped = true
                self.isThereForAll.store(false, ordering: .relaxed)
                self.connection?.end("the gateway stops")
                self.connection = nil
                continuation.resume()
            }
        }
    }

    private func endFirstTry() {
        for waiting in firstTry { waiting.resume() }
        firstTry = []
    }

    private func connect() {
        guard !isStopped else { return }
        attempt += 1
        let attempt = attempt
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(Self.connectPatience))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.prepare(channel, attempt) }
            }
        let connecting =
            switch address.place {
            case .host(let name, let port): bootstrap.connect(host: name, port: port)
            case .socket(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        connecting.whenFailure { self.failed(attempt, ConnectFailure.sentence($0)) }
    }

    private func prepare(_ channel: any Channel, _ attempt: Int) throws {
        if let tls {
            let name = if case .host(let name, _) = address.place { name } else { "" }
            let isName = (try? SocketAddress(ipAddress: name, port: 0)) == nil && !name.isEmpty
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: tls, serverHostname: isName ? name : nil))
        }
        let made = RedisConnection(limits, onOpen: { self.greet($0) }, onEnd: { self.failed(attempt, $0) })
        try channel.pipeline.syncOperations.addHandler(made)
    }

    /// Lets itself in, and tries whether Redis takes what it is told: one that can only be read is of no use.
    private func greet(_ connection: RedisConnection) {
        guard !isStopped else { return connection.end("the gateway stops") }
        self.connection = connection
        sentScripts = []
        var greeting: [RedisCommand] = []
        if let password = address.password?.reveal() {
            greeting.append(
                RedisCommand((["AUTH"] + (address.user.map { [$0] } ?? []) + [password]).map { Array($0.utf8) }))
        }
        if address.database > 0 { greeting.append(RedisCommand("SELECT", "\(address.database)")) }
        greeting.append(RedisCommand("SET", RedisKey.trial, "1", "PX", "1000"))
        connection.send(greeting, patience: Self.connectPatience) { replies in
            guard let replies else { return }  // the end of the connection says why
            if let refusal = replies.lazy.compactMap(\.error).first { return connection.end(self.shown(refusal)) }
            self.connected()
        }
    }

    /// A refusal as it may be shown: some repeat what they were told, the password too, or the beginning of a long one.
    private func shown(_ refusal: String) -> String {
        guard let password = address.password?.reveal(), !password.isEmpty else { return refusal }
        let beginning = refusal.firstRange(of: ", with args").map { refusal[..<$0.lowerBound] } ?? refusal[...]
        return String(beginning).replacing(password, with: Secret.mask)
    }

    private func connected() {
        guard connection != nil, !isStopped else { return }
        reach.connected(at: .now)
        isThereForAll.store(true, ordering: .relaxed)
        report(.back)
        endFirstTry()
    }

    /// An attempt to connect came to nothing, or its connection has ended. Either may be told more than once.
    private func failed(_ attempt: Int, _ reason: String) {
        guard attempt > endedAttempt else { return }
        endedAttempt = attempt
        connection = nil
        isThereForAll.store(false, ordering: .relaxed)
        guard !isStopped else { return endFirstTry() }
        let pause = reach.failed(at: .now, using: &random)
        report(.away(reason: reason))
        endFirstTry()
        eventLoop.scheduleTask(in: TimeAmount(pause)) { self.connect() }
    }
}
