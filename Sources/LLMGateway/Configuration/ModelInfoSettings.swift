/// `model_info:` and `model_info_file:`, what the operator says of upstream models.
struct ModelInfoSettings: Sendable {
    /// Under `model_info`, in the order of the file.
    let entries: [Entry]
    /// In the file of its own.
    let file: ModelInfoFile

    /// Nothing is said.
    static let none = ModelInfoSettings(entries: [], file: .none)

    /// What holds for some models.
    struct Entry: Sendable {
        /// An upstream model, or a provider and one: `ollama/llama3*`.
        let pattern: NamePattern
        let facts: ModelFacts
    }

    private init(entries: [Entry], file: ModelInfoFile) { (self.entries, self.file) = (entries, file) }

    init(_ settings: Settings) {
        entries = settings.entries("model_info") { Entry($0, $1) }
        let path = settings.readIfSet(
            "model_info_file", .text,
            "The entries of model_info in a file of their own, YAML or JSON; read again when it changes. LiteLLM's "
                + "model_prices_and_context_window.json is understood too.")
        file = path.map { ModelInfoFile($0.value, named: $0.origin, settings) } ?? .none
    }
}

extension ModelInfoSettings.Entry {
    /// Reads one entry.
    init(_ name: String, _ settings: Settings) {
        pattern = NamePattern(name)
        var facts = ModelFacts()
        facts.contextWindow =
            settings.readIfSet("context_window", .integer(1...Int.max), "The longest input, in tokens.")?.value
        facts.maxOutput =
            settings.readIfSet("max_output", .integer(1...Int.max), "The longest answer, in tokens.")?.value
        for (name, ability) in Abilities.names {
            guard let said = settings.readIfSet(name, .flag, Self.help(ability))?.value else { continue }
            facts.note(ability, said)
        }
        facts.price = Self.price(settings.section("usd_per_million"))
        self.facts = facts
        do throws(Complaint) { try WrittenForm.wildcardPattern(name) } catch {
            settings.complain(nil, error.sentence)
        }
    }

    private static func help(_ ability: Abilities) -> String {
        switch ability {
        case .images: "Whether it sees pictures. A target that can't is passed over by calls that have some."
        case .documents: "Whether it reads documents."
        case .audio: "Whether it hears."
        case .tools: "Whether it calls tools."
        case .reasoning: "Whether it can be asked to think."
        default: "Whether it answers by a JSON schema."
        }
    }

    /// nil when nobody said anything of it.
    private static func price(_ settings: Settings) -> Price? {
        func rate(_ key: String, _ help: String) -> Price.Rate? {
            settings.readIfSet(key, .number(0...1_000_000), help).map { Price.Rate(dollarsPerMillion: $0.value) }
        }
        let rates = Price.Rates(
            input: rate("input", "US dollars for a million tokens of input."),
            cachedInput: rate("cached_input", "For input from the provider's cache. Default: as input."),
            cacheWrite: rate("cache_write", "For input put into the cache. Default: as input."),
            cacheWriteLong: rate(
                "cache_write_1h", "For input put into the cache for an hour. Default: as cache_write."),
            output: rate("output", "For output, reasoning included."))
        return rates == Price.Rates() ? nil : Price(rates)
    }
}
