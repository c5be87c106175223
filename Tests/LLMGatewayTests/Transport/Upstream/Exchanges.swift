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

/// How many connections a pool says it has. Touched on its loop only: that is what makes it Sendable.
final class PoolCounts: @unchecked Sendable {
    private(set) var idle = 0
    private(set) var active = 0

    init(_ loop: Loop) async throws {
        try await loop.run { loop in
            loop.upstreams.onCount = { _, idle, active in
                self.idle += idle
                self.active += active
            }
        }
    }

    /// Waits until there are so many.
    func reach(idle: Int, active: Int, on loop: Loop) async throws {
        try await eventually("\(idle) idle and \(active) active connections") {
            try await loop.run { _ in self.idle == idle && self.active == active }
        }
    }
}
