import WireFormats

/// What the vendors' public documentation and price lists say of the models that are called most: as of November 2026.
///
/// The rows are text, one for each model, and are read when the table is first asked. Vendors have a file each. A row:
///
///     names | window answer | can!cannot ways | input cached write long-write output >above …
///
/// - The first name may be followed by endings that stand for the same model: `gpt-4o -2024-08-06`. A name that begins
///   with a provider's name or type and a slash is a model's at that provider.
/// - The longest input and the longest answer, in tokens.
/// - What the model is known to do, and what it is known not to: `i`mages, `d`ocuments, `a`udio, `t`ools, `r`easoning, a
///   JSON `s`chema. And how it is asked: `B` to think by a budget of tokens, `E` by a word for the effort; `N` it doesn't
///   think; `F` it refuses a temperature; `T` it answers by a schema with the help of a
///   tool only; `R` Bedrock charges more by a regional profile.
/// - US dollars for a million tokens: input, cached input, writes to a cache for the usual time and for an hour,
///   output; then the same for calls with an input above so many thousand tokens.
///
/// A `-` is something that the vendor doesn't say.
struct ModelTable: Sendable {
    private let rows: [String: ModelInfo]

    /// The table that comes with the gateway.
    static let builtIn = ModelTable([openAI, anthropic, google, bedrock, further])

    init(_ texts: [String]) {
        var rows: [String: ModelInfo] = [:]
        for text in texts {
            for line in text.split(separator: "\n") {
                guard let row = Row(line) else { continue }
                for name in row.names { rows[name] = row.info }
            }
        }
        self.rows = rows
    }

    /// A table of what somebody else says.
    init(_ facts: [String: ModelFacts]) { rows = facts.mapValues { ModelInfo(facts: $0) } }

    /// Every name that has a row.
    var names: some Collection<String> { rows.keys }

    /// What is known of a model by its very name.
    func info(named model: String, at place: ModelPlace) -> ModelInfo? {
        guard !rows.isEmpty else { return nil }
        return rows["\(place.provider)/\(model)"] ?? rows["\(place.type)/\(model)"] ?? rows[model]
    }

    /// What is known of a model by its name or by what the name comes down to: without the region, the path or the
    /// version.
    func info(of model: String, at place: ModelPlace) -> ModelInfo? {
        if let info = info(named: model, at: place) { return info }
        guard !rows.isEmpty else { return nil }
        var spelling = ModelSpelling(model)
        while spelling.shorten() {
            guard var info = info(named: spelling.name, at: place) else { continue }
            if info.costsMoreByRegion, spelling.regionalPercent > 0 {
                info.facts.price = info.facts.price?.raised(byPercent: spelling.regionalPercent)
            }
            return info
        }
        return nil
    }
}

/// Where a model is asked for.
struct ModelPlace: Sendable {
    /// The provider's name in the configuration.
    let provider: String
    /// The name of its type.
    let type: String
    /// Whether nobody is paid for what it answers.
    var isFree = false
}

/// One line of a table.
private struct Row {
    let names: [String]
    private(set) var info = ModelInfo()

    /// nil for a line that is no row.
    init?(_ line: Substring) {
        let columns = line.split(separator: "|").map { $0.split(separator: " ") }
        guard columns.count == 4, let first = columns[0].first, columns[1].count == 2, columns[2].count == 2 else {
            return nil
        }
        names = [String(first)] + columns[0].dropFirst().map { String(first + $0) }
        info.facts.contextWindow = Int(columns[1][0])
        info.facts.maxOutput = Int(columns[1][1])
        let abilities = columns[2][0].split(separator: "!", omittingEmptySubsequences: false)
        info.facts.can = Self.abilities(abilities[0])
        if abilities.count > 1 { info.facts.cannot = Self.abilities(abilities[1]) }
        readWays(columns[2][1])
        info.facts.price = Self.price(columns[3])
    }

    private mutating func readWays(_ letters: Substring) {
        for letter in letters {
            switch letter {
            case "B": info.reasoning = .budget
            case "E": info.reasoning = .adaptive
            case "N": info.reasoning = TargetTraits.ReasoningStyle.none
            case "F": info.takesSampling = false
            case "T": info.takesSchema = false
            case "R": info.costsMoreByRegion = true
            default: break
            }
        }
    }

    private static func abilities(_ letters: Substring) -> Abilities {
        letters.reduce(into: []) { abilities, letter in
            switch letter {
            case "i": abilities.insert(.images)
            case "d": abilities.insert(.documents)
            case "a": abilities.insert(.audio)
            case "t": abilities.insert(.tools)
            case "r": abilities.insert(.reasoning)
            case "s": abilities.insert(.jsonSchema)
            default: break
            }
        }
    }

    private static func price(_ column: [Substring]) -> Price? {
        guard column.count >= 5 else { return nil }
        var price = Price(rates(column[..<5]))
        if column.count == 11, let thousands = Int(column[5].dropFirst().dropLast()) {
            price.longCalls = Price.LongCalls(above: thousands * 1000, rates: rates(column[6...]))
        }
        return price
    }

    private static func rates(_ numbers: ArraySlice<Substring>) -> Price.Rates {
        let rates = numbers.map { number in Double(number).map { Price.Rate(dollarsPerMillion: $0) } }
        return Price.Rates(
            input: rates[0], cachedInput: rates[1], cacheWrite: rates[2], cacheWriteLong: rates[3], output: rates[4])
    }
}
