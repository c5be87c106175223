/// Takes turns with a provider's credentials, and rests those that the provider refused.
///
/// At every moment at least one is not paused: the last one left is never paused, since a refusal from the provider
/// tells the caller more than silence from us.
struct CredentialRotation: Sendable {
    /// Until when each credential rests; nil: never paused.
    private var pausedUntil: [Instant?]
    private var upcoming = 0

    /// How long a credential rests after a 401 or 403.
    static let pauseAfterRefusal: Duration = .seconds(60)

    /// - Parameter count: How many credentials there are. At least 1.
    init(count: Int) {
        precondition(count > 0, "a rotation needs something to turn")
        pausedUntil = Array(repeating: nil, count: count)
    }

    /// The credential for the next call, by its index.
    mutating func next(at now: Instant) -> Int {
        guard pausedUntil.count > 1 else { return 0 }
        return take(at: now, except: nil) ?? upcoming
    }

    /// A credential that is not paused, for what is no call; the next call has the turn that it would have had.
    func usable(at now: Instant) -> Int {
        pausedUntil.indices.first { !isPaused($0, at: now) } ?? upcoming
    }

    /// Another credential than the one that was just refused, for the same call's second try.
    ///
    /// - Returns: nil when every other one is paused, or there is no other.
    mutating func next(after refused: Int, at now: Instant) -> Int? {
        take(at: now, except: refused)
    }

    /// Notes that the provider refused a credential: 401 and 403 pause it for 60 s, 429 for as long as the provider
    /// said, and not at all when it said nothing. Other statuses are not about credentials and change nothing.
    mutating func refused(_ index: Int, status: Int, retryAfter: Duration?, at now: Instant) {
        let pause: Duration? =
            switch status {
            case 401, 403: Self.pauseAfterRefusal
            case 429: retryAfter
            default: nil
            }
        guard let pause, pausedUntil.indices.contains(index) else { return }
        let othersLeft = pausedUntil.indices.contains { $0 != index && !isPaused($0, at: now) }
        guard othersLeft else { return }
        let end = now + pause
        pausedUntil[index] = max(pausedUntil[index] ?? end, end)
    }

    /// How many credentials are paused.
    func restingCount(at now: Instant) -> Int {
        pausedUntil.indices.count { isPaused($0, at: now) }
    }

    private mutating func take(at now: Instant, except excluded: Int?) -> Int? {
        for step in pausedUntil.indices {
            let index = (upcoming + step) % pausedUntil.count
            guard index != excluded, !isPaused(index, at: now) else { continue }
            upcoming = (index + 1) % pausedUntil.count
            return index
        }
        return nil
    }

    private func isPaused(_ index: Int, at now: Instant) -> Bool {
        pausedUntil[index].map { $0 > now } ?? false
    }
}
