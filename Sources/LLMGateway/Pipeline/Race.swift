import NIOCore
import WireFormats

/// Two tries of one call at two targets, of which the quicker answers the client: the shell of ``Hedge``.
///
/// Each try has a ``Call`` of its own until it is known which of them counts.
///
/// Used on the call's loop only, by the call and the tasks that it waits for; that is what makes it Sendable.
final class Race: @unchecked Sendable {
    private let call: Call
    private let started = NIODeadline.now()
    private var hedge: Hedge
    private var first: Call?
    private var second: Call?
    private var secondTask: Task<Result<Void, AttemptFailure>, Never>?

    /// A try that failed, and its target's position in the order.
    struct Loss {
        let position: Int
        let failure: AttemptFailure
    }

    private init(_ call: Call, after delay: Duration) {
        self.call = call
        hedge = Hedge(after: delay, from: started.instant)
    }

    /// Sends the call by `attempt`, and by `next` too when that has brought nothing for so long.
    ///
    /// - Parameter next: Another target and its position in the order; asked when one is needed. nil: there is none.
    /// - Returns: What failed, the one that decides what comes next at the end; empty: the client has its answer.
    static func run(
        _ call: Call, _ attempt: Attempt, at position: Int, after delay: Duration,
        or next: @escaping () -> (attempt: Attempt, position: Int)?
    ) async -> [Loss] {
        call.writeOffAttempt()
        let race = Race(call, after: delay)
        call.race = race
        call.times.end(.route, at: race.started)
        defer { call.race = nil }
        return await race.run(attempt, at: position, or: next)
    }

    private func run(
        _ attempt: Attempt, at position: Int, or next: @escaping () -> (attempt: Attempt, position: Int)?
    ) async -> [Loss] {
        let first = Call(branching: call)
        first.cause = call.cause
        self.first = first
        var secondPosition = position
        let timer = LoopTimer(call.state.loop.timers) { [unowned self] in
            secondPosition = startSecond(next) ?? secondPosition
        }
        timer.arm(at: started + TimeAmount(hedge.dueAt - started.instant))
        let firstTask = start(attempt.taken(overBy: first), as: .first)
        let firstResult = await firstTask.value
        timer.cancel()
        let secondResult = await secondTask?.value
        let second = second
        (self.first, self.second) = (nil, nil)

        if case .success = firstResult { return [] }
        if case .success? = secondResult { return [] }
        call.times.end(.upstreamFirstByte, at: .now())
        var losses: [(loss: Loss, wasCalledOff: Bool)] = []
        if case .failure(let failure) = firstResult {
            losses.append((Loss(position: position, failure: failure), first.interruption == .superseded))
        }
        if case .failure(let failure)? = secondResult {
            let wasCalledOff = second?.interruption == .superseded
            losses.append((Loss(position: secondPosition, failure: failure), wasCalledOff))
        }
        // Who was called off for the other's sake says nothing of its target.
        let own = losses.filter { !$0.wasCalledOff }
        return (own.isEmpty ? losses : own).map(\.loss)
    }

    private func start(_ attempt: Attempt, as side: Hedge.Side) -> Task<Result<Void, AttemptFailure>, Never> {
        Task(executorPreference: call.state.loop.executor) {
            do throws(AttemptFailure) {
                try await attempt.run()
                return .success(())
            } catch {
                self.call.passOver(attempt.target, because: error)
                self.failed(side, attempt.call)
                return .failure(error)
            }
        }
    }

    /// - Returns: The second target's position in the order; nil: it was not started.
    private func startSecond(_ next: () -> (attempt: Attempt, position: Int)?) -> Int? {
        var found: (attempt: Attempt, position: Int)?
        let starts = hedge.startsSecond(at: Instant.now) {
            found = next()
            return found != nil
        }
        guard starts, let found, call.interruption == nil else { return nil }
        let second = Call(branching: call)
        second.cause = .hedge
        self.second = second
        secondTask = start(found.attempt.taken(overBy: second), as: .second)
        return found.position
    }

    /// A try has an answer to pass on.
    ///
    /// - Returns: The attempt that passes it on: the client's own call has taken it over.
    /// - Throws: When the other try was quicker.
    func claim(_ attempt: Attempt) throws(AttemptFailure) -> Attempt {
        let side: Hedge.Side = attempt.call === second ? .second : .first
        switch hedge.answered(side) {
        case .relay: break
        case .relayAndCancelOther: (side == .first ? second : first)?.interrupt(.superseded)
        case .wait, .fail, .ignore: throw AttemptFailure(.superseded, at: attempt.target.providerName)
        }
        call.times.end(.upstreamFirstByte, at: .now())
        call.adopt(attempt.call)
        return attempt.taken(overBy: call)
    }

    private func failed(_ side: Hedge.Side, _ branch: Call) {
        if branch.interruption == .superseded {
            branch.attemptWasSuperseded()
            branch.writeOffSuperseded(for: call)
        }
        // Who failed last is whom the client hears of.
        if case .fail = hedge.failed(side) { call.adopt(branch) }
    }

    /// The client's own call is off, and so are its tries.
    func interrupt(_ reason: UpstreamError, from caller: Call) {
        guard caller === call else { return }
        first?.interrupt(reason)
        second?.interrupt(reason)
    }
}

extension Call {
    /// Counts what an attempt is likely to be billed that was called off before it answered: what it had been sent.
    fileprivate func writeOffSuperseded(for trunk: Call) {
        guard attempts > 0, let targetMetrics else { return }
        usage = TokenUsage(inputUncached: (outline?.estimatedInputBytes ?? 0) / 4)
        countUsage(isWasted: true)
        if let billedAttempt { trunk.spending.add(billedAttempt, of: targetMetrics) }
    }
}
