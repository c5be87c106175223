/// The lists of models that providers gave, by the providers' names: these stay the same when a new configuration puts
/// the providers into another order.
struct ModelLists: Sendable {
    /// What one provider gave.
    struct Given: Sendable, Equatable {
        var names: [String]
        /// What these answer to as well.
        var otherNames: [String] = []
    }

    private var given: [String: Given] = [:]
    private var ordinals: [String: Int] = [:]
    private var generation = 1

    func names(of provider: String) -> [String]? { given[provider]?.names }

    /// Takes over a configuration's providers; what the others gave is forgotten.
    mutating func serve(_ ordinals: [String: Int], generation: Int = 1) {
        (self.ordinals, self.generation) = (ordinals, generation)
        given = given.filter { ordinals[$0.key] != nil }
    }

    /// Notes what a provider gave; nil: nothing any more.
    ///
    /// - Returns: Whether that is news.
    mutating func set(_ list: Given?, of provider: String) -> Bool {
        guard given[provider] != list else { return false }
        given[provider] = list
        return true
    }

    /// By the providers' places in the configuration.
    var listed: ListedModels {
        var (names, otherNames): ([Int: [String]], [Int: [String]]) = ([:], [:])
        for (provider, list) in given {
            guard let ordinal = ordinals[provider] else { continue }
            (names[ordinal], otherNames[ordinal]) = (list.names, list.otherNames)
        }
        return ListedModels(names, otherNames: otherNames, generation: generation)
    }
}
