import Testing
import WireFormats

@testable import LLMGateway

@Suite struct ModelKnowledgeTests {
    private func knowledge(_ yaml: String) throws -> ModelKnowledge {
        ModelKnowledge(try configuration(yaml).settings.modelInfo)
    }

    private func place(_ provider: String, _ type: String = "openai-compatible", isFree: Bool = false) -> ModelPlace {
        ModelPlace(provider: provider, type: type, isFree: isFree)
    }

    @Test func `the operator's word is laid over the table's, and the first that fits counts`() throws {
        let knowledge = try knowledge(
            """
            model_info:
              up/gpt-4o: { max_output: 10, images: false }
              "gpt-*": { max_output: 20, usd_per_million: { input: 1 } }
            """)
        let here = knowledge.info(of: "gpt-4o", at: place("up")).facts
        #expect(here.maxOutput == 10)
        #expect(here.contextWindow == 128_000)
        #expect(here.cannot.contains(.images) && !here.can.contains(.images))
        #expect(here.price?.rates.output == Price.Rate(dollarsPerMillion: 10))

        let there = knowledge.info(of: "gpt-4o", at: place("other")).facts
        #expect(there.maxOutput == 20)
        #expect(there.can.contains(.images))
        #expect(there.price == Price(Price.Rates(input: Price.Rate(dollarsPerMillion: 1))), "prices go as a whole")
    }

    @Test func `a free provider costs nothing, unless the operator says otherwise`() throws {
        let plain = try knowledge("")
        #expect(plain.info(of: "llama3:latest", at: place("ollama", "ollama", isFree: true)).facts.price == .free)
        let simulated = plain.info(of: "gpt-3.5-turbo", at: place("simulated", "simulated", isFree: true))
        #expect(simulated.facts == ModelFacts(price: .free), "whatever it is called, it is no vendor's model")
        #expect(plain.info(of: "llama3:latest", at: place("up")).facts.price == nil)
        let said = try knowledge("model_info: { 'ollama/*': { usd_per_million: { input: 1, output: 2 } } }")
        let price = said.info(of: "llama3:latest", at: place("ollama", "ollama", isFree: true)).facts.price
        #expect(price?.rates.output == Price.Rate(dollarsPerMillion: 2))
    }

    @Test func `a model that is newer than the table is asked as its family is`() throws {
        let knowledge = try knowledge("")
        let claude = knowledge.info(of: "eu.anthropic.claude-opus-99-v1:0", at: place("b", "bedrock"))
        #expect(claude.traits.reasoning == .adaptive && claude.facts.price == nil)
        #expect(knowledge.info(of: "my-model", at: place("up")) == ModelInfo())
    }

    @Test func `who says that a model thinks, or doesn't, is believed`() throws {
        let knowledge = try knowledge(
            "model_info: { gpt-4o: { reasoning: true }, claude-sonnet-4-5: { reasoning: false } }")
        #expect(knowledge.info(of: "gpt-4o", at: place("up")).traits.reasoning == nil)
        let claude = knowledge.info(of: "claude-sonnet-4-5", at: place("up"))
        #expect(claude.traits.reasoning == TargetTraits.ReasoningStyle.none)
    }

    @Test func `a name of the table, or that is said something of, is a name at every provider, others are not`() throws
    {
        let knowledge = try knowledge("model_info: { my-model: { tools: true }, 'my-*': { tools: false } }")
        #expect(knowledge.hasName("gpt-4o", at: place("up")))
        #expect(knowledge.hasName("my-model", at: place("up")))
        #expect(!knowledge.hasName("my-other", at: place("up")))
        #expect(!knowledge.hasName("gpt-4o-2031-01-31", at: place("up")))
    }
}
