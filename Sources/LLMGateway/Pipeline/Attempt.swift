import NIOCore
import WireFormats

/// One call sent to one target: once, or once more where that is safe or a matter of another credential.
struct Attempt {
    let call: Call
    let target: Target
    let metrics: GatewayMetrics
    let health: ProviderWatch
    /// Whether the target is called although its circuit breaker is open, if nobody else is finding out how it is.
    private let isTrial: Bool

    /// The same attempt of another call: of the client's own, where this one's is a try of it.
    func taken(overBy call: Call) -> Attempt {
        Attempt(call, target, isTrial: isTrial, metrics: metrics, health: health)
    }

    init(_ call: Call, _ target: Target, isTrial: Bool = false, metrics: GatewayMetrics, health: ProviderWatch) {
        (self.call, self.target, self.isTrial, self.metrics, self.health) = (call, target, isTrial, metrics, health)
    }

    /// Sends the call, and answers the client when the target does.
    func run() async throws(AttemptFailure) {
        guard let provider = call.snapshot.provider(target.provider) else {
            throw giveUp(.unresolved(.switchedOff(provider: target.providerName)))
        }
        call.writeOffAttempt()
        let profile = provider.profile(of: target.model, listed: call.listed, in: metrics)
        call.provider = provider
        call.target = target
        call.profile = profile
        call.losses = []
        call.streamEnding = nil
        let wording = try await wording(of: provider)
        if case .answeredHere = wording { return call.answerHere() }
        if let gate = provider.gate { try await enter(gate) }
        defer { provider.gate?.leave() }
        let ticket = try admission(to: profile.health)
        call.trial = ticket.isProbe ? (profile.health, ticket) : nil
        let shard = call.state.shard
        profile.health.begin()
        provider.metrics.requestsInFlight.add(1, on: shard)
        let waitedBefore = call.times.firstByte
        defer {
            profile.health.end()
            provider.metrics.requestsInFlight.add(-1, on: shard)
        }
        let report: TargetHealth.Report
        do throws(AttemptFailure) {
            switch provider.kind {
            case .upstream(let site): try await run(wording, at: site, of: provider)
            case .inProcess(let model): try await InProcessAttempt(self, at: provider, model).run()
            }
            report = (call.trunk ?? call).streamReport
        } catch {
            let report = self.report(of: error, from: provider)
            profile.health.ended(ticket, report, firstByte: firstByte(since: waitedBefore), on: shard)
            throw error
        }
        profile.health.ended(ticket, report, firstByte: firstByte(since: waitedBefore), on: shard)
    }

    private func giveUp(_ reason: GatewayError.Reason, detail: String = "") -> AttemptFailure {
        AttemptFailure(notAsked: GatewayError(reason, detail: detail), movesOn: false)
    }

    private func enter(_ gate: ConcurrencyGate) async throws(AttemptFailure) {
        call.times.end(.route, at: .now())
        defer { call.times.end(.queue, at: .now()) }
        do throws(UpstreamError) {
            defer { call.queued = nil }
            try await gate.enter(
                by: call.keyName, on: call.state.loop, call.state.shard, until: call.deadline
            ) { call.queued = $0 }
        } catch {
            throw failure(error)
        }
    }

    // MARK: The target's health

    private func admission(to health: TargetHealth) throws(AttemptFailure) -> CircuitBreaker.Ticket {
        switch health.admit(isTrial: isTrial, on: call.state.shard) {
        case .proceed(let ticket): return ticket
        case .refuse(let retryAfter):
            throw AttemptFailure(
                notAsked: GatewayError(.unavailable(retryAfter: retryAfter), detail: "the circuit breaker is open"),
                movesOn: true)
        }
    }

    /// How long this attempt waited for its first byte; nil where no plan goes by that.
    private func firstByte(since before: TimeAmount) -> Duration? {
        call.choosesByLatency ? (call.times.firstByte - before).duration : nil
    }

    /// What a failure says about the target.
    private func report(of failure: AttemptFailure, from provider: ConfiguredProvider) -> TargetHealth.Report {
        switch failure.outcome {
        case _ where call.interruption != nil: .abandoned
        // It is one credential's limit, and that rests.
        case .answered(429, _) where failure.retryAfter != nil && provider.settings.apiKeys.count > 1: .abandoned
        case .deadlinePassed where call.isHurried: .abandoned
        default: failure.report
        }
    }

    // MARK: Over HTTP

    private func run(
        _ wording: Wording, at site: UpstreamSite, of provider: ConfiguredProvider
    ) async throws(AttemptFailure) {
        let pinned = call.keeper?.credential(of: provider)
        var credential = pinned ?? provider.nextCredential()
        var mayChangeCredential = pinned == nil
        var fresh = false
        while true {
            do throws(AttemptFailure) {
                return try await send(wording, to: site, of: provider, credential: credential, fresh: fresh)
            } catch {
                // The provider has closed it meanwhile, as far as anybody can tell: that is no reason to wait.
                if error.metDeadConnection, !fresh, provider.settings.retry.maxAttempts > 1 {
                    fresh = true
                    call.cause = .failure(.reset)
                    continue
                }
                guard error.verdict == .tryAnotherCredential, case .status(let status) = error.result else {
                    throw error
                }
                // The same credential, fetched anew, is another one.
                if status == 401 || status == 403, site.signing(credential: credential)?.wasRefused() == true,
                    mayChangeCredential, call.interruption == nil
                {
                    mayChangeCredential = false
                    call.cause = .failure(.status(status))
                    continue
                }
                let other = provider.nextCredential(after: credential, status: status, retryAfter: error.retryAfter)
                guard let other, mayChangeCredential, call.interruption == nil else {
                    throw error.withoutOtherCredential
                }
                mayChangeCredential = false
                credential = other
                call.cause = .failure(.status(status))
            }
        }
    }

    /// How the call is said to the target.
    private enum Wording {
        /// As the canonical model has it.
        case inProcess
        /// Both speak the same format: the client's own bytes, but for a few, and without what another provider left in
        /// the dialogue.
        case passedThrough([BodySplice])
        case translated(Translation)
        /// It can't be yet: these pictures have to be fetched.
        case lacksPictures([String])
        /// It can't be yet: what belongs to these tool calls has to be asked for.
        case lacksStates([String])
        /// It isn't: the target has no such calls, and the gateway can answer without it.
        case answeredHere
    }

    /// Says the call, with what it needs for that and isn't here yet: before the provider is kept busy with it.
    private func wording(of provider: ConfiguredProvider) async throws(AttemptFailure) -> Wording {
        guard case .upstream(let site) = provider.kind else {
            return call.isAnswerableHere ? .answeredHere : .inProcess
        }
        while true {
            let wording = try wording(at: site, of: provider)
            switch wording {
            case .lacksPictures(let addresses):
                do throws(GatewayError) {
                    try await call.fetchPictures(addresses, for: provider)
                } catch {
                    // Another target may read the addresses itself.
                    throw AttemptFailure(notAsked: error, movesOn: true)
                }
            case .lacksStates(let calls): await call.fetchStates(of: calls)
            case .inProcess, .passedThrough, .translated, .answeredHere: return wording
            }
        }
    }

    private func wording(
        at site: UpstreamSite, of provider: ConfiguredProvider
    ) throws(AttemptFailure) -> Wording {
        func isServed(_ format: any WireFormat) -> Bool { site.serves(kind(format.id)) }
        if site.formats.contains(where: { $0.id == call.format.id }), isServed(call.format),
            site.passesThrough(call.operation)
        {
            do throws(GatewayError) {
                return .passedThrough(try call.dropForeignState(for: site.deployment(of: target.model), of: provider))
            } catch {
                // Another target may have left it there.
                throw AttemptFailure(notAsked: error, movesOn: true)
            }
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
            throw AttemptFailure(notAsked: error, movesOn: true)
        }
        throw AttemptFailure(
            notAsked: GatewayError(
                .notServed(model: call.outline?.model ?? "", format: call.format.id.name, provider: provider.name)),
            movesOn: true)
    }

    private func kind(_ format: FormatID) -> CallKind {
        CallKind(format: format, operation: call.operation, streams: call.streams)
    }

    private func send(
        _ wording: Wording, to site: UpstreamSite, of provider: ConfiguredProvider, credential: Int, fresh: Bool
    ) async throws(AttemptFailure) {
        let asksForUsage = provider.settings.streamUsage
        let model = site.deployment(of: target.model)
        var content: UpstreamRequest.Content
        let spoken: any WireFormat
        let exact: CallKind
        var streamType = "text/event-stream"
        switch wording {
        case .passedThrough(let foreign):
            spoken = call.format
            let splices = call.outline.map { spoken.splices($0, model: model, askForUsage: asksForUsage) } ?? []
            content = .clientsOwn(foreign.isEmpty ? splices : splices.overridden(by: foreign))
            exact = site.kind(passing: kind(spoken.id), from: call.place.endpoint)
        case .translated(let translation):
            spoken = translation.format
            if case .chat(let chat) = translation { streamType = chat.upstream.streamContentType }
            call.spokenFormat = spoken.id.name
            content = .written(translation.body)
            exact = kind(spoken.id)
        case .inProcess, .lacksPictures, .lacksStates, .answeredHere:
            throw giveUp(.notServed(model: target.model, format: call.format.id.name, provider: provider.name))
        }
        if let editor = site.bodyEditor, editor.isNeeded(for: exact) {
            content = call.edited(content, by: editor, exact)
        }
        guard let prefix = site.head(exact, model: model, credential: credential) else {
            throw giveUp(.notServed(model: target.model, format: call.format.id.name, provider: provider.name))
        }
        let signing = site.signing(credential: credential)
        if let signing, signing.isFetched {
            let place = LoopPause(call.state.loop, until: call.deadline)
            call.queued = place
            await signing.prepare(at: place, fetchingWithin: provider.timeouts.connect)
            call.queued = nil
            if let interruption = call.interruption { throw failure(interruption) }
        }
        call.trace?.startAttempt(using: &call.state.random)
        let betas = if case .clientsOwn = content { call.betas(knownAs: site.knownBetas) } else { AnthropicBetas?.none }
        var request: UpstreamRequest
        do throws(UnavailableCredential) {
            request = try UpstreamRequest(
                call, prefix: prefix, content, usualHeaders: site.provider.usualHeaders, streamType: streamType,
                forwardsKey: provider.settings.forwardClientKey, betas: betas, signing: signing)
        } catch {
            throw failure(error, of: provider)
        }
        defer { request.giveBack(to: call.state) }

        call.countAttempt(at: provider)
        if call.comesBack { call.nameAnswer(of: provider, credential: credential) }
        let shard = call.state.shard
        let (exchange, sent) = try await connect(
            to: site, sending: request, timeouts: provider.timeouts, fresh: fresh)
        var answering = self
        defer {
            let ended = NIODeadline.now()
            call.targetMetrics?.upstreamDuration.observe((ended - sent).seconds, on: shard)
            call.attemptEnded(at: ended)
            call.exchange = nil
            answering.call.exchange = nil
            exchange.release()
        }
        call.upstreamRequestID =
            exchange.header(.xRequestID) ?? exchange.header(.requestID) ?? exchange.header(named: "x-amzn-requestid")
        call.attemptCameTo(.status(exchange.status), upstreamRequestID: call.upstreamRequestID)
        guard (200..<300).contains(exchange.status) else {
            throw await refusal(exchange, provider, in: spoken)
        }
        if let race = call.race { answering = try race.claim(self) }
        switch wording {
        case .translated(.chat(let chat)) where call.streams:
            try await answering.relay(exchange, provider, through: chat)
        case .translated(let translation): try await answering.passOn(exchange, provider, through: translation)
        case .passedThrough where call.streams:
            let hidesUsage = asksForUsage && !(call.outline?.asksForUsage ?? false)
            try await answering.relay(exchange, provider, hidesUsage: hidesUsage)
        case .passedThrough, .inProcess, .lacksPictures, .lacksStates, .answeredHere:
            try await answering.passOn(exchange, provider)
        }
        if answering.call.streamReport == .succeeded,
            call.state.reportsSuccess(of: provider.ordinal, at: WallClock.now.seconds)
        {
            health.callSucceeded(provider.ordinal, provider.name)
        }
    }
}
