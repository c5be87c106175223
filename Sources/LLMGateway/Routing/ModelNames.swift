/// `GET /v1/models`: which names may be asked for.
extension RouteTable {
    /// A name, and the first provider that would serve it.
    typealias ModelName = (name: String, ownedBy: String)

    /// Every name that is resolved by an exact match and leads somewhere, once: those under `models:`, then the
    /// providers' own, then those that providers listed.
    ///
    /// - Parameter pinned: Only this provider's own names, mapped and listed; none when it is unknown or not enabled
    ///   (``provider(pinned:listed:)`` says why).
    func names(listed: ListedModels, pinned: String? = nil) -> [ModelName] {
        if let pinned { return names(of: pinned, listed: listed) }
        var seen = Set(configuredNames)
        let names = configuredNames + listed.names.filter { seen.insert($0).inserted }
        return names.compactMap { name in
            guard case .success(let plan) = resolve(name, listed: listed), let first = plan.targets.first else {
                return nil
            }
            return (name, first.providerName)
        }
    }

    private func names(of pinned: String, listed: ListedModels) -> [ModelName] {
        guard case .success(let provider) = provider(pinned: pinned, listed: listed) else { return [] }
        var seen: Set<String> = []
        let names = directory.names(declaredBy: provider) + (listed.names(of: provider) ?? [])
        return names.filter { seen.insert($0).inserted }.map { ($0, pinned) }
    }
}
