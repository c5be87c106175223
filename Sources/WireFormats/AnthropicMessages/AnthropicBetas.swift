/// The values of a client's `anthropic-beta`, on their way to a platform that refuses a call for a value that it doesn't
/// know.
public struct AnthropicBetas: Sendable, Equatable {
    /// The header's name.
    public static let header = "anthropic-beta"

    /// As the platform calls those that it knows, each once, in the client's order.
    public let values: [String]
    /// Whether it doesn't know some.
    public let dropsSome: Bool

    /// What of a header a platform is told.
    ///
    /// - Parameters:
    ///   - lines: What the client's lines of that name say: values with commas between them.
    ///   - names: What the platform calls the values that it knows.
    public init(_ lines: [String], knownAs names: [String: String]) {
        let said = lines.flatMap { $0.split(separator: ",") }
            .map { String($0.drop { $0 == " " }.prefix { $0 != " " }) }
            .filter { !$0.isEmpty }
        var values: [String] = []
        for value in said.compactMap({ names[$0] }) where !values.contains(value) { values.append(value) }
        self.values = values
        dropsSome = said.contains { names[$0] == nil }
    }

    /// What Google's Vertex AI calls those that it knows, as other gateways have found them out; for any other it answers
    /// 400, "Unexpected value(s)".
    public static let knownOnVertex: [String: String] = {
        let same = [
            "compact-2026-01-12", "compact-2026-09-04", "computer-use-2025-01-24", "computer-use-2025-11-24",
            "context-1m-2025-08-07", "context-management-2025-06-27", "dangerous-tool-use-2026-09-03",
            "interleaved-thinking-2025-05-14", "per-turn-control-2026-07-01", "thinking-binding-controls-2026-08-01",
            "thinking-display-updates-2026-08-18", "tool-search-tool-2025-10-19", "web-search-2025-03-05",
        ]
        var names = Dictionary(uniqueKeysWithValues: same.map { ($0, $0) })
        // Anthropic's own API has the search for tools under this name.
        names["advanced-tool-use-2025-11-20"] = "tool-search-tool-2025-10-19"
        return names
    }()
}
