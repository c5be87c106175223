/// Which provider answers for which name. Built once per configuration, and the same until the next.
///
/// First match wins: what the client said, then the operator, then a provider, then a guess. What can be known
/// beforehand is decided in the initialiser, so that a call costs one dictionary look-up for a configured name, and a
/// second one with a handful of short patterns for any other.
final class RouteTable: Sendable {
    typealias ModelEntry = (
        name: String, strategy: ChoiceStrategy, targets: [(provider: String, model: String, weight: Int)]
    )

    /// Guesses by a name's beginning, for a provider of that name.
    static let builtInPatterns = [
        ("gpt-*", "openai"), ("o1*", "openai"), ("o3*", "openai"), ("o4*", "openai"), ("text-embedding-*", "openai"),
        ("claude-*", "anthropic"), ("gemini-*", "gemini"),
    ]

    /// What comes when nothing else has matched.
    private enum Fallback: Sendable {
        case provider(Int, Plan.Source)
        case failure(Unresolved)
        case none
    }

    let providers: [RoutableProvider]
    let directory: ProviderDirectory
    /// Names under `models:`, then those under the providers' `models` and `model_map`, in the order of the file.
    let configuredNames: [String]
    private let exact: [String: Result<Plan, Unresolved>]
    private let patterns: PatternRoutes
    private let builtIn: PatternRoutes
    private let fallback: Fallback

    /// - Parameters:
    ///   - models: `models:`. Of a name given twice the first counts; a target whose provider is unknown is left out
    ///     (a configuration with one is refused before).
    ///   - options: What else `models:` says, by the model's name.
    ///   - patterns: `routing.patterns`, in order: the pattern, and the provider's name.
    ///   - defaultProvider: `routing.default_provider`; nil: unset.
    init(
        providers: [RoutableProvider], models: [ModelEntry] = [], options: [String: PlanOptions] = [:],
        patterns: [(String, String)] = [], defaultProvider: String? = nil
    ) {
        let directory = ProviderDirectory(providers)
        var exact: [String: Result<Plan, Unresolved>] = [:]
        var names: [String] = []
        func add(_ name: String, _ route: Result<Plan, Unresolved>?) {
            guard let route, exact[name] == nil else { return }
            exact[name] = route
            names.append(name)
        }
        for model in models {
            let targets = model.targets.compactMap { entry in
                directory.index(of: entry.provider).map { provider in
                    directory.target(provider, upstream: entry.model, weight: entry.weight)
                }
            }
            let route = directory.plan(model.strategy, over: targets, because: .configuredModel)?.map { plan in
                var plan = plan
                plan.options = options[model.name]
                return plan
            }
            add(model.name, route)
        }
        for (name, targets) in directory.declaredModels() {
            add(name, directory.plan(.priority, over: targets, because: .providerModel))
        }

        self.providers = providers
        self.directory = directory
        self.exact = exact
        self.configuredNames = names
        self.patterns = Self.routes(patterns, in: directory)
        self.builtIn = Self.routes(Self.builtInPatterns, in: directory)
        self.fallback = Self.fallback(defaultProvider, in: directory)
    }

    /// The plan for a name that a client sent.
    ///
    /// - Parameters:
    ///   - model: As it was sent; `provider/model` pins a provider, and the model may hold slashes of its own.
    ///   - pinned: The provider that the path names; nil: none.
    ///   - listed: What providers answered when asked for their models.
    func resolve(_ model: String, pinned: String? = nil, listed: ListedModels) -> Result<Plan, Unresolved> {
        if let pinned { return resolve(model, pinnedByPath: pinned, listed: listed) }
        if let route = exact[model] { return route }

        let pin = directory.pin(in: model)
        if let pin, directory.serves(pin.provider, pin.model, listed: listed) {
            return .success(directory.plan(to: pin.provider, model: pin.model, because: .pinnedByName))
        }
        func serves(_ provider: Int) -> Bool { directory.serves(provider, model, listed: listed) }
        if let route = patterns.first(matching: model, where: serves) {
            return .success(directory.plan(to: route.provider, model: model, because: .pattern(route.pattern.text)))
        }
        if let plan = planOfListing(model, listed) { return .success(plan) }
        if let route = builtIn.first(matching: model, where: serves) {
            let source = Plan.Source.builtInPattern(route.pattern.text)
            return .success(directory.plan(to: route.provider, model: model, because: source))
        }
        if let pin { return .failure(directory.obstacle(at: pin.provider, listed) ?? notFound(pin.model, listed)) }

        switch fallback {
        case .provider(let provider, let source) where serves(provider):
            return .success(directory.plan(to: provider, model: model, because: source))
        case .failure(let obstacle): return .failure(obstacle)
        case .provider, .none: return .failure(notFound(model, listed))
        }
    }

    /// The provider that a path pins, by its index; or why it can't be used.
    func provider(pinned name: String, listed: ListedModels) -> Result<Int, Unresolved> {
        guard let provider = directory.index(of: name) else { return .failure(.unknownProvider(name)) }
        return directory.obstacle(at: provider, listed).map { .failure($0) } ?? .success(provider)
    }

    private func resolve(
        _ model: String, pinnedByPath name: String, listed: ListedModels
    ) -> Result<Plan, Unresolved> {
        provider(pinned: name, listed: listed).flatMap { provider in
            guard directory.serves(provider, model, listed: listed) else {
                let nearest = NearestNames.closest(to: model, among: listed.names(of: provider) ?? [])
                return .failure(.notFound(model: model, nearest: nearest, lacking: nil))
            }
            return .success(directory.plan(to: provider, model: model, because: .pinnedByPath))
        }
    }

    private func planOfListing(_ model: String, _ listed: ListedModels) -> Plan? {
        let providers = listed.providers(listing: model)
        guard providers.count > 1 else {
            guard let only = providers.first, directory.serves(only, model, listed: listed) else { return nil }
            return directory.plan(to: only, model: model, because: .listed)
        }
        let targets = directory.ordered(providers).map { directory.target($0, model: model) }
        guard case .success(let plan) = directory.plan(.priority, over: targets, because: .listed) else { return nil }
        return plan
    }

    private func notFound(_ model: String, _ listed: ListedModels) -> Unresolved {
        let candidates = configuredNames.lazy.filter { name in
            guard case .success = self.exact[name] else { return false }
            return true
        }
        let nearest = NearestNames.closest(to: model, among: Array(candidates) + listed.names)
        let lacking = builtIn.first(matching: model) { directory.missingCredential(of: $0) != nil }
        return .notFound(
            model: model, nearest: nearest, lacking: lacking.flatMap { directory.missingCredential(of: $0.provider) })
    }

    private static func routes(_ patterns: [(String, String)], in directory: ProviderDirectory) -> PatternRoutes {
        PatternRoutes(
            patterns.compactMap { pattern, name in directory.index(of: name).map { (NamePattern(pattern), $0) } })
    }

    private static func fallback(_ defaultProvider: String?, in directory: ProviderDirectory) -> Fallback {
        guard let name = defaultProvider else {
            return directory.onlyEnabled.map { .provider($0, .onlyProvider) } ?? .none
        }
        guard let provider = directory.index(of: name) else { return .none }
        if case .found = directory.availability(of: provider) { return .provider(provider, .defaultProvider) }
        return directory.obstacle(at: provider, .none).map { .failure($0) } ?? .provider(provider, .defaultProvider)
    }
}
