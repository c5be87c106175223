/// What a model's tokens cost.
///
/// Every rate is in US dollars for a million tokens, which is the same number in millionths of a dollar for one.
struct Price: Sendable, Equatable {
    /// The rates of calls of any length.
    var rates: Rates
    /// Rates that take the place of ``rates``, all of them, for a call whose input is longer than so many tokens.
    var longCalls: LongCalls?

    /// What a call costs that is longer than the usual.
    struct LongCalls: Sendable, Equatable {
        /// The longest input, in tokens, that is not yet long; cached input counts.
        let above: Int
        let rates: Rates
    }

    init(_ rates: Rates, longCalls: LongCalls? = nil) { (self.rates, self.longCalls) = (rates, longCalls) }

    /// Costs nothing, whatever is used.
    static let free = Price(Rates(input: .zero, output: .zero))

    var isFree: Bool { self == .free }

    /// The rates of one kind of call; nil: nobody said.
    struct Rates: Sendable, Equatable {
        var input: Rate?
        /// nil: as ``input``.
        var cachedInput: Rate?
        /// What is put into a cache for the usual time; nil: as ``input``.
        var cacheWrite: Rate?
        /// What is put into a cache for an hour; nil: as ``cacheWrite``.
        var cacheWriteLong: Rate?
        /// Reasoning is a part of it.
        var output: Rate?
    }

    /// The price of one token.
    struct Rate: Sendable, Equatable {
        let picodollarsPerToken: Int

        static let zero = Rate(picodollarsPerToken: 0)

        init(picodollarsPerToken: Int) { self.picodollarsPerToken = picodollarsPerToken }

        /// - Parameter dollars: For a million tokens, 0...1,000,000; rounded to the millionth of a dollar.
        init(dollarsPerMillion dollars: Double) {
            picodollarsPerToken = Int((min(max(dollars, 0), 1e6) * 1e6).rounded())
        }
    }

    /// The same in a region that charges so many percent more.
    func raised(byPercent percent: Int) -> Price {
        func raised(_ rate: Rate?) -> Rate? {
            rate.map { Rate(picodollarsPerToken: $0.picodollarsPerToken * (100 + percent) / 100) }
        }
        func raised(_ rates: Rates) -> Rates {
            Rates(
                input: raised(rates.input), cachedInput: raised(rates.cachedInput),
                cacheWrite: raised(rates.cacheWrite), cacheWriteLong: raised(rates.cacheWriteLong),
                output: raised(rates.output))
        }
        return Price(
            raised(rates), longCalls: longCalls.map { LongCalls(above: $0.above, rates: raised($0.rates)) })
    }
}

/// The tokens of a call by what they are charged as. Zero or more each.
struct BilledTokens: Sendable, Equatable {
    /// What was not cached.
    var input = 0
    var cachedInput = 0
    /// What was put into a cache, for however long.
    var cacheWrite = 0
    /// The part of ``cacheWrite`` that is kept for an hour.
    var cacheWriteLong = 0
    var output = 0
}

extension Price {
    /// What so many tokens cost.
    ///
    /// - Returns: nil when there are tokens of a kind whose price nobody said: that is not the same as nothing.
    func cost(of tokens: BilledTokens) -> Cost? {
        var rates = rates
        if let longCalls {
            let input = Self.sum(Self.sum(tokens.input, tokens.cachedInput), tokens.cacheWrite)
            if input > longCalls.above { rates = longCalls.rates }
        }
        let long = min(tokens.cacheWriteLong, tokens.cacheWrite)
        let cacheWrite = rates.cacheWrite ?? rates.input
        guard let input = Self.cost(of: tokens.input, at: rates.input),
            let cached = Self.cost(of: tokens.cachedInput, at: rates.cachedInput ?? rates.input),
            let written = Self.cost(of: tokens.cacheWrite - long, at: cacheWrite),
            let writtenLong = Self.cost(of: long, at: rates.cacheWriteLong ?? cacheWrite),
            let output = Self.cost(of: tokens.output, at: rates.output)
        else { return nil }
        return input + cached + written + writtenLong + output
    }

    /// - Parameter count: As an upstream said it, so it may be anything.
    private static func cost(of count: Int, at rate: Rate?) -> Cost? {
        guard count > 0 else { return .zero }
        guard let rate else { return nil }
        let (product, isBeyond) = rate.picodollarsPerToken.multipliedReportingOverflow(by: count)
        return Cost(picodollars: isBeyond ? .max : product)
    }

    private static func sum(_ one: Int, _ other: Int) -> Int {
        let (sum, isBeyond) = one.addingReportingOverflow(other)
        return isBeyond ? .max : sum
    }
}
