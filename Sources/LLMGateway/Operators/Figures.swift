/// What was counted of some requests: of all, of a target's, of a key's.
struct Figures: Sendable, Equatable {
    var outcomes = OutcomeCounts()
    /// By ``TokenKind``'s raw value.
    private var tokens = SIMD8<UInt64>()
    /// US dollars.
    var cost = 0.0

    subscript(kind: TokenKind) -> UInt64 {
        get { tokens[kind.rawValue] }
        set { tokens[kind.rawValue] = newValue }
    }

    /// All input, cached or not.
    var input: UInt64 { self[.input] &+ self[.cachedInput] &+ self[.cacheWrite] }

    /// What was added since `earlier`.
    static func - (now: Figures, earlier: Figures) -> Figures {
        var difference = Figures()
        difference.outcomes = now.outcomes - earlier.outcomes
        difference.tokens = now.tokens &- pointwiseMin(earlier.tokens, now.tokens)
        difference.cost = max(0, now.cost - earlier.cost)
        return difference
    }
}

/// Requests by how they ended.
struct OutcomeCounts: Sendable, Equatable {
    private var counts = SIMD8<UInt64>()

    subscript(outcome: Outcome) -> UInt64 {
        get { counts[Self.place(of: outcome)] }
        set { counts[Self.place(of: outcome)] = newValue }
    }

    var requests: UInt64 { counts.wrappedSum() }
    /// Those that failed through no fault of the client's, and not because a limit was reached.
    var errors: UInt64 { self[.providerError] &+ self[.timeout] }

    static func - (now: OutcomeCounts, earlier: OutcomeCounts) -> OutcomeCounts {
        var difference = OutcomeCounts()
        difference.counts = now.counts &- pointwiseMin(earlier.counts, now.counts)
        return difference
    }

    private static func place(of outcome: Outcome) -> Int {
        switch outcome {
        case .ok: 0
        case .clientError: 1
        case .providerError: 2
        case .clientCancelled: 3
        case .timeout: 4
        case .rejected: 5
        }
    }
}
