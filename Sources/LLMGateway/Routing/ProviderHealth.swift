/// What is known of one provider's well-being, from probes and from calls.
///
/// Times are milliseconds since 1970. News older than what is already known changes nothing.
struct ProviderHealth: Sendable, Equatable {
    /// How much the provider's health matters.
    enum Presence: Sendable, Equatable {
        case enabled
        /// Answers at its address without being configured: reported, but ready or not is not its affair.
        case found
        case disabled
    }

    enum Status: String, Sendable {
        case up, down, unknown, disabled
    }

    /// The provider's breaker, as reported: open when those of all its targets are.
    enum Breaker: String, Sendable {
        case closed, open
        case halfOpen = "half_open"
    }

    let name: String
    let presence: Presence
    /// `probe.required`.
    let isRequired: Bool
    /// Always up and never probed.
    let isInProcess: Bool
    /// `simulated`: counts only where there is no other.
    let isSimulated: Bool
    var breaker = Breaker.closed

    private(set) var status: Status
    /// How long the last probe took, when it succeeded.
    private(set) var latency: Duration?
    private(set) var lastChecked: Int64?
    /// Why the provider is down, for people; nil while it isn't.
    private(set) var error: String?

    init(
        name: String, presence: Presence = .enabled, isRequired: Bool = false, isInProcess: Bool = false,
        isSimulated: Bool = false
    ) {
        self.name = name
        self.presence = presence
        self.isRequired = isRequired
        (self.isInProcess, self.isSimulated) = (isInProcess, isSimulated)
        switch presence {
        case .enabled: status = isInProcess ? .up : .unknown
        case .found, .disabled: status = .disabled
        }
    }

    /// Whether a call may be sent there while another provider could be tried: anything that is not known to be down.
    var isUsable: Bool { status == .up || status == .unknown }

    /// A probe got an answer other than 401, 403 or 5xx.
    mutating func probeSucceeded(latency: Duration, at time: Int64) {
        guard isNews(time) else { return }
        self.latency = latency
        isUp(at: time)
    }

    /// A probe got no answer, or a 401, 403 or 5xx.
    ///
    /// - Parameter error: One short sentence without secrets; `/ready` shows it.
    mutating func probeFailed(error: String, at time: Int64) {
        guard isNews(time), !isInProcess else { return }
        lastChecked = time
        latency = nil
        // Nobody asked for a found provider: when it stops answering, it is gone rather than down.
        status = presence == .found ? .disabled : .down
        self.error = presence == .found ? nil : error
    }

    /// A client's call was answered, which is as good as a probe. The last probe's latency stays.
    mutating func callSucceeded(at time: Int64) {
        guard isNews(time) else { return }
        isUp(at: time)
    }

    private mutating func isUp(at time: Int64) {
        lastChecked = time
        status = .up
        error = nil
    }

    private func isNews(_ time: Int64) -> Bool { presence != .disabled && time >= lastChecked ?? .min }
}
