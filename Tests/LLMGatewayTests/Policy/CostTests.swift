import Testing

@testable import LLMGateway

@Suite struct CostTests {
    @Test(arguments: [
        (0, "0"), (1, "0.000000000001"), (32_500_000, "0.0000325"), (1_230_000_000, "0.00123"),
        (1_000_000_000_000, "1"), (9_999_999_999_999, "9.999999999999"), (12_000_000_000_000, "12"),
        (123_450_000_000_000, "123.45"), (10_000_000_000_001, "10.000000000001"),
    ])
    func `a cost is written in dollars, to its last digit and without an exponent`(picodollars: Int, text: String) {
        let cost = Cost(picodollars: picodollars)
        #expect(cost.text == text)
        #expect(Double(cost.text) == cost.dollars)
    }

    @Test func `sums never wrap around, and nothing is worth less than nothing`() {
        let most = Cost(picodollars: .max)
        #expect(most + Cost(picodollars: 1) == most)
        #expect(Cost(picodollars: 1) - Cost(picodollars: 2) == .zero)
        #expect(Cost(picodollars: 1) < Cost(picodollars: 2))
    }
}
