import Testing
import WireFormats

@testable import LLMGateway

@Suite struct ModelTableTests {
    private let table = ModelTable.builtIn

    private func info(_ model: String, at provider: String = "up", _ type: String = "openai-compatible") -> ModelInfo? {
        table.info(of: model, at: ModelPlace(provider: provider, type: type))
    }

    /// The price of a million tokens of input and of output.
    private func price(_ model: String, at provider: String = "up", _ type: String = "openai-compatible") -> String? {
        guard let price = info(model, at: provider, type)?.facts.price else { return nil }
        let (input, output) = (BilledTokens(input: 1_000_000), BilledTokens(output: 1_000_000))
        // One million tokens of input are a long call to some.
        let short = Price(price.rates)
        return "\(short.cost(of: input)?.text ?? "?") \(short.cost(of: output)?.text ?? "?")"
    }

    @Test func `every line is a row, and no name has two`() {
        let texts = [
            ModelTable.openAI, ModelTable.anthropic, ModelTable.google, ModelTable.bedrock, ModelTable.further,
        ]
        var names: [String] = []
        for line in texts.flatMap({ $0.split(separator: "\n") }) {
            let columns = line.split(separator: "|")
            #expect(columns.count == 4, "\(line)")
            let written = columns[0].split(separator: " ")
            names.append("\(written[0])")
            for ending in written.dropFirst() { names.append("\(written[0])\(ending)") }
            #expect(ModelTable([String(line)]).names.count == written.count, "\(line)")
            let numbers = columns[3].split(separator: " ").filter { $0 != "-" && !$0.hasPrefix(">") }
            #expect(numbers.allSatisfy { Double($0) != nil }, "\(line)")
        }
        #expect(names.count > 400)
        #expect(Set(names).count == names.count, "\(Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys)")
        #expect(names.count == table.names.count)
    }

    @Test func `what is known of a model makes sense`() {
        for name in table.names {
            let info = table.info(named: name, at: ModelPlace(provider: "", type: ""))
            guard let facts = info?.facts else { continue }
            #expect(facts.can.isDisjoint(with: facts.cannot), "\(name)")
            #expect(facts.contextWindow ?? 1 > 0 && facts.maxOutput ?? 1 > 0, "\(name)")
            guard let rates = facts.price?.rates, let input = rates.input?.picodollarsPerToken else { continue }
            #expect(rates.cachedInput?.picodollarsPerToken ?? 0 <= input, "\(name)'s cache costs more than none")
            #expect(rates.output != nil, "\(name)")
            let (short, long) = (rates.cacheWrite?.picodollarsPerToken, rates.cacheWriteLong?.picodollarsPerToken)
            if let short, let long { #expect(long >= short, "\(name)") }
        }
    }

    @Test(arguments: [
        ("gpt-4o", "2.5 10"), ("gpt-4o-2024-08-06", "2.5 10"), ("gpt-4o-2031-01-31", "2.5 10"),
        ("gpt-4o-2024-05-13", "5 15"), ("gpt-4o-mini-2024-07-18", "0.15 0.6"), ("openai/gpt-4o", "2.5 10"),
        ("ft:gpt-4o-2024-08-06:acme::Ab1", "3.75 15"), ("text-embedding-3-small", "0.02 0"),
        ("claude-sonnet-4-5", "3 15"), ("claude-sonnet-4-5-20250929", "3 15"), ("claude-sonnet-4-5@20250929", "3 15"),
        ("claude-sonnet-4-5@default", "3 15"), ("anthropic.claude-sonnet-4-5-20250929-v1:0", "3 15"),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "3 15"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3 16.5"),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.6 18"),
        ("eu.anthropic.claude-3-7-sonnet-20250219-v1:0", "3 15"), ("anthropic.claude-opus-4-6-v1", "5 25"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "1.1 5.5"
        ),
        ("eu.amazon.nova-lite-v1:0", "0.078 0.312"), ("us.amazon.nova-lite-v1:0", "0.06 0.24"),
        ("models/gemini-2.5-pro", "1.25 10"), ("publishers/google/models/gemini-2.5-flash", "0.3 2.5"),
        ("gemini-2.0-flash-001", "0.1 0.4"), ("gemini-1.5-pro", "1.25 5"), ("mistral-large-latest", "0.5 1.5"),
        ("deepseek-chat", "0.28 0.42"),
    ])
    func `a model is found however its provider spells it`(name: String, expected: String) {
        #expect(price(name) == expected)
    }

    @Test func `a row of a provider's own goes before the model's name`() {
        #expect(price("gemini-2.0-flash", at: "vertex", "vertex-gemini") == "0.15 0.6")
        #expect(price("openai/gpt-oss-120b", at: "groq") == "0.15 0.6")
        #expect(price("openai/gpt-oss-120b", at: "huggingface", "huggingface") == nil)
        #expect(info("openai/gpt-oss-120b")?.facts.contextWindow == 131_072)
    }

    @Test(arguments: ["gpt", "my-model", "", "/", ":", "-", "gpt-4o-", "llama3:latest", "claude", "a/b/c:d@e-001"])
    func `nothing is known of a name that only looks like one`(name: String) {
        #expect(info(name) == nil)
    }

    @Test func `a made-up date is priced, but is no name of the table`() {
        let place = ModelPlace(provider: "up", type: "openai")
        #expect(table.info(named: "gpt-4o-2031-01-31", at: place) == nil)
        #expect(table.info(named: "gpt-4o-2024-08-06", at: place) != nil)
    }

    @Test func `a long call's price begins where the vendor says`() {
        #expect(info("gemini-2.5-pro")?.facts.price?.longCalls?.above == 200_000)
        #expect(info("gemini-2.5-pro")?.facts.price?.longCalls?.rates.output == Price.Rate(dollarsPerMillion: 15))
        #expect(info("gpt-4o")?.facts.price?.longCalls == nil)
    }

    @Test func `how a model is asked is known to the codecs`() {
        func traits(_ model: String) -> TargetTraits? { info(model)?.traits }
        #expect(traits("claude-sonnet-4-5")?.reasoning == .budget)
        #expect(traits("claude-sonnet-4-6")?.reasoning == .adaptive)
        #expect(traits("claude-3-5-sonnet-20241022")?.reasoning == TargetTraits.ReasoningStyle.none)
        #expect(traits("claude-opus-4-7")?.takesSampling == false)
        #expect(traits("claude-opus-4-6")?.takesSampling == nil)
        #expect(traits("o3-mini")?.takesSampling == false)
        #expect(traits("gpt-4o")?.reasoning == TargetTraits.ReasoningStyle.none)
        #expect(traits("claude-opus-4-1")?.longestAnswer == 32_000)
    }

    @Test func `what can't be, is only said of models of which it is certain`() {
        #expect(info("o3-mini")?.facts.cannot.contains(.images) == true)
        #expect(info("gpt-3.5-turbo")?.facts.cannot.contains(.jsonSchema) == true)
        #expect(info("claude-3-haiku-20240307")?.traits.takesSchema == false)
        #expect(info("claude-haiku-4-5")?.traits.takesSchema == nil)
        for model in ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "mistral-large-latest", "grok-4.3"] {
            #expect(info(model)?.facts.cannot.isDisjoint(with: [.images, .tools, .jsonSchema, .reasoning]) == true)
        }
    }
}
