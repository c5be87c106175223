import NIOCore
import WireFormats

/// Why an attempt gave the client no answer, and what that means for the next one.
struct AttemptFailure: Error {
    let error: GatewayError
    /// Whether another credential or another target may do better.
    let verdict: AttemptVerdict
    let result: AttemptResult

    var movesOn: Bool { verdict == .tryNextTarget }
}

/// One call sent to one target: once, or once more where that is safe or a matter of another credential.
struct Attempt {
    let call: Call
    let target: Target
    let metrics: GatewayMetrics
    let health: ProviderWatch

    init(_ call: Call, _ target: Target, metrics: GatewayMetrics, health: ProviderWatch) {
        (self.call, self.target, self.metrics, self.health) = (call, target, metrics, health)
    }

    /// The largest answer that is collected whole, in bytes.
    private static let largestAnswer = 64 << 20
    /// The largest error body that is read, in bytes.
    private static let largestRefusal = 1 << 20

    /// Sends the call, and answers the client when the target does.
    func run() async throws(AttemptFailure) {
        guard let provider = call.snapshot.provider(target.provider) else {
            throw giveUp(.unresolved(.switchedOff(provider: target.providerName)))
        }
        call.provider = provider
        call.target = target
        call.targetMetrics = provider.metrics(of: target.model, listed: call.state.listed, in: metrics)
        guard provider.formats.contains(call.format.id) else {
            throw giveUp(
                .notServed(model: call.outline?.model ?? "", format: call.format.id.name, provider: provider.name))
        }
        if let gate = provider.gate { try await enter(gate) }
        defer { provider.gate?.leave() }
        let shard = call.state.shard
        provider.metrics.requestsInFlight.add(1, on: shard)
        defer { provider.metrics.requestsInFlight.add(-1, on: shard) }
        switch provider.kind {
        case .upstream(let site): try await run(at: site, of: provider)
        case .inProcess(let model): try await InProcessAttempt(call, target, provider, model).run()
        }
    }

    private func giveUp(_ reason: GatewayError.Reason, detail: String = "") -> AttemptFailure {
        AttemptFailure(error: GatewayError(reason, detail: detail), verdict: .giveUp, result: .connectError)
    }

    private func enter(_ gate: ConcurrencyGate) async throws(AttemptFailure) {
        let start = NIODeadline.now()
        defer { call.times.queue = call.times.queue + (.now() - start) }
        do throws(UpstreamError) {
            defer { call.queued = nil }
            try await gate.enter(on: call.state.loop) { call.queued = $0 }
        } catch {
            throw failure(error)
        }
    }

    // MARK: Over HTTP

    private func run(at site: UpstreamSite, of provider: ConfiguredProvider) async throws(AttemptFailure) {
        var credential = provider.nextCredential()
        var mayChangeCredential = true
        while true {
            do throws(AttemptFailure) {
                return try await send(to: site, of: provider, credential: credential)
            } catch {
                guard error.verdict == .tryAnotherCredential, case .status(let status) = error.result else {
                    throw error
                }
                let retryAfter = error.error.clientView.retryAfter
                guard let other = provider.nextCredential(after: credential, status: status, retryAfter: retryAfter),
                    mayChangeCredential, call.interruption == nil
                else { throw error.withoutOtherCredential(status) }
                mayChangeCredential = false
                credential = other
                provider.metrics.retried(after: error.result, on: call.state.shard)
            }
        }
    }

    private func send(
        to site: UpstreamSite, of provider: ConfiguredProvider, credential: Int
    ) async throws(AttemptFailure) {
        guard let outline = call.outline, let prefix = site.head(call.format.id, credential: credential) else {
            throw giveUp(.notServed(model: target.model, format: call.format.id.name, provider: provider.name))
        }
        let asksForUsage = provider.settings.streamUsage
        let splices = call.format.splices(outline, model: target.model, askForUsage: asksForUsage)
        var request = UpstreamRequest(
            call, prefix: prefix, splices: splices, forwardsKey: provider.settings.forwardClientKey)
        defer { request.giveBack(to: call.state) }

        call.attempts += 1
        let shard = call.state.shard
        let (exchange, sent) = try await connect(to: site, sending: request, timeouts: provider.timeouts)
        defer {
            call.targetMetrics?.upstreamDuration.observe((NIODeadline.now() - sent).seconds, on: shard)
            call.exchange = nil
            exchange.release()
        }
        call.upstreamRequestID = exchange.header(.xRequestID) ?? exchange.header(.requestID)
        call.targetMetrics?.attempt(.status(exchange.status), on: shard)
        guard (200..<300).contains(exchange.status) else {
            throw await refusal(exchange, provider)
        }
        if outline.streams {
            try await relay(exchange, provider, hidesUsage: asksForUsage && !outline.asksForUsage)
        } else {
            try await passOn(exchange, provider)
        }
        if call.state.reportsSuccess(of: provider.ordinal, at: WallClock.now.seconds) {
            health.callSucceeded(provider.ordinal)
        }
    }

    /// Leases a connection, sends, and waits for the head of the answer. A kept connection that turns out to be dead
    /// before it brought a byte is replaced by a fresh one, once.
    private func connect(
        to site: UpstreamSite, sending request: UpstreamRequest, timeouts: UpstreamTimeouts
    ) async throws(AttemptFailure) -> (UpstreamConnection, NIODeadline) {
        let pool = call.state.loop.upstreams
        var fresh = false
        while true {
            do throws(UpstreamError) {
                let connection: UpstreamConnection
                switch pool.lease(site.origin, fresh: fresh) {
                case .open(let kept): connection = kept
                case let lease: connection = try await open(lease, timeouts)
                }
                call.exchange = connection
                if let interruption = call.interruption {
                    connection.cancel(interruption)
                    throw interruption
                }
                let sent = NIODeadline.now()
                connection.send(
                    request.head, request.body, isHead: false, firstByteWithin: timeouts.firstByte,
                    allBy: call.deadline)
                do throws(UpstreamError) {
                    defer { call.times.firstByte = call.times.firstByte + ((connection.firstByteAt ?? .now()) - sent) }
                    try await connection.receiveHead()
                    return (connection, sent)
                } catch {
                    call.exchange = nil
                    connection.release()
                    if case .reset = error, connection.isReused, !connection.hasHeard, !fresh, call.interruption == nil
                    {
                        fresh = true
                        continue
                    }
                    throw error
                }
            } catch {
                throw failure(error, counts: true)
            }
        }
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
            call.queued = waiter
            defer {
                call.queued = nil
                call.times.queue = call.times.queue + (.now() - start)
            }
            connection = try await waiter.wait()
            if let interruption = call.interruption {
                connection.cancel(interruption)
                throw interruption
            }
            if connection.isOpen { return connection }
        }
        call.exchange = connection
        let start = NIODeadline.now()
        defer {
            call.times.connect = call.times.connect + (.now() - start)
            call.times.hasConnected = true
        }
        try await connection.connected(within: timeouts.connect, allBy: call.deadline)
        return connection
    }

    /// What an upstream's failure to answer means.
    ///
    /// - Parameter counts: Whether it is the attempt's result; one that had a status is counted by that.
    private func failure(_ error: UpstreamError, counts: Bool = false) -> AttemptFailure {
        let cause = call.interruption ?? error
        let (outcome, result): (AttemptOutcome, AttemptResult) =
            switch cause {
            case .connectFailed: (.connectFailed, .connectError)
            case .reset, .brokenOff: (.reset, .reset)
            case .timedOut(.connect): (.connectFailed, .connectError)
            case .timedOut(.firstByte), .timedOut(.idle): (.firstByteTimedOut, .timeout)
            case .timedOut(.total): (.deadlinePassed, .timeout)
            case .malformed, .tooLarge: (.unreadable, .reset)
            case .overloaded, .clientGone, .serverStopping: (.deadlinePassed, .reset)
            }
        switch cause {
        case .overloaded, .clientGone, .serverStopping: break
        default: if counts { call.targetMetrics?.attempt(result, on: call.state.shard) }
        }
        let error = GatewayError(cause.reason(at: target.providerName), detail: cause.detail)
        return AttemptFailure(
            error: error, verdict: AttemptVerdict(outcome, mayChangeCredential: false), result: result)
    }

    /// An answer that is an error: understood, freed of secrets, and judged.
    private func refusal(_ exchange: UpstreamConnection, _ provider: ConfiguredProvider) async -> AttemptFailure {
        let status = exchange.status
        let retryAfter = RetryAfter.delay(
            retryAfter: exchange.header(.retryAfter), retryAfterMilliseconds: exchange.header(.retryAfterMS),
            now: WallClock.now.seconds)
        let shouldRetry = exchange.header(named: "x-should-retry").flatMap { Bool($0) }
        var understood: UpstreamFailureBody?
        do throws(UpstreamError) {
            let start = NIODeadline.now()
            defer { call.times.body = call.times.body + (.now() - start) }
            let body = try await exchange.collectBody(
                upTo: Self.largestRefusal, idleWithin: provider.timeouts.idle)
            understood = body.withUnsafeReadableBytes { call.format.readFailure($0, using: call.state.tape) }?
                .redacted(by: call.snapshot.redactor)
        } catch {
            if let interruption = call.interruption { return failure(interruption) }
        }
        let refusal = UpstreamRefusal(
            status: status, body: understood ?? UpstreamFailureBody(), retryAfter: retryAfter)
        let reason = refusal.reason(from: provider.name, clientBroughtKey: provider.settings.forwardClientKey)
        let verdict = AttemptVerdict(
            .answered(status: status, shouldRetry: shouldRetry),
            mayChangeCredential: !provider.settings.forwardClientKey)
        return AttemptFailure(
            error: GatewayError(reason, detail: "status \(status)"), verdict: verdict, result: .status(status))
    }

    // MARK: The answer

    /// A whole answer: read to its end, checked, and passed on as it is.
    private func passOn(_ exchange: UpstreamConnection, _ provider: ConfiguredProvider) async throws(AttemptFailure) {
        let body: ByteBuffer
        do throws(UpstreamError) {
            let start = NIODeadline.now()
            defer { call.times.body = call.times.body + (.now() - start) }
            body =
                if let whole = exchange.bodyIfHere() { whole } else {
                    try await exchange.collectBody(upTo: Self.largestAnswer, idleWithin: provider.timeouts.idle)
                }
        } catch {
            throw failure(error)
        }
        let read = body.withUnsafeReadableBytes { bytes -> Result<AnswerOutline, MalformedBody> in
            do throws(MalformedBody) {
                return .success(try call.format.readAnswer(bytes, using: call.state.tape))
            } catch {
                return .failure(error)
            }
        }
        switch read {
        case .success(let outline): (call.answeringModel, call.usage) = (outline.model, outline.usage)
        case .failure(let malformed):
            throw AttemptFailure(
                error: GatewayError(.upstreamUnreadable(provider: provider.name), detail: malformed.message),
                verdict: .giveUp, result: .status(exchange.status))
        }
        call.beginAnswer(status: exchange.status, upstream: exchange)
        call.connection.finish(body: body)
        call.keepForLog(body)
    }

    /// A streamed answer: each event passed on as it comes.
    private func relay(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider, hidesUsage: Bool
    ) async throws(AttemptFailure) {
        guard exchange.isEventStream else {
            throw AttemptFailure(
                error: GatewayError(
                    .upstreamUnreadable(provider: provider.name),
                    detail: "answered a stream with content-type '\(exchange.header(.contentType) ?? "")'"),
                verdict: .giveUp, result: .status(exchange.status))
        }
        let tap = call.format.makeStreamTap(
            hidesUsage: hidesUsage, choices: call.outline?.choices ?? 1, tape: call.state.tape)
        let relay = StreamRelay(call, exchange, tap)
        provider.metrics.streamsInFlight.add(1, on: call.state.shard)
        defer { provider.metrics.streamsInFlight.add(-1, on: call.state.shard) }
        let start = NIODeadline.now()
        var broken: UpstreamError?
        do throws(UpstreamError) {
            try await exchange.relayBody(to: relay, idleWithin: provider.timeouts.idle)
        } catch {
            broken = call.interruption ?? error
        }
        call.times.body = .now() - start
        relay.account()
        if let failure = relay.finish(broken, provider: provider.name) {
            throw AttemptFailure(
                error: failure.error, verdict: failure.movesOn ? .tryNextTarget : .giveUp, result: .reset)
        }
    }
}

extension AttemptFailure {
    /// The same, where there is no other credential to try.
    fileprivate func withoutOtherCredential(_ status: Int) -> AttemptFailure {
        let verdict = AttemptVerdict(.answered(status: status, shouldRetry: nil), mayChangeCredential: false)
        return AttemptFailure(error: error, verdict: verdict, result: result)
    }
}

extension UpstreamFailureBody {
    /// An upstream's own words, without what only the operator may know.
    func redacted(by redactor: Redactor) -> UpstreamFailureBody {
        UpstreamFailureBody(
            message: message.map(redactor.redact), type: type.map(redactor.redact), code: code.map(redactor.redact),
            param: param.map(redactor.redact))
    }
}

extension UpstreamConnection {
    fileprivate var isEventStream: Bool {
        header(.contentType)?.lowercased().hasPrefix("text/event-stream") ?? false
    }
}

extension UpstreamError {
    /// What it means for the client.
    func reason(at provider: String) -> GatewayError.Reason {
        switch self {
        case .connectFailed, .reset, .brokenOff: .upstreamUnreachable(provider: provider)
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
        }
    }
}
