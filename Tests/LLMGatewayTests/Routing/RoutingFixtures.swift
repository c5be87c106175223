@testable import LLMGateway

extension RoutableProvider {
    static func enabled(
        _ name: String, models: [String] = [], map: KeyValuePairs<String, String> = [:], ordinal: Int = 0
    ) -> Self {
        Self(
            name: name, availability: .enabled, models: models,
            modelMap: map.map { (client: $0.key, upstream: $0.value) }, ordinal: ordinal)
    }

    static func lacking(_ name: String, models: [String] = [], ordinal: Int = 0) -> Self {
        let availability = Availability.missingCredential(setting: "providers.\(name).api_key")
        return Self(name: name, availability: availability, models: models, ordinal: ordinal)
    }

    static func off(_ name: String, models: [String] = [], ordinal: Int = 0) -> Self {
        Self(name: name, availability: .switchedOff, models: models, ordinal: ordinal)
    }
}

extension RouteTable {
    /// A plan as a line, `provider:model … by source`; nil when there is none.
    func route(_ model: String, pinned: String? = nil, listed: ListedModels = .none) -> String? {
        guard case .success(let plan) = resolve(model, pinned: pinned, listed: listed) else { return nil }
        return plan.targets.map { "\($0.providerName):\($0.model)" }.joined(separator: " ") + " by \(plan.source)"
    }

    func failure(_ model: String, pinned: String? = nil, listed: ListedModels = .none) -> Unresolved? {
        guard case .failure(let unresolved) = resolve(model, pinned: pinned, listed: listed) else { return nil }
        return unresolved
    }
}
