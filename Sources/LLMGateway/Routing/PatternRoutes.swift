/// Patterns over model names in order, and the provider that each leads to.
struct PatternRoutes: Sendable {
    private let patterns: [NamePattern]
    private let providers: [Int]
    /// The byte that a name must begin with; 0: any. Apart from the patterns, so that most are passed over by one
    /// comparison: this list is read for every name that nobody configured.
    private let firstBytes: [UInt8]

    init(_ routes: [(pattern: NamePattern, provider: Int)]) {
        patterns = routes.map(\.pattern)
        providers = routes.map(\.provider)
        firstBytes = routes.map { $0.pattern.firstByte ?? 0 }
    }

    /// The first route that describes a name and whose provider is `admitted`.
    func first(
        matching name: String, where admitted: (_ provider: Int) -> Bool
    ) -> (pattern: NamePattern, provider: Int)? {
        let start = name.utf8.first ?? 0
        for index in firstBytes.indices where firstBytes[index] == start || firstBytes[index] == 0 {
            guard patterns[index].matches(name), admitted(providers[index]) else { continue }
            return (patterns[index], providers[index])
        }
        return nil
    }
}
