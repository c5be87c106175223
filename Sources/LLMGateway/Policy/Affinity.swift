/// Leads the calls of one conversation to the same target, so that the provider's prompt cache is hit.
///
/// A soft preference: ``TargetRanking`` follows it only where nothing stands in the target's way. What served a conversation
/// is remembered for a while, so that one that had to move stays where it went. A conversation that is not remembered,
/// because it is new or was served by another replica, goes where rendezvous hashing says (Thaler and Ravishankar, 1998):
/// every replica finds the same target without asking another, in proportion to the weights, and a target that comes or
/// goes moves only its own conversations.
///
/// Conversations and targets are known by their ``fingerprint(_:)``.
struct Affinity: Sendable {
    /// How it is known which calls belong together.
    enum Basis: String, Sendable, CaseIterable {
        /// It isn't.
        case none
        /// The client says so.
        case session
        /// They begin alike.
        case prefix
    }

    /// Conversations that are remembered at most, in each of two generations.
    private let limit: Int
    /// A conversation is forgotten when it was silent for one to two of these.
    private let lifetime: Duration
    private var recent: [UInt64: UInt64] = [:]
    private var older: [UInt64: UInt64] = [:]
    private var turnedAt: Instant

    /// - Parameters:
    ///   - limit: Conversations to remember. At least 2; each takes some 20 bytes.
    ///   - lifetime: How long at least, unless there are too many. Providers keep a prompt for five to ten minutes.
    init(limit: Int = 50_000, lifetime: Duration = .seconds(600), at now: Instant) {
        precondition(limit > 1 && lifetime > .zero, "a memory remembers something")
        self.limit = limit / 2
        self.lifetime = lifetime
        turnedAt = now
    }

    /// How many conversations are remembered, some of them perhaps twice.
    var count: Int { recent.count + older.count }

    /// Which of these targets served the conversation last.
    ///
    /// - Parameter targets: The fingerprints of a plan's targets.
    /// - Returns: Its index; nil when the conversation is not remembered, or its target is not among these.
    mutating func target(
        of conversation: UInt64, among targets: some Collection<UInt64>, at now: Instant
    ) -> Int? {
        turnIfDue(at: now)
        guard let served = recent[conversation] ?? older[conversation] else { return nil }
        return targets.enumerated().first { $0.element == served }?.offset
    }

    /// A target answered a call of the conversation.
    mutating func served(_ conversation: UInt64, by target: UInt64, at now: Instant) {
        turnIfDue(at: now)
        if recent.count >= limit, recent[conversation] == nil { turn(at: now) }
        recent[conversation] = target
    }

    private mutating func turnIfDue(at now: Instant) {
        if now - turnedAt >= lifetime { turn(at: now) }
    }

    /// The older generation is forgotten whole.
    private mutating func turn(at now: Instant) {
        older = now - turnedAt >= lifetime * 2 ? [:] : recent
        recent = [:]
        turnedAt = now
    }

    // MARK: Rendezvous

    /// Where a conversation goes that nobody remembers: the target with the highest score, by weight.
    ///
    /// For strategies that choose at random. Under `priority` and `cheapest` a new conversation goes where every other goes.
    ///
    /// - Parameter targets: The usable ones.
    /// - Returns: The index; nil when no target has any weight.
    static func rendezvous(
        of conversation: UInt64, among targets: some Sequence<(fingerprint: UInt64, weight: Int)>
    ) -> Int? {
        var best: (index: Int, score: Double)?
        for (index, target) in targets.enumerated() where target.weight > 0 {
            let hash = mixed(mixed(conversation) ^ target.fingerprint)
            // In (0, 1); an exponential race between the targets is won in proportion to their rates.
            let uniform = (Double(hash >> 11) + 0.5) / 0x1p53
            let score = Double(target.weight) / -logarithm(of: uniform)
            if best.map({ score > $0.score }) ?? true { best = (index, score) }
        }
        return best?.index
    }

    /// The natural logarithm of a normal number above 0. The error is below 1e-5.
    private static func logarithm(of number: Double) -> Double {
        let ln2 = 0.693_147_180_559_945_3
        // 2 artanh((s - 1) / (s + 1)) for the significand s, which is in 1..<2.
        let ratio = (number.significand - 1) / (number.significand + 1)
        let square = ratio * ratio
        let series = 1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9)))
        return Double(number.exponent) * ln2 + 2 * ratio * series
    }

    // MARK: Fingerprints

    /// A number that stands for some bytes, the same in every process: FNV-1a, mixed. It keeps no secret; whoever makes two
    /// of their own conversations collide gains nothing.
    static func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return mixed(hash)
    }

    /// The finish of MurmurHash3: every bit of the result hangs on every bit of the number.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var bits = number
        bits = (bits ^ (bits >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        bits = (bits ^ (bits >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return bits ^ (bits >> 33)
    }
}
