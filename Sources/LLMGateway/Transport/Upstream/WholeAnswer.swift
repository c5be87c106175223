import NIOCore

/// A whole answer to a request that is no part of a call: a probe, a request for a token.
struct WholeAnswer {
    let status: Int
    let body: ByteBuffer
    /// Its `retry-after`, as it is written.
    var retryAfter: String?
    /// The value of the header that was asked for; nil: it isn't there.
    let header: String?
}

extension UpstreamPool {
    /// Sends one request and takes its whole answer. A kept connection that turns out to be dead is replaced once.
    ///
    /// - Parameters:
    ///   - request: Head and body.
    ///   - limit: For all of it, the connection included.
    ///   - size: The largest answer, in bytes.
    ///   - header: One that says something of the answer, in lower case.
    /// - Throws: ``UpstreamError/overloaded`` at once when all connections are in use: nothing here is worth a place in
    ///   the queue.
    func ask(
        _ origin: Origin, _ request: ByteBuffer, within limit: Duration, upTo size: Int,
        reading header: StaticString? = nil
    ) async throws(UpstreamError) -> WholeAnswer {
        let deadline = NIODeadline.now() + TimeAmount(limit)
        var fresh = false
        while true {
            let connection: UpstreamConnection
            switch lease(origin, fresh: fresh) {
            case .open(let kept): connection = kept
            case .opening(let opening):
                connection = opening
                do throws(UpstreamError) {
                    try await opening.connected(within: limit, allBy: deadline)
                } catch {
                    opening.release()
                    throw error
                }
            case .queued(let waiter):
                waiter.cancel(.overloaded)
                throw .overloaded
            case .refused: throw .overloaded
            }
            defer { connection.release() }
            connection.send(request, nil, isHead: false, firstByteWithin: limit, allBy: deadline)
            do throws(UpstreamError) {
                try await connection.receiveHead()
            } catch {
                guard case .reset = error, connection.isReused, !connection.hasHeard, !fresh else { throw error }
                fresh = true
                continue
            }
            let body = try await connection.collectBody(upTo: size, idleWithin: limit)
            return WholeAnswer(
                status: connection.status, body: body, retryAfter: connection.header(.retryAfter),
                header: header.flatMap { connection.header(named: $0) })
        }
    }
}
