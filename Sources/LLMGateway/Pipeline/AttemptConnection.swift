import NIOCore
import WireFormats

/// How an attempt gets its connection and the head of its answer, and what it means when it doesn't.
extension Attempt {
    /// Leases a connection, sends, and waits for the head of the answer.
    ///
    /// - Parameter fresh: Whether a connection that was kept won't do.
    func connect(
        to site: UpstreamSite, sending request: UpstreamRequest, timeouts: UpstreamTimeouts, fresh: Bool
    ) async throws(AttemptFailure) -> (UpstreamConnection, NIODeadline) {
        var metDeadConnection = false
        do throws(UpstreamError) {
            let connection: UpstreamConnection
            switch call.state.loop.upstreams.lease(site.origin, fresh: fresh) {
            case .open(let kept): connection = kept
            case let lease: connection = try await open(lease, timeouts)
            }
            call.exchange = connection
            if let interruption = call.interruption {
                connection.cancel(interruption)
                throw interruption
            }
            connection.send(
                request.head, request.body, isHead: false, firstByteWithin: timeouts.firstByte, allBy: call.deadline)
            do throws(UpstreamError) {
                defer { noteWait(connection) }
                try await connection.receiveHead()
                return (connection, connection.sentAt ?? .now())
            } catch {
                call.exchange = nil
                connection.release()
                if case .reset = error, connection.isReused, !connection.hasHeard { metDeadConnection = true }
                throw error
            }
        } catch {
            var failure = failure(error, counts: true)
            failure.metDeadConnection = metDeadConnection && call.interruption == nil
            throw failure
        }
    }

    /// The request left at the end of its turn: what it waited for that is the gateway's time, and the rest the upstream's.
    private func noteWait(_ connection: UpstreamConnection) {
        let sent = connection.sentAt ?? .now()
        call.times.end(.route, at: sent)
        call.attemptWasSent(at: sent)
        call.times.end(.upstreamFirstByte, at: connection.firstByteAt ?? .now())
    }

    /// Waits for a connection that couldn't be had at once.
    private func open(
        _ lease: UpstreamPool.Lease, _ timeouts: UpstreamTimeouts
    ) async throws(UpstreamError) -> UpstreamConnection {
        let connection: UpstreamConnection
        switch lease {
        case .open(let kept): return kept
        case .opening(let opening): connection = opening
        case .refused: throw .overloaded
        case .queued(let waiter):
            let start = NIODeadline.now()
            call.times.end(.route, at: start)
            call.attemptBegan(at: start)
            call.queued = waiter
            defer {
                call.queued = nil
                call.times.end(.queue, at: .now())
            }
            connection = try await waiter.wait()
            if let interruption = call.interruption {
                connection.cancel(interruption)
                throw interruption
            }
            if connection.isOpen { return connection }
        }
        call.exchange = connection
        // Whoever called it off while it waited for something else could not reach this connection.
        if let interruption = call.interruption {
            connection.cancel(interruption)
            throw interruption
        }
        let start = NIODeadline.now()
        call.times.end(.route, at: start)
        call.attemptBegan(at: start)
        defer { call.times.end(.connect, at: .now()) }
        try await connection.connected(within: timeouts.connect, allBy: call.deadline)
        return connection
    }

    /// There is nothing to sign the call with.
    func failure(_ error: UnavailableCredential, of provider: ConfiguredProvider) -> AttemptFailure {
        let reason: GatewayError.Reason =
            switch error.fault {
            case .refused: .upstreamRefusedCredential(provider: provider.name)
            case .unreachable: .upstreamUnreachable(provider: provider.name)
            }
        return AttemptFailure(
            notAsked: GatewayError(reason, detail: "no credential: \(error.reason)"), movesOn: true)
    }

    /// What an upstream's failure to answer means.
    ///
    /// - Parameter counts: Whether it is the attempt's result; one that had a status is counted by that.
    func failure(_ error: UpstreamError, counts: Bool = false) -> AttemptFailure {
        let failure = AttemptFailure(call.interruption ?? error, at: target.providerName)
        guard counts else { return failure }
        if let result = failure.result { call.attemptCameTo(result) } else { call.attemptWasCutShort() }
        call.attemptEnded(at: .now())
        return failure
    }
}

extension AttemptFailure {
    /// An upstream's failure to answer, or why it was not waited for.
    init(_ cause: UpstreamError, at provider: String) {
        let error = GatewayError(cause.reason(at: provider), detail: cause.detail)
        switch cause {
        case .connectFailed, .timedOut(.connect): self.init(error, .connectFailed, .connectError)
        case .reset, .brokenOff, .superseded: self.init(error, .reset, .reset)
        case .timedOut(.firstByte), .timedOut(.idle): self.init(error, .firstByteTimedOut, .timeout)
        case .timedOut(.total): self.init(error, .deadlinePassed, .timeout)
        case .malformed, .tooLarge: self.init(error, .unreadable, .reset)
        // Another provider's queue may have room.
        case .overloaded: self.init(notAsked: error, movesOn: true)
        case .clientGone, .serverStopping: self.init(notAsked: error, movesOn: false)
        }
    }
}

extension UpstreamError {
    /// What it means for the client.
    func reason(at provider: String) -> GatewayError.Reason {
        switch self {
        case .connectFailed, .reset, .brokenOff, .superseded: .upstreamUnreachable(provider: provider)
        case .timedOut(.connect): .upstreamUnreachable(provider: provider)
        case .timedOut: .upstreamTimedOut(provider: provider)
        case .malformed, .tooLarge: .upstreamUnreadable(provider: provider)
        case .overloaded: .overloaded(retryAfter: .seconds(1))
        case .clientGone: .clientGone
        case .serverStopping: .shuttingDown
        }
    }

    /// For the operator.
    var detail: String {
        switch self {
        case .connectFailed(let text), .reset(let text), .brokenOff(let text), .malformed(let text): text
        case .timedOut(let phase): "timed out: \(phase.rawValue)"
        case .tooLarge: "the answer is too large"
        case .overloaded: "no connection was free"
        case .clientGone: "the client went away"
        case .serverStopping: "the gateway stops"
        case .superseded: "another target was quicker"
        }
    }
}
