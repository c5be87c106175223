/// The providers of a route table: who is who, who may be called, and what each calls a model.
struct ProviderDirectory: Sendable {
    private let providers: [RoutableProvider]
    private let indices: [String: Int]
    /// `model_map` of each provider, by the client's name.
    private let upstreamNames: [[String: String]]
    /// Indices in the order of the file.
    private let fileOrder: [Int]

    init(_ providers: [RoutableProvider]) {
        self.providers = providers
        indices = Dictionary(providers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        upstreamNames = providers.map { provider in
            Dictionary(provider.modelMap.map { ($0.client, $0.upstream) }, uniquingKeysWith: { first, _ in first })
        }
        fileOrder = providers.indices.sorted { providers[$0].ordinal < providers[$1].ordinal }
    }

    func index(of name: String) -> Int? { indices[name] }

    func availability(of provider: Int) -> RoutableProvider.Availability { providers[provider].availability }

    /// The one provider that is enabled, when there is only one; one that was merely found doesn't count.
    var onlyEnabled: Int? {
        let enabled = providers.indices.filter { providers[$0].availability == .enabled }
        return enabled.count == 1 ? enabled[0] : nil
    }

    /// The given providers in the order of the file.
    func ordered(_ selected: [Int]) -> [Int] {
        selected.count < 2 ? selected : selected.sorted { providers[$0].ordinal < providers[$1].ordinal }
    }

    /// Reads a name as `provider/model`; nil when what stands before its first slash is no provider's name.
    func pin(in name: String) -> (provider: Int, model: String)? {
        guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")), let provider = indices[String(name[..<slash])]
        else { return nil }
        let model = name[name.utf8.index(after: slash)...]
        return model.isEmpty ? nil : (provider, String(model))
    }

    /// Whether a call for this name may go to the provider.
    func serves(_ provider: Int, _ name: String, listed: ListedModels) -> Bool {
        switch providers[provider].availability {
        case .enabled: true
        case .found: listed.lists(name, by: provider)
        case .missingCredential, .switchedOff: false
        }
    }

    /// Why no call at all may go to the provider; nil: some may.
    func obstacle(at provider: Int, _ listed: ListedModels) -> Unresolved? {
        let name = providers[provider].name
        switch providers[provider].availability {
        case .enabled: return nil
        case .found: return listed.names(of: provider) == nil ? .switchedOff(provider: name) : nil
        case .missingCredential(let setting): return .providerNotConfigured(.init(provider: name, setting: setting))
        case .switchedOff: return .switchedOff(provider: name)
        }
    }

    func missingCredential(of provider: Int) -> Unresolved.MissingCredential? {
        guard case .missingCredential(let setting) = providers[provider].availability else { return nil }
        return .init(provider: providers[provider].name, setting: setting)
    }

    /// A target for a client's name, under the provider's own name for it.
    func target(_ provider: Int, model: String) -> Target {
        target(provider, upstream: upstreamNames[provider][model] ?? model, weight: 1)
    }

    func target(_ provider: Int, upstream model: String, weight: Int) -> Target {
        let share = min(max(weight, 0), Target.greatestWeight)
        return Target(provider: provider, providerName: providers[provider].name, model: model, weight: share)
    }

    func plan(to provider: Int, model: String, because source: Plan.Source) -> Plan {
        Plan(strategy: .priority, targets: [target(provider, model: model)], source: source)
    }

    /// A plan over the targets whose provider may be called; the same one twice becomes one of both weights.
    ///
    /// - Returns: When none may: what stands in the way of the first that lacks only a credential, else of the first.
    ///   nil: there were no targets.
    func plan(
        _ strategy: ChoiceStrategy, over targets: [Target], because source: Plan.Source
    ) -> Result<Plan, Unresolved>? {
        guard let first = targets.first else { return nil }
        var usable: [Target] = []
        for target in targets where mayBeCalled(target.provider) {
            let twin = usable.firstIndex { $0.provider == target.provider && $0.model == target.model }
            guard let twin else { usable.append(target); continue }
            let weight = usable[twin].weight + target.weight
            usable[twin] = self.target(target.provider, upstream: target.model, weight: weight)
        }
        guard usable.isEmpty else {
            return .success(Plan(strategy: strategy, targets: usable, source: source))
        }
        if let lacking = targets.lazy.compactMap({ missingCredential(of: $0.provider) }).first {
            return .failure(.providerNotConfigured(lacking))
        }
        return .failure(.switchedOff(provider: first.providerName))
    }

    /// The names under the providers' `models` and `model_map`, with a target for each provider that has the
    /// name; names and targets in the order of the file.
    func declaredModels() -> [(name: String, targets: [Target])] {
        var places: [String: Int] = [:]
        var declared: [(name: String, targets: [Target])] = []
        for provider in fileOrder {
            for name in names(declaredBy: provider) {
                let target = target(provider, model: name)
                if let place = places[name] {
                    declared[place].targets.append(target)
                } else {
                    places[name] = declared.count
                    declared.append((name, [target]))
                }
            }
        }
        return declared
    }

    /// One provider's own names: `models` first, then the clients' side of `model_map`; each once.
    func names(declaredBy provider: Int) -> [String] {
        var seen: Set<String> = []
        return (providers[provider].models + providers[provider].modelMap.map(\.client)).filter {
            seen.insert($0).inserted
        }
    }

    /// A found provider may: it is asked only for names that it lists.
    private func mayBeCalled(_ provider: Int) -> Bool {
        switch providers[provider].availability {
        case .enabled, .found: true
        case .missingCredential, .switchedOff: false
        }
    }
}
