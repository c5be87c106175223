/// When one provider is asked next whether it is well.
///
/// Every interval is stretched or shortened by up to a fifth, so that many gateways don't ask at once. A call that
/// succeeded stands for the probe that would have followed it, so a busy provider is not probed at all.
struct ProbeSchedule: Sendable {
    /// What to do now.
    enum Step: Sendable, Equatable {
        /// Probe now; the next one is scheduled already.
        case probe
        /// Do nothing until then, and ask again.
        case wait(until: Instant)
    }

    private let interval: Duration
    private var due: Instant
    private var lastSuccess: Instant?

    /// - Parameters:
    ///   - interval: `probe.interval`. Greater than zero.
    ///   - start: When the first probe is due.
    init(every interval: Duration, from start: Instant) {
        precondition(interval > .zero, "probes without a pause are an attack")
        self.interval = interval
        due = start
    }

    /// Notes that a client's call was answered.
    mutating func callSucceeded(at time: Instant) {
        lastSuccess = max(lastSuccess ?? time, time)
    }

    /// Called when a wait has ended, and at the start.
    mutating func step(at now: Instant, using random: inout some RandomNumberGenerator) -> Step {
        if now < due { return .wait(until: due) }
        let pause = interval * Double.random(in: 0.8...1.2, using: &random)
        if let lastSuccess, lastSuccess + pause > now {
            due = lastSuccess + pause
            return .wait(until: due)
        }
        due = now + pause
        return .probe
    }
}
