/// An entry of LiteLLM's `model_prices_and_context_window.json`.
///
/// The file is somebody else's and grows with every model: what isn't understood is passed over.
enum LiteLLMEntry {
    /// Told by its words: its provider, which lists that were cut by hand often lack, or else what no entry in the
    /// gateway's own words says.
    static func isOne(_ entry: YAMLNode.Entry) -> Bool {
        let keys = entry.value.entries.map(\.key)
        if entry.key == explanation || keys.contains("litellm_provider") { return true }
        let isOurs = keys.contains { ["context_window", "max_output", "usd_per_million"].contains($0) }
        return !isOurs
            && keys.contains { key in
                key.contains("_cost_per_token") || key.hasPrefix("supports_")
                    || ["mode", "max_input_tokens"].contains(key)
            }
    }

    /// The entry that explains the others.
    private static let explanation = "sample_spec"

    /// nil for the entry that explains the others.
    static func facts(_ entry: YAMLNode.Entry) -> ModelFacts? {
        guard entry.key != explanation else { return nil }
        var facts = ModelFacts()
        var rates = Price.Rates()
        var long: (above: Int, rates: Price.Rates)?
        for field in entry.value.entries {
            guard case .scalar(let text, _) = field.value.content else { continue }
            if let ability = abilities[field.key] {
                if let said = Bool(text) { facts.note(ability, said) }
            } else if let number = Double(text), number.isFinite, number >= 0 {
                switch field.key {
                case "max_input_tokens": facts.contextWindow = Int(exactly: number)
                case "max_output_tokens": facts.maxOutput = Int(exactly: number)
                default:
                    guard let (rate, above) = rate(field.key) else { continue }
                    let price = Price.Rate(dollarsPerMillion: number * 1e6)
                    if let above {
                        // Of several, the first threshold: a price holds from there on.
                        if long == nil || above < long?.above ?? .max { long = (above, Price.Rates()) }
                        if long?.above == above { long?.rates[keyPath: rate] = price }
                    } else {
                        rates[keyPath: rate] = price
                    }
                }
            }
        }
        if rates != Price.Rates() {
            facts.price = Price(rates, longCalls: long.map { Price.LongCalls(above: $0.above, rates: $0.rates) })
        }
        return facts
    }

    /// The names under which a model of that key is found: LiteLLM calls some providers otherwise.
    static func names(of key: String) -> [String] {
        for (prefix, types) in providers where key.hasPrefix(prefix) {
            return [key] + types.map { $0 + key.dropFirst(prefix.count) }
        }
        return [key]
    }

    private static let providers = [
        ("azure/", ["azure-openai/"]), ("vertex_ai/", ["vertex-gemini/", "vertex-anthropic/"]),
    ]

    private static let abilities: [String: Abilities] = [
        "supports_vision": .images, "supports_pdf_input": .documents, "supports_audio_input": .audio,
        "supports_function_calling": .tools, "supports_reasoning": .reasoning,
        "supports_response_schema": .jsonSchema,
    ]

    /// Which rate a key means, and above how many tokens of input: `input_cost_per_token_above_200k_tokens`. nil for
    /// prices of other ways to call: in batches, with priority.
    private static func rate(_ key: String) -> (WritableKeyPath<Price.Rates, Price.Rate?>, above: Int?)? {
        var (name, above): (Substring, Int?) = (key[...], nil)
        if key.hasSuffix("k_tokens"), let start = key.ranges(of: "_above_").last {
            guard let thousands = Int(key[start.upperBound...].dropLast("k_tokens".count)) else { return nil }
            (name, above) = (key[..<start.lowerBound], thousands * 1000)
        }
        return rate(named: name).map { ($0, above) }
    }

    private static func rate(named name: Substring) -> WritableKeyPath<Price.Rates, Price.Rate?>? {
        switch name {
        case "input_cost_per_token": \.input
        case "cache_read_input_token_cost": \.cachedInput
        case "cache_creation_input_token_cost": \.cacheWrite
        case "cache_creation_input_token_cost_above_1hr": \.cacheWriteLong
        case "output_cost_per_token": \.output
        default: nil
        }
    }
}
