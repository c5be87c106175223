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
    ///
    /// The table is overlaid by the file, and that by `model_info`; of the entries of each the first that fits counts.
    /// The table is of no use for a provider that is free: what it serves under a vendor's name is something else.
    func info(of model: String, at place: ModelPlace) -> ModelInfo {
        var info = ModelInfo()
        if place.isFree {
            if let facts = listed.info(named: model, at: place)?.facts { info = info.overlaid(by: facts) }
            info.facts.price = .free
        } else {
            info = table.info(of: model, at: place) ?? ModelTraits.ofFamily(model)
            if let facts = listed.info(of: model, at: place)?.facts { info = info.overlaid(by: facts) }
        }
        if let facts = facts(in: said.file.entries, of: model, at: place) { info = info.overlaid(by: facts) }
        if let facts = facts(in: said.entries, of: model, at: place) { info = info.overlaid(by: facts) }
        return info
    }

    /// Whether the table has this very name, which is then no client's invention.
    func hasName(_ model: String, at place: ModelPlace) -> Bool { table.info(named: model, at: place) != nil }

    private func facts(in entries: [ModelInfoSettings.Entry], of model: String, at place: ModelPlace) -> ModelFacts? {
        guard !entries.isEmpty else { return nil }
        let pinned = "\(place.provider)/\(model)"
        return entries.first { $0.pattern.matches(model) || $0.pattern.matches(pinned) }?.facts
    }
}
