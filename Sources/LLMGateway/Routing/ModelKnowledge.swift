/// Who says something of a model.
enum FactSource: String, Sendable {
    /// The gateway's own, by the model's name or its family's.
    case table = "built_in_table"
    /// `model_info_file`.
    case file = "model_info_file"
    /// `model_info`.
    case configuration = "model_info"
    /// Whoever is no business costs nothing.
    case freeProvider = "free_provider"
}

/// What is known of upstream models: by the gateway's own table, and by the operator, whose word counts more.
struct ModelKnowledge: Sendable {
    private let said: ModelInfoSettings
    /// What the file says in LiteLLM's words.
    private let listed: ModelTable
    private let table: ModelTable

    init(_ said: ModelInfoSettings, table: ModelTable = .builtIn) {
        (self.said, self.table) = (said, table)
        listed = ModelTable(said.file.listed)
    }

    /// What is known of a model. Takes a few microseconds, so it is asked once for each target.
    func info(of model: String, at place: ModelPlace) -> ModelInfo {
        said(of: model, at: place).reduce(into: ModelInfo()) { info, said in
            info = said.source == .table ? said.info : info.overlaid(by: said.info.facts)
        }
    }

    /// Who says what of a model: what comes later counts more.
    ///
    /// The table is overlaid by the file, and that by `model_info`; of the entries of each the first that fits counts.
    /// The table is of no use for a provider that is free: what it serves under a vendor's name is something else.
    func said(of model: String, at place: ModelPlace) -> [(source: FactSource, info: ModelInfo)] {
        var said: [(source: FactSource, info: ModelInfo)] = []
        func add(_ source: FactSource, _ facts: ModelFacts?) {
            if let facts { said.append((source, ModelInfo(facts: facts))) }
        }
        if place.isFree {
            add(.file, listed.info(named: model, at: place)?.facts)
            add(.freeProvider, ModelFacts(price: .free))
        } else {
            said.append((.table, table.info(of: model, at: place) ?? ModelTraits.ofFamily(model)))
            add(.file, listed.info(of: model, at: place)?.facts)
        }
        add(.file, facts(in: self.said.file.entries, of: model, at: place))
        add(.configuration, facts(in: self.said.entries, of: model, at: place))
        return said
    }

    /// Whether the table or the operator has this very name, which is then no client's invention.
    func hasName(_ model: String, at place: ModelPlace) -> Bool {
        let pinned = "\(place.provider)/\(model)"
        func isNamed(in entries: [ModelInfoSettings.Entry]) -> Bool {
            entries.map(\.pattern.text).contains { ($0 == model || $0 == pinned) && !$0.contains("*") }
        }
        return table.info(named: model, at: place) != nil || isNamed(in: said.entries) || isNamed(in: said.file.entries)
    }

    private func facts(in entries: [ModelInfoSettings.Entry], of model: String, at place: ModelPlace) -> ModelFacts? {
        guard !entries.isEmpty else { return nil }
        let pinned = "\(place.provider)/\(model)"
        return entries.first { $0.pattern.matches(model) || $0.pattern.matches(pinned) }?.facts
    }
}
