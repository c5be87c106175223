import WireFormats

/// Where calls of one name go, and what is known of the models there.
struct ModelReport {
    private let name: String
    private let snapshot: Snapshot
    private let route: Result<Plan, Unresolved>

    init(of name: String, in snapshot: Snapshot, listed: ListedModels) {
        (self.name, self.snapshot) = (name, snapshot)
        route = snapshot.routes.resolve(name, listed: listed)
    }

    /// - Parameter json: Gets an object.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            switch route {
            case .success(let plan): write(plan, to: &json)
            case .failure(let unresolved):
                let view = GatewayError(.unresolved(unresolved)).clientView
                json.field("callable", false)
                json.nullable("error_code", view.code)
                json.field("error", view.message)
            }
        }
    }

    private func write(_ plan: Plan, to json: inout JSONWriter) {
        json.field("callable", true)
        json.field("decided_by", decider(of: plan))
        json.field("strategy", plan.strategy.rawValue)
        json.array("targets", plan.targets) { write($0, to: &$1) }
        let options = plan.options ?? PlanOptions()
        json.texts("fallbacks", options.fallbacks)
        json.texts("fallbacks_on", options.fallbacksOn.map(\.rawValue))
        json.seconds("hedge_after_seconds", options.hedgeAfter)
        json.field("affinity", options.affinity.rawValue)
    }

    /// What the name is: where it stands, or who says that there is such a model.
    private func decider(of plan: Plan) -> String {
        guard plan.source == .providerModel else { return plan.source.word }
        let isMapped = plan.targets.contains { target in
            snapshot.provider(target.provider)?.settings.modelMap.contains { $0.client == name } ?? false
        }
        return isMapped ? "provider_model_map" : "provider_models"
    }

    private func write(_ target: Target, to json: inout JSONWriter) {
        let said = snapshot.provider(target.provider)?.said(of: target.model) ?? []
        let facts = snapshot.provider(target.provider)?.info(of: target.model).facts ?? ModelFacts()
        func source(_ speaks: (ModelFacts) -> Bool) -> String? { said.last { speaks($0.info.facts) }?.source.rawValue }
        json.object { json in
            json.field("provider", target.providerName)
            json.field("model", target.model)
            json.field("weight", target.weight)
            json.fact("context_window", facts.contextWindow)
            json.fact("max_output", facts.maxOutput)
            json.object("capabilities") { json in
                for (name, ability) in Abilities.names {
                    json.fact(name, facts.can.contains(ability) ? true : facts.cannot.contains(ability) ? false : nil)
                }
            }
            if let price = facts.price {
                json.field("usd_per_million", raw: price.json.utf8)
            } else {
                json.null("usd_per_million")
            }
            json.object("known_from") { json in
                json.nullable("context_window", source { $0.contextWindow != nil })
                json.nullable("max_output", source { $0.maxOutput != nil })
                json.nullable("capabilities", source { !$0.can.isEmpty || !$0.cannot.isEmpty })
                json.nullable("usd_per_million", source { $0.price != nil })
            }
        }
    }
}

extension Plan.Source {
    /// As reports name it.
    var word: String {
        switch self {
        case .pinnedByPath: "path"
        case .pinnedByStoredAnswer: "stored_response"
        case .configuredModel: "models"
        case .providerModel: "provider_models"
        case .pinnedByName: "name_prefix"
        case .pattern: "routing.patterns"
        case .listed: "provider_list"
        case .builtInPattern: "built_in_pattern"
        case .defaultProvider: "routing.default_provider"
        case .onlyProvider: "only_provider"
        }
    }
}
