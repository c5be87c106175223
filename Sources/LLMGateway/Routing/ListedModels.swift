/// The model lists that providers gave when they were asked: a snapshot, in the order of one configuration's providers.
final class ListedModels: Sendable {
    /// Nobody has been asked yet.
    static let none = ListedModels([:])

    /// Every name once: by provider, then in the order in which the provider gave them.
    let names: [String]
    /// Of the configuration. Another one may have other providers in their places.
    let generation: Int
    private let namesByProvider: [Int: [String]]
    private let providersByName: [String: [Int]]

    /// - Parameters:
    ///   - namesByProvider: By the provider's index in the route table; a provider that could not be asked is left out.
    ///   - otherNames: What these models answer to as well; no list shows it.
    init(_ namesByProvider: [Int: [String]], otherNames: [Int: [String]] = [:], generation: Int = 1) {
        var names: [String] = []
        var providersByName: [String: [Int]] = [:]
        for (provider, given) in namesByProvider.sorted(by: { $0.key < $1.key }) {
            for name in given where providersByName[name]?.last != provider {
                if providersByName[name] == nil { names.append(name) }
                providersByName[name, default: []].append(provider)
            }
        }
        for (provider, others) in otherNames.sorted(by: { $0.key < $1.key }) {
            for name in others where providersByName[name]?.contains(provider) != true {
                providersByName[name, default: []].append(provider)
            }
        }
        (self.names, self.generation) = (names, generation)
        self.namesByProvider = namesByProvider
        self.providersByName = providersByName
    }

    /// Which providers list a name, lowest index first.
    func providers(listing name: String) -> [Int] { providersByName[name] ?? [] }

    func lists(_ name: String, by provider: Int) -> Bool { providersByName[name]?.contains(provider) ?? false }

    /// What one provider gave, in its order; nil when it has given no list.
    func names(of provider: Int) -> [String]? { namesByProvider[provider] }
}
