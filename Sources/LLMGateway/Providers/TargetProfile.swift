/// What is counted of a target, what is known of it and how it is, found once.
final class TargetProfile: Sendable {
    let metrics: TargetMetrics
    let info: ModelInfo
    let health: TargetHealth

    init(_ metrics: TargetMetrics, _ info: ModelInfo, _ health: TargetHealth) {
        (self.metrics, self.info, self.health) = (metrics, info, health)
    }
}

/// The profiles of models that nobody has configured, by the names that clients send.
struct FurtherProfiles {
    private struct Name: Hashable {
        let model: String
        /// Whether the provider has said that it has it.
        let isListed: Bool
    }

    private var known: [Name: TargetProfile] = [:]

    /// Names are the clients' to choose: there must be no end to them.
    private static let most = 1024
    /// In bytes.
    private static let longestName = 256

    /// The profile of a model; made when it is new.
    mutating func profile(of model: String, isListed: Bool, or make: () -> TargetProfile) -> TargetProfile {
        let name = Name(model: model, isListed: isListed)
        if let profile = known[name] { return profile }
        if known.count >= Self.most { known.removeAll(keepingCapacity: true) }
        let made = make()
        if model.utf8.count <= Self.longestName { known[name] = made }
        return made
    }
}
