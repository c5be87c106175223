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

    /// Sends the call, and answers the client when the target does.
    func run() async throws(AttemptFailure) {
        guard let provider = call.snapshot.provider(target.provider) else {
            throw giveUp(.unresolved(.switchedOff(provider: target.providerName)))
        }
        call.writeOffAttempt()
        call.provider = provider
        call.target = target
        call.profile = provider.profile(of: target.model, listed: call.state.listed, in: metrics)
        call.losses = []
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
        var wording = try wording(at: site, of: provider)
        if case .lacksPictures(let addresses) = wording {
            do throws(GatewayError) {
                try await call.fetchPictures(addresses, for: provider)
            } catch {
                // Another target may read the addresses itself.
                throw AttemptFailure(error: error, verdict: .tryNextTarget, result: .connectError)
            }
            wording = try self.wording(at: site, of: provider)
        }
        if case .lacksStates(let calls) = wording {
            await call.fetchStates(of: calls)
            wording = try self.wording(at: site, of: provider)
        }
        if case .answeredHere = wording { return call.answerHere() }
        let pinned = call.keeper?.credential(of: provider)
        var credential = pinned ?? provider.nextCredential()
        var mayChangeCredential = pinned == nil
        while true {
            do throws(AttemptFailure) {
                return try await send(wording, to: site, of: provider, credential: credential)
            } catch {
                guard error.verdict == .tryAnotherCredential, case .status(let status) = error.result else {
                    throw error
                }
                // The same credential, fetched anew, is another one.
                if status == 401 || status == 403, site.signing(credential: credential)?.wasRefused() == true,
                    mayChangeCredential, call.interruption == nil
                {
                    mayChangeCredential = false
                    provider.metrics.retried(after: error.result, on: call.state.shard)
                    continue
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

    /// How the call is said to the target.
    private enum Wording {
        /// Both speak the same format: the client's own bytes, but for a few.
        case passedThrough
        case translated(Translation)
        /// It can't be yet: these pictures have to be fetched.
        case lacksPictures([String])
        /// It can't be yet: what belongs to these tool calls has to be asked for.
        case lacksStates([String])
        /// It isn't: the target has no such calls, and the gateway can answer without it.
        case answeredHere
    }

    private func wording(
        at site: UpstreamSite, of provider: ConfiguredProvider
    ) throws(AttemptFailure) -> Wording {
        func isServed(_ format: any WireFormat) -> Bool { site.serves(kind(format.id)) }
        if site.formats.contains(where: { $0.id == call.format.id }), isServed(call.format),
            site.passesThrough(call.operation)
        {
            return .passedThrough
        }
        if call.isAnswerableHere { return .answeredHere }
        do throws(GatewayError) {
            let formats = site.formats.filter(isServed)
            switch try call.translate(into: formats, for: target, of: provider, at: site) {
            case .said(let said): return .translated(said)
            case .lacksPictures(let addresses): return .lacksPictures(addresses)
            case .lacksStates(let calls): return .lacksStates(calls)
            case nil: break
            }
        } catch {
            // Another target may be able to say it.
            throw AttemptFailure(error: error, verdict: .tryNextTarget, result: .connectError)
        }
        throw AttemptFailure(
            error: GatewayError(
                .notServed(model: call.outline?.model ?? "", format: call.format.id.name, provider: provider.name)),
            verdict: .tryNextTarget, result: .connectError)
    }

    private func kind(_ format: FormatID) -> CallKind {
        CallKind(format: format, operation: call.operation, streams: call.streams)
    }

    private func send(
        _ wording: Wording, to site: UpstreamSite, of provider: ConfiguredProvider, credential: Int
    ) async throws(AttemptFailure) {
        let asksForUsage = provider.settings.streamUsage
        let model = site.deployment(of: target.model)
        var content: UpstreamRequest.Content
        let spoken: any WireFormat
        var streamType = "text/event-stream"
        switch wording {
        case .passedThrough:
            spoken = call.format
            let splices = call.outline.map { spoken.splices($0, model: model, askForUsage: asksForUsage) }
            content = .clientsOwn(splices ?? [])
        case .translated(let translation):
            spoken = translation.format
            if case .chat(let chat) = translation { streamType = chat.upstream.streamContentType }
            call.spokenFormat = spoken.id.name
            content = .written(translation.body)
        case .lacksPictures, .lacksStates, .answeredHere:
            throw giveUp(.notServed(model: target.model, format: call.format.id.name, provider: provider.name))
        }
        if let editor = site.bodyEditor, editor.isNeeded(for: kind(spoken.id)) {
            content = call.edited(content, by: editor, kind(spoken.id))
        }
        guard let prefix = site.head(kind(spoken.id), model: model, credential: credential) else {
            throw giveUp(.notServed(model: target.model, format: call.format.id.name, provider: provider.name))
        }
        let signing = site.signing(credential: credential)
        if let signing { await signing.prepare(on: call.state.loop, within: provider.timeouts.connect) }
        var request: UpstreamRequest
        do throws(UnavailableCredential) {
            request = try UpstreamRequest(
                call, prefix: prefix, content, usualHeaders: site.provider.usualHeaders, streamType: streamType,
                forwardsKey: provider.settings.forwardClientKey, signing: signing)
        } catch {
            throw failure(error, of: provider)
        }
        defer { request.giveBack(to: call.state) }

        call.attempts += 1
        if call.comesBack { call.nameAnswer(of: provider, credential: credential) }
        let shard = call.state.shard
        let (exchange, sent) = try await connect(to: site, sending: request, timeouts: provider.timeouts)
        defer {
            call.targetMetrics?.upstreamDuration.observe((NIODeadline.now() - sent).seconds, on: shard)
            call.exchange = nil
            exchange.release()
        }
        call.upstreamRequestID =
            exchange.header(.xRequestID) ?? exchange.header(.requestID) ?? exchange.header(named: "x-amzn-requestid")
        call.targetMetrics?.attempt(.status(exchange.status), on: shard)
        guard (200..<300).contains(exchange.status) else {
            throw await refusal(exchange, provider, in: spoken)
        }
        switch wording {
        case .translated(.chat(let chat)) where call.streams: try await relay(exchange, provider, through: chat)
        case .translated(let translation): try await passOn(exchange, provider, through: translation)
        case .passedThrough where call.streams:
            let hidesUsage = asksForUsage && !(call.outline?.asksForUsage ?? false)
            try await relay(exchange, provider, hidesUsage: hidesUsage)
        case .passedThrough, .lacksPictures, .lacksStates, .answeredHere: try await passOn(exchange, provider)
        }
        if call.state.reportsSuccess(of: provider.ordinal, at: WallClock.now.seconds) {
            health.callSucceeded(provider.ordinal)
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
