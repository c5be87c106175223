import Testing

@testable import LLMGateway

@Suite struct AddressLimitTests {
    private let start = Instant.now

    private func limit(_ amount: Int) throws -> AddressLimit {
        AddressLimit(try #require(.window(amount, per: .seconds(60))), at: start)
    }

    /// Whether a request of the client's is let in.
    private func lets(_ client: String, by limit: AddressLimit) -> Bool {
        var taken: AddressLimit.Taken?
        return limit.take(client, &taken, at: start).refusal == nil
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("2001:db8::1", "2001:db8::ffff:2", true), ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ("2001:db8::", "0.0.0.0", false), ("", "somewhere", true),
    ])
    func `an address of IPv4 counts by itself, one of IPv6 with its network`(
        one: String, other: String, isSame: Bool
    ) throws {
        let limit = try limit(1)
        #expect(lets(one, by: limit) && !lets(one, by: limit))
        #expect(lets(other, by: limit) == !isSame)
    }

    @Test func `what is given back can be taken again, and a reload changes the limit alone`() throws {
        let limit = try limit(2)
        var taken: AddressLimit.Taken?
        let answer = limit.take("192.0.2.1", &taken, at: start)
        #expect(answer.standing.requests == Admission.Standing(limit: 2, remaining: 1, reset: .seconds(30)))
        limit.giveBack(try #require(taken), at: start)
        #expect(lets("192.0.2.1", by: limit) && lets("192.0.2.1", by: limit) && !lets("192.0.2.1", by: limit))
        limit.follow(try #require(.window(4, per: .seconds(60))), at: start)
        #expect(!lets("192.0.2.1", by: limit) && lets("192.0.2.2", by: limit))
    }
}
