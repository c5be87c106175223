import Testing

@testable import LLMGateway

@Suite struct ModelFactsTests {
    @Test func `what is laid over counts key by key, and a price as a whole`() {
        let dear = Price(Price.Rates(input: Price.Rate(dollarsPerMillion: 5), output: Price.Rate(dollarsPerMillion: 9)))
        let cheap = Price(Price.Rates(input: Price.Rate(dollarsPerMillion: 1)))
        let known = ModelFacts(
            contextWindow: 8000, maxOutput: 4000, can: [.images, .tools], cannot: [.audio], price: dear)
        let said = ModelFacts(maxOutput: 100, can: [.audio], cannot: [.images], price: cheap)

        let both = known.overlaid(by: said)
        #expect(
            both
                == ModelFacts(
                    contextWindow: 8000, maxOutput: 100, can: [.audio, .tools], cannot: [.images], price: cheap))
        #expect(known.overlaid(by: ModelFacts()) == known)
    }

    @Test func `every ability has the key that the configuration has for it, once`() {
        #expect(Abilities.names.map(\.name) == ["images", "documents", "audio", "tools", "reasoning", "json_schema"])
        #expect(Set(Abilities.names.map(\.ability)).count == Abilities.names.count)
        #expect(([.jsonSchema, .images] as Abilities).words == ["images", "json_schema"])
    }
}
