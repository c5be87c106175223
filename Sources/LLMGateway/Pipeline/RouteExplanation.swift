import WireFormats

/// Where calls of a model go, for people: which targets, in which order, and why others not.
///
/// By the configuration alone. What only shows at run time (who is well, who is quick, which models a provider lists when
/// asked) has no part in it, and is said to have none.
struct RouteExplanation: CustomStringConvertible {
    private let snapshot: Snapshot
    private var lines: [String] = []
    /// Why there is no answer to what was asked, in a sentence; nil: there is one.
    private(set) var failure: String?

    var description: String { lines.map { $0 + "\n" }.joined() }

    /// - Parameter key: The name of a key, as under `keys:`; nil: whoever may call.
    init(of model: String, by key: String?, in snapshot: Snapshot) {
        self.snapshot = snapshot
        lines.append("model       \(model)")
        if let key {
            lines.append("key         \(key): \(verdict(on: model, by: key))")
            if terms(of: key) == nil { failure = "There is no key named '\(key)'; \(knownKeys)." }
        }
        if case .failure(let unresolved) = snapshot.routes.resolve(model, listed: .none) {
            failure = GatewayError(.unresolved(unresolved)).clientView.message
        }
        explain(model)
        var seen: Set<String> = [model]
        var next = fallbacks(of: model)
        while !next.isEmpty {
            let (name, reasons) = next.removeFirst()
            guard seen.insert(name).inserted else { continue }
            lines.append("")
            lines.append("fallback    \(name) (after \(reasons))")
            explain(name)
            next += fallbacks(of: name)
        }
    }

    private mutating func explain(_ model: String) {
        switch snapshot.routes.resolve(model, listed: .none) {
        case .success(let plan):
            lines.append("decided by  \(plan.source.words)")
            if plan.targets.count > 1 { lines.append("order       \(plan.strategy.words)") }
            for (place, target) in ordered(plan).enumerated() {
                lines.append("  \(place + 1).  \(describe(target, in: plan))")
            }
        case .failure(let unresolved):
            let view = GatewayError(.unresolved(unresolved)).clientView
            lines.append("no target   \(view.status) \(view.code): \(view.message)")
        }
        for (target, reason) in leftOut(of: model) { lines.append("  -   \(target): \(reason)") }
    }

    // MARK: Targets

    private func ordered(_ plan: Plan) -> [Target] {
        switch plan.strategy {
        case .priority, .leastLatency, .leastBusy: return plan.targets
        case .weighted: return plan.targets.sorted { $0.weight > $1.weight }
        case .cheapest:
            let costs = plan.targets.map { price(of: $0)?.cost(of: Self.usualCall) }
            let places = plan.targets.indices.sorted { one, other in
                guard let first = costs[one] else { return costs[other] == nil && one < other }
                return costs[other].map { first == $0 ? one < other : first < $0 } ?? true
            }
            return places.map { plan.targets[$0] }
        }
    }

    /// What prices are compared by here; at run time it is the call itself.
    private static let usualCall = BilledTokens(input: 1000, output: 1000)

    private func describe(_ target: Target, in plan: Plan) -> String {
        var words = ["\(target.providerName)/\(target.model)"]
        if plan.strategy == .weighted, plan.targets.count > 1 {
            let total = plan.targets.reduce(0) { $0 + $1.weight }
            words.append(total > 0 ? "\((100 * target.weight + total / 2) / total) % of calls" : "no weight")
        }
        if let window = facts(of: target)?.contextWindow { words.append("up to \(window) tokens of input") }
        let cannot = facts(of: target)?.cannot.words ?? []
        if !cannot.isEmpty { words.append("not for calls that need \(cannot.joined(separator: ", "))") }
        words.append(price(of: target).map(\.words) ?? "price unknown")
        return words.joined(separator: "; ")
    }

    private func facts(of target: Target) -> ModelFacts? {
        snapshot.provider(target.provider)?.info(of: target.model).facts
    }

    private func price(of target: Target) -> Price? { facts(of: target)?.price }

    /// Targets that the configuration names and that no call gets to.
    private func leftOut(of model: String) -> [(target: String, reason: String)] {
        guard let entry = snapshot.settings.models.first(where: { $0.name == model }) else { return [] }
        return entry.targets.compactMap { target in
            let directory = snapshot.routes.directory
            guard let provider = directory.index(of: target.provider),
                let obstacle = directory.obstacle(at: provider, .none)
            else { return nil }
            return ("\(target.provider)/\(target.model)", GatewayError(.unresolved(obstacle)).clientView.message)
        }
    }

    private func fallbacks(of model: String) -> [(name: String, reasons: String)] {
        guard case .success(let plan) = snapshot.routes.resolve(model, listed: .none), let options = plan.options else {
            return []
        }
        let reasons = options.fallbacksOn.map(\.rawValue).joined(separator: ", ")
        return options.fallbacks.map { ($0, reasons) }
    }

    // MARK: The key

    private func terms(of key: String) -> KeyTerms? {
        snapshot.settings.keys.first { $0.terms.name == key }?.terms
    }

    private var knownKeys: String {
        let names = snapshot.settings.keys.map(\.terms.name)
        return names.isEmpty ? "the configuration has none" : "there are \(names.joined(separator: ", "))"
    }

    private func verdict(on model: String, by key: String) -> String {
        guard let terms = terms(of: key) else { return "no key of this name; \(knownKeys)" }
        guard case .success(let plan) = snapshot.routes.resolve(model, listed: .none) else { return "does not matter" }
        let name = plan.source == .pinnedByName ? snapshot.routes.directory.pin(in: model)?.model ?? model : model
        guard !terms.models.isEmpty, !terms.models.contains(where: { NamePattern($0).matches(name) }) else {
            return "may use it"
        }
        return "may not use it (403 model_not_allowed); it may use \(terms.models.joined(separator: ", "))"
    }
}

extension Plan.Source {
    /// After "decided by".
    fileprivate var words: String {
        switch self {
        case .pinnedByPath: "the path, which names the provider"
        case .pinnedByStoredAnswer: "the stored answer that the call goes on from"
        case .configuredModel: "the entry under models:"
        case .providerModel: "a provider's models or model_map"
        case .pinnedByName: "the name, which begins with the provider's"
        case .pattern(let pattern): "the pattern '\(pattern)' in routing.patterns"
        case .listed: "a provider that lists it"
        case .builtInPattern(let pattern): "the built-in pattern '\(pattern)'"
        case .defaultProvider: "routing.default_provider"
        case .onlyProvider: "nothing else: it is the only provider that is enabled"
        }
    }
}

extension ChoiceStrategy {
    fileprivate var words: String {
        switch self {
        case .priority: "priority: as listed, those that are not well last"
        case .weighted: "weighted: at random, by weight"
        case .leastLatency: "least_latency: of two at random the one that answers sooner"
        case .leastBusy: "least_busy: of two at random the one with fewer calls in flight"
        case .cheapest: "cheapest: by price; shown for 1,000 tokens of input and of output"
        }
    }
}

extension Price {
    fileprivate var words: String {
        guard !isFree else { return "free" }
        func words(_ rate: Rate?) -> String {
            rate.map { "$\(Double($0.picodollarsPerToken) / 1e6)" } ?? "unknown"
        }
        return "\(words(rates.input)) in, \(words(rates.output)) out per million tokens"
    }
}
