import NIOCore
import WireFormats

/// Leads one call to its answer: along the targets of its model's plan, and on to other models.
///
/// Who comes first is for ``TargetOrder`` to say, who comes next for ``RetrySequence``, which other model for
/// ``FallbackPath``: here is who waits, and what ends it all.
struct Delivery {
    private let call: Call
    private let metrics: GatewayMetrics
    private let health: ProviderWatch

    init(_ call: Call, metrics: GatewayMetrics, health: ProviderWatch) {
        (self.call, self.metrics, self.health) = (call, metrics, health)
    }

    /// Sends the call to the plan's targets, then to those of other models, until one answers or no other would do better.
    func run(along routed: RoutedPlan) async throws(GatewayError) {
        call.startDeadline(routed.plan)
        call.startKeepAlive()
        var failure: AttemptFailure
        do throws(AttemptFailure) { return try await follow(routed) } catch { failure = error }
        guard let options = routed.plan.options else { throw failure.error }
        var path = FallbackPath(from: call.outline?.model ?? "", options)
        while canGoOn, let reason = failure.fallbackReason, let model = path.next(because: reason) {
            guard case .success(let next) = call.state.plan(for: model, pinned: nil, by: call.snapshot, call.listed)
            else {
                continue
            }
            call.cause = .fallback(reason)
            path.add(next.plan.options)
            do throws(AttemptFailure) { return try await follow(next, fallback: model) } catch { failure = error }
        }
        throw failure.error
    }

    /// Whether there is anybody to send another attempt for, and anything left that it could tell them.
    private var canGoOn: Bool { call.interruption == nil && !call.hasBegun && NIODeadline.now() < call.deadline }

    /// Tries the targets of one model.
    ///
    /// - Parameter fallback: Its name; nil: it is the one that the client asked for.
    private func follow(_ routed: RoutedPlan, fallback: String? = nil) async throws(AttemptFailure) {
        let order = try order(of: routed, fallback: fallback)
        let attemptsBefore = call.attempts
        var position = 0
        var isFirst = true
        var sequence: RetrySequence?
        var failed: AttemptFailure?
        while true {
            let attempt = attempt(at: order[position], isTrial: isFirst && order.beginsWithTrial)
            isFirst = false
            let failure: AttemptFailure
            if let delay = routed.plan.options?.hedgeAfter, !call.isAnswerableHere {
                let losses = await Race.run(call, attempt, at: position, after: delay) {
                    rival(of: position, in: order, sequence)
                }
                guard let last = losses.last else { return remember(call.target) }
                if losses.count > 1, let first = losses.first, first.failure.result != nil {
                    var going = sequence ?? retries(along: order)
                    going.note(
                        ended(first.failure, at: first.position), at: Instant.now,
                        using: &call.state.random)
                    sequence = going
                }
                (failure, position) = (last.failure, last.position)
            } else {
                do throws(AttemptFailure) {
                    try await attempt.run()
                    return remember(order[position])
                } catch {
                    failure = error
                    call.passOver(order[position], because: failure)
                }
            }
            // What a target said tells the client more than why the next one was not asked.
            if let result = failure.result {
                failed = failure
                call.cause = .failure(result)
            }
            guard failure.verdict == .tryNextTarget, call.interruption == nil, !call.hasBegun else { throw failure }
            var going = sequence ?? retries(along: order)
            let decision = decide(&going, after: failure, at: position, attempts: call.attempts - attemptsBefore)
            sequence = going
            guard case .tryTarget(let next, let pause) = decision else { throw failed ?? failure }
            try await wait(pause, before: order[next])
            position = next
        }
    }

    private func attempt(at target: Target, isTrial: Bool) -> Attempt {
        Attempt(call, target, isTrial: isTrial, metrics: metrics, health: health)
    }

    // MARK: Racing

    /// Another target that may be called now: the next one in the order.
    private func rival(
        of position: Int, in order: TargetOrder, _ sequence: RetrySequence?
    ) -> (attempt: Attempt, position: Int)? {
        let now = Instant.now
        for other in 0..<order.count where other != position && sequence?.isNew(other) ?? true {
            let target = order[other]
            guard health.isUsable(target.provider, target.providerName),
                let profile = call.snapshot.provider(target.provider)?.profile(
                    of: target.model, listed: call.listed, in: metrics),
                profile.health.breaker(at: now).retryAfter == nil
            else { continue }
            return (attempt(at: target, isTrial: false), other)
        }
        return nil
    }

    /// The conversation's next call should go there too.
    private func remember(_ target: Target?) {
        guard let conversation = call.conversation, let target, call.streamReport == .succeeded else { return }
        call.snapshot.conversations.served(conversation, by: target.fingerprint)
    }

    // MARK: Who is next

    private func order(of routed: RoutedPlan, fallback: String?) throws(AttemptFailure) -> TargetOrder {
        var found: TargetOrder?
        defer { call.routes.append(RouteTaken(fallback: fallback, plan: routed.plan, order: found)) }
        do throws(GatewayError) {
            let plan = try call.capable(of: routed)
            call.choosesByLatency = plan.strategy == .leastLatency
            call.conversation = plan.options.flatMap { call.conversation(by: $0.affinity) }
            let order = try TargetOrder.of(plan, for: call, metrics, health)
            found = order
            return order
        } catch {
            throw AttemptFailure(notAsked: error, movesOn: false)
        }
    }

    private func retries(along order: TargetOrder) -> RetrySequence {
        let settings = call.snapshot.provider(order[0].provider)?.settings.retry ?? .builtIn
        return RetrySequence(
            maxAttempts: settings.maxAttempts, backoff: settings.backoff,
            providers: (0..<order.count).map { order[$0].provider }, usable: order.usable,
            deadline: call.deadline.instant)
    }

    private func decide(
        _ sequence: inout RetrySequence, after failure: AttemptFailure, at position: Int, attempts: Int
    ) -> RetryDecision {
        let now = Instant.now
        let takeRetry = { provider in call.snapshot.provider(provider)?.traffic.takeRetry() ?? false }
        guard failure.result != nil else {
            return sequence.skipped(position, attempts: attempts, at: now, takeRetry: takeRetry)
        }
        return sequence.ended(
            ended(failure, at: position), attempts: attempts, at: now, using: &call.state.random,
            takeRetry: takeRetry)
    }

    private func ended(_ failure: AttemptFailure, at position: Int) -> RetrySequence.Attempt {
        RetrySequence.Attempt(
            target: position, verdict: failure.verdict, mayRepeat: failure.outcome?.mayRepeat ?? true,
            retryAfter: failure.retryAfter, backoff: call.provider?.settings.retry.backoff)
    }

    /// Waits before a target is asked again.
    private func wait(_ pause: Duration, before target: Target) async throws(AttemptFailure) {
        guard pause > .zero else { return }
        let start = NIODeadline.now()
        call.times.end(.route, at: start)
        let place = LoopPause(call.state.loop, until: start + TimeAmount(pause))
        call.queued = place
        await place.wait()
        call.queued = nil
        call.times.end(.backoff, at: .now())
        if let interruption = call.interruption { throw AttemptFailure(interruption, at: target.providerName) }
    }
}

extension Call {
    /// One deadline over all attempts: the first provider's total, lowered by what the client asks for.
    fileprivate func startDeadline(_ plan: Plan) {
        var total = plan.targets.first.flatMap { snapshot.provider($0.provider)?.timeouts.total } ?? .seconds(600)
        if let asked = connection.header(.xLLMGatewayTimeout).flatMap(Double.init), asked > 0, asked < 1e6 {
            isHurried = .seconds(asked) < total
            total = min(total, .seconds(asked))
        }
        let now = NIODeadline.now()
        times.end(.route, at: now)
        deadline = now + TimeAmount(total)
    }

    /// What an answer that was given says about its target: a stream may have broken after it had begun.
    var streamReport: TargetHealth.Report {
        switch streamEnding {
        case nil, .completed: .succeeded
        case .clientGone, .drained: .abandoned
        case .totalTimeout: isHurried ? .abandoned : .failed
        case .upstreamCut, .upstreamError, .idleTimeout, .untranslatable: .failed
        }
    }
}
