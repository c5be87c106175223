import Testing

@testable import LLMGateway

@Suite struct PriceTests {
    /// As `usd_per_million` has it; nil: unsaid.
    private func rates(
        _ input: Double?, cached: Double? = nil, write: Double? = nil, long: Double? = nil, output: Double? = nil
    ) -> Price.Rates {
        func rate(_ dollars: Double?) -> Price.Rate? { dollars.map { Price.Rate(dollarsPerMillion: $0) } }
        return Price.Rates(
            input: rate(input), cachedInput: rate(cached), cacheWrite: rate(write), cacheWriteLong: rate(long),
            output: rate(output))
    }

    @Test func `each kind of token has its own price, and they add up to the trillionth`() {
        let price = Price(rates(3, cached: 0.3, write: 3.75, long: 6, output: 15))
        let tokens = BilledTokens(input: 10, cachedInput: 100, cacheWrite: 1000, cacheWriteLong: 400, output: 7)
        // 30 + 30 + 600 × 3.75 + 400 × 6 + 105 millionths
        #expect(price.cost(of: tokens)?.text == "0.004815")
        #expect(price.cost(of: BilledTokens()) == .zero)
        #expect(Price(rates(0.0375, output: 0.15)).cost(of: BilledTokens(input: 1))?.text == "0.0000000375")
    }

    @Test func `what nobody priced costs as much as what stands for it`() {
        let plain = Price(rates(2, output: 4))
        #expect(plain.cost(of: BilledTokens(cachedInput: 5, cacheWrite: 5, cacheWriteLong: 5))?.text == "0.00002")
        let written = Price(rates(2, write: 3, output: 4))
        #expect(written.cost(of: BilledTokens(cacheWrite: 5, cacheWriteLong: 5))?.text == "0.000015")
    }

    @Test func `an unknown price is unknown, and not nothing`() {
        let input = Price(rates(2))
        #expect(input.cost(of: BilledTokens(input: 1, output: 1)) == nil)
        #expect(input.cost(of: BilledTokens(input: 1))?.text == "0.000002", "embeddings have no output")
        #expect(Price(rates(nil, output: 2)).cost(of: BilledTokens(cachedInput: 1)) == nil)
        #expect(Price.free.cost(of: BilledTokens(input: 1, cachedInput: 1, cacheWrite: 1, output: 1)) == .zero)
        #expect(Price.free.isFree)
        #expect(!Price(rates(0, output: 1)).isFree)
    }

    @Test func `a call longer than the threshold costs the higher price in all of its tokens`() {
        let price = Price(
            rates(1, cached: 0.1, output: 10),
            longCalls: .init(above: 200_000, rates: rates(2, cached: 0.2, output: 15)))
        #expect(price.cost(of: BilledTokens(input: 200_000, output: 10))?.text == "0.2001")
        #expect(price.cost(of: BilledTokens(input: 1, cachedInput: 200_000, output: 10))?.text == "0.040152")
    }

    @Test func `a region's surcharge holds for every rate`() {
        let price = Price(
            rates(3, cached: 0.3, write: 3.75, long: 6, output: 15),
            longCalls: .init(above: 10, rates: rates(6, output: 22.5)))
        let raised = price.raised(byPercent: 10)
        #expect(raised.rates == rates(3.3, cached: 0.33, write: 4.125, long: 6.6, output: 16.5))
        #expect(raised.longCalls == .init(above: 10, rates: rates(6.6, output: 24.75)))
    }

    @Test func `whatever an upstream says it used, nothing overflows`() {
        let price = Price(rates(1_000_000, output: 1_000_000))
        let cost = price.cost(of: BilledTokens(input: .max, cachedInput: .max, cacheWrite: .max, output: .max))
        #expect(cost == Cost(picodollars: .max))
    }
}
