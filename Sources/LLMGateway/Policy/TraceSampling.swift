/// Which calls are traced: some from their beginning, by chance or because the client's own trace is; others once it is
/// known what came of them.
struct TraceSampling: Sendable, Equatable {
    /// Calls that took longer are kept.
    let alwaysAbove: Duration
    /// Traces whose random part is at least this are sampled, as OpenTelemetry's samplers do it: 0...2^56.
    private let threshold: UInt64

    private static let randomBits: UInt64 = 56

    /// - Parameter ratio: 0...1; anything outside counts as the nearer of the two.
    init(ratio: Double, alwaysAbove: Duration) {
        self.alwaysAbove = alwaysAbove
        let all = Double(UInt64(1) << Self.randomBits)
        // What is not a number is no wish for anything.
        threshold = UInt64(((1 - (ratio > 0 ? min(ratio, 1) : 0)) * all).rounded())
    }

    /// Whether a call is traced, as far as its beginning tells. The same trace id gives the same answer everywhere.
    ///
    /// - Parameters:
    ///   - parent: What the client's trace says; nil: it has none.
    ///   - traceID: The lower half of the trace id.
    func samples(parent: Bool?, traceID: UInt64) -> Bool {
        parent ?? (traceID & (1 << Self.randomBits - 1) >= threshold)
    }

    /// Whether a call is kept at its end.
    ///
    /// - Parameters:
    ///   - isSampled: What its beginning said.
    ///   - isFailure: Whether a provider or the gateway failed it.
    func keeps(isSampled: Bool, isFailure: Bool, duration: Duration) -> Bool {
        isSampled || isFailure || duration > alwaysAbove
    }
}
