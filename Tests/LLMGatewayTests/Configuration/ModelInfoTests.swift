import Testing

@testable import LLMGateway

@Suite struct ModelInfoTests {
    private func file(_ text: String) throws -> ModelInfoSettings {
        let path = TemporaryFiles.file(text)
        defer { TemporaryFiles.remove(path) }
        let loaded = try configuration("model_info_file: \(path)")
        #expect(loaded.watchedFiles == [path])
        return loaded.settings.modelInfo
    }

    @Test func `everything that can be said of a model is read`() throws {
        let said = try configuration(
            """
            model_info:
              "ollama/llama3*": { context_window: 8192, images: false, tools: true }
              my-model:
                max_output: 4096
                documents: true
                audio: false
                reasoning: true
                json_schema: false
                usd_per_million: { input: 2.5, cached_input: 1.25, cache_write: 3.125, cache_write_1h: 5, output: 10 }
            """
        ).settings.modelInfo.entries
        #expect(said.map(\.pattern.text) == ["ollama/llama3*", "my-model"])
        #expect(said[0].facts == ModelFacts(contextWindow: 8192, can: [.tools], cannot: [.images]))
        #expect(said[1].facts.can == [.documents, .reasoning])
        #expect(said[1].facts.cannot == [.audio, .jsonSchema])
        let rates = said[1].facts.price?.rates
        #expect(rates?.cachedInput == Price.Rate(dollarsPerMillion: 1.25))
        #expect(rates?.cacheWriteLong == Price.Rate(dollarsPerMillion: 5))
        #expect(said[0].facts.price == nil)
    }

    @Test(arguments: [
        ("model_info: { m: { image: false } }", "model_info.m.image: there is no such key (nearest key: images)"),
        ("model_info: { m: { images: maybe } }", "model_info.m.images: must be true or false, not 'maybe'"),
        ("model_info: { m: { context_window: 0 } }", "model_info.m.context_window: must be in 1 or more, not '0'"),
        (
            "model_info: { m: { usd_per_million: { input: -1 } } }",
            "model_info.m.usd_per_million.input: must be in 0…1000000, not '-1'"
        ),
        (
            "model_info: { m: { usd_per_million: { in: 1 } } }",
            "model_info.m.usd_per_million.in: there is no such key (nearest key: input)"
        ),
        ("model_info: [m]", "model_info: must be a section of names, not a list"),
        (
            "model_info: { 'a b': {} }",
            "model_info.a b: must be a model's name without white space, in which * stands for any text"
        ),
    ])
    func `what can't be meant is refused, with its place`(yaml: String, problem: String) {
        #expect(problems(yaml) == ["config.yaml:1: \(problem)"])
    }

    @Test(arguments: [
        "m: { max_output: 7 }\n\"n*\":\n  tools: false",
        "{\"m\": {\"max_output\": 7},\n \"n*\": {\"tools\": false}}",
        "model_info:\n  m: { max_output: 7 }\n  n*: { tools: false }",
    ])
    func `a file of its own says the same`(text: String) throws {
        let said = try file(text)
        #expect(said.file.entries.map(\.pattern.text) == ["m", "n*"])
        #expect(said.file.entries.map(\.facts) == [ModelFacts(maxOutput: 7), ModelFacts(cannot: [.tools])])
    }

    @Test(arguments: [
        ("m:\n  max_output: x", ":2: m.max_output: must be a whole number, not 'x'"),
        ("{\"m\": {\n\"max_outptu\": 1}}", ":2: m.max_outptu: there is no such key (nearest key: max_output)"),
        ("{\"m\": {},\n\"m\": {}}", ":2: m: is given twice, first on line 1"),
        ("- m", ":1: the file must hold keys and values, not a list"),
        ("m: {", ":2: not YAML: did not find expected node content (column 1)"),
    ])
    func `what is wrong in it is said with its own line`(text: String, problem: String) {
        let path = TemporaryFiles.file(text)
        defer { TemporaryFiles.remove(path) }
        #expect(problems("model_info_file: \(path)") == [path + problem])
    }

    @Test func `a file that isn't there is watched all the same`() throws {
        let path = TemporaryFiles.directory() + "/prices.json"
        let error = #expect(throws: ConfigurationError.self) { try configuration("model_info_file: \(path)") }
        #expect(
            error?.problems.map(\.description) == [
                "config.yaml:1: model_info_file: the file \(path) can't be read: No such file or directory"
            ])
        #expect(error?.watchedFiles == [path])
    }

    /// Two models in LiteLLM's words, and the entry that explains them.
    private static let liteLLM = """
        {
          "sample_spec": {"litellm_provider": "one of …", "max_input_tokens": "max input tokens, if …"},
          "acme-1": {
            "litellm_provider": "acme", "max_tokens": 99, "max_input_tokens": 1000000, "max_output_tokens": 64000,
            "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-07,
            "cache_creation_input_token_cost": 1.5e-06, "cache_creation_input_token_cost_above_1hr": 2.5e-06,
            "input_cost_per_token_above_200k_tokens": 2.5e-06, "output_cost_per_token_above_200k_tokens": 1.5e-05,
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 5e-06, "input_cost_per_token_batches": 1e-9,
            "input_cost_per_token_above_200k_tokens_priority": 9, "supports_vision": false,
            "supports_function_calling": true, "supported_modalities": ["text"], "source": null
          },
          "azure/acme-2": {"litellm_provider": "azure", "input_cost_per_token": 2e-06, "output_cost_per_token": 4e-06},
          "bedrock/*/acme*": {"litellm_provider": "bedrock", "input_cost_per_token": 1}
        }
        """

    @Test func `LiteLLM's list is read as it is`() throws {
        let listed = try file(Self.liteLLM).file.listed
        let acme = try #require(listed["acme-1"])
        func rate(_ dollars: Double) -> Price.Rate { Price.Rate(dollarsPerMillion: dollars) }
        #expect(acme.contextWindow == 1_000_000 && acme.maxOutput == 64_000)
        #expect(acme.can == [.tools] && acme.cannot == [.images])
        #expect(
            acme.price
                == Price(
                    .init(
                        input: rate(1.25), cachedInput: rate(0.125), cacheWrite: rate(1.5), cacheWriteLong: rate(2.5),
                        output: rate(10)),
                    longCalls: .init(
                        above: 200_000, rates: .init(input: rate(2.5), cacheWriteLong: rate(5), output: rate(15)))))
        #expect(listed["sample_spec"] == nil)

        let knowledge = ModelKnowledge(try file(Self.liteLLM))
        let azure = ModelPlace(provider: "mine", type: "azure-openai")
        #expect(knowledge.info(of: "acme-2", at: azure).facts.price?.rates.input == rate(2))
        let elsewhere = ModelPlace(provider: "up", type: "openai-compatible")
        #expect(knowledge.info(of: "acme-2", at: elsewhere).facts.price == nil)
        #expect(knowledge.info(of: "acme-1-20260101", at: elsewhere).facts.price?.rates.input == rate(1.25))
        #expect(knowledge.info(of: "bedrock/x/acme9", at: elsewhere).facts.price == nil, "its names are no patterns")
    }

    @Test func `entries of such a list are known without their provider too`() throws {
        let said = try file(
            """
            {"sample_spec": {"max_output": "the most, if …"},
             "a": {"input_cost_per_token": 2e-06}, "b": {"mode": "chat", "max_output_tokens": 5},
             "c": {"max_input_tokens": 6, "odd": 1}, "d": {"supports_vision": true}, "own": {"max_output": 7}}
            """)
        let listed = said.file.listed
        #expect(Set(listed.keys) == ["a", "b", "c", "d"])
        #expect(listed["a"]?.price?.rates.input == Price.Rate(dollarsPerMillion: 2))
        #expect(listed["b"]?.maxOutput == 5 && listed["c"]?.contextWindow == 6 && listed["d"]?.can == [.images])
        #expect(said.file.entries.map(\.pattern.text) == ["own"])
    }

    @Test func `only a name that stands there as it is counts as one that the operator knows`() throws {
        let said = try configuration("model_info: { mine: {}, up/theirs: {}, any*: {} }").settings.modelInfo
        let (knowledge, place) = (ModelKnowledge(said), ModelPlace(provider: "up", type: "openai-compatible"))
        #expect(knowledge.hasName("mine", at: place) && knowledge.hasName("theirs", at: place))
        #expect(!knowledge.hasName("anything", at: place) && !knowledge.hasName("any*", at: place))
        let elsewhere = ModelPlace(provider: "down", type: "openai-compatible")
        #expect(!knowledge.hasName("theirs", at: elsewhere))
    }

    @Test func `of the table, the file and the configuration the latter goes before the former`() throws {
        let path = TemporaryFiles.file(
            #"{"gpt-4o": {"litellm_provider": "openai", "max_output_tokens": 2, "max_input_tokens": 3}}"#)
        defer { TemporaryFiles.remove(path) }
        let said = try configuration("model_info_file: \(path)\nmodel_info: { gpt-4o: { context_window: 4 } }")
        let place = ModelPlace(provider: "openai", type: "openai")
        let facts = ModelKnowledge(said.settings.modelInfo).info(of: "gpt-4o", at: place).facts
        #expect(facts.contextWindow == 4 && facts.maxOutput == 2)
        #expect(facts.price?.rates.input == Price.Rate(dollarsPerMillion: 2.5))
    }
}
