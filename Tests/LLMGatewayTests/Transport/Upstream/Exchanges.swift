import NIOCore

@testable import LLMGateway

/// What an exchange came to.
struct Exchanged: Equatable {
    var status = 0
    var body = ""
    /// Whether it went over a connection that had carried one before.
    var isReused = false
}

/// The time limits of one exchange in a test; by default none that a test could meet.
struct ExchangeLimits {
    var connect = Duration.seconds(30)
    var firstByte = Duration.seconds(30)
    var idle = Duration.seconds(30)
    var total = Duration.seconds(60)
    /// Bytes of the body.
    var body = 10 << 20
}

extension Loop {
    /// Leases a connection and waits until it can be used.
    func leased(_ origin: Origin, fresh: Bool = false, _ limits: ExchangeLimits = ExchangeLimits())
        async throws -> UpstreamConnection
    {
        let connection: UpstreamConnection
        switch upstreams.lease(origin, fresh: fresh) {
        case .open(let open): return open
        case .opening(let opening): connection = opening
        case .queued(let waiter): connection = try await waiter.wait()
        case .refused: throw UpstreamError.overloaded
        }
        if !connection.isOpen {
            try await connection.connected(within: limits.connect, allBy: .now() + TimeAmount(limits.total))
        }
        return connection
    }

    /// Sends a request and collects the answer.
    func exchange(
        _ origin: Origin, _ request: String = "GET / HTTP/1.1\r\n\r\n", fresh: Bool = false, isHead: Bool = false,
        _ limits: ExchangeLimits = ExchangeLimits()
    ) async throws -> Exchanged {
        let deadline = NIODeadline.now() + TimeAmount(limits.total)
        let connection = try await leased(origin, fresh: fresh, limits)
        defer { connection.release() }
        let isReused = connection.isReused
        connection.send(
            ByteBuffer(string: request), nil, isHead: isHead, firstByteWithin: limits.firstByte, allBy: deadline)
        try await connection.receiveHead()
        let body = try await connection.collectBody(upTo: limits.body, idleWithin: limits.idle)
        return Exchanged(status: connection.status, body: String(buffer: body), isReused: isReused)
    }

    /// The same, started.
    func beginExchange(
        _ origin: Origin, fresh: Bool = false, isHead: Bool = false, _ limits: ExchangeLimits = ExchangeLimits()
    ) -> Task<Exchanged, any Error> {
        start { try await $0.exchange(origin, fresh: fresh, isHead: isHead, limits) }
    }
}

extension RawServer {
    var origin: Origin { Origin(host: "127.0.0.1", port: port, tls: nil) }
}

extension RawSocket {
    /// Reads a request without a body.
    func request() async throws -> String { try await read(through: "\r\n\r\n") }

    /// Answers the next request with a text.
    func serve(_ text: String) async throws {
        _ = try await request()
        try await send("HTTP/1.1 200 OK\r\ncontent-length: \(text.utf8.count)\r\n\r\n\(text)")
    }
}

extension Loop {
    /// The connections to an origin, as the pool counts them.
    func counted(_ origin: Origin) async throws -> Counted {
        try await run { loop in
            let counts = loop.upstreams.counts(origin)
            return Counted(idle: counts.idle, active: counts.active)
        }
    }

    /// Waits until the pool has so many.
    func reach(idle: Int, active: Int, to origin: Origin) async throws {
        try await eventually("\(idle) idle and \(active) active connections") {
            try await counted(origin) == Counted(idle: idle, active: active)
        }
    }
}

struct Counted: Equatable {
    var idle: Int
    var active: Int
}
