import Testing

@testable import LLMGateway

/// Where two steps could answer, and what is left out or said twice.
@Suite struct RoutePrecedenceTests {
    @Test func `each step comes before all later ones`() {
        // Every step names another provider for "openai/gpt-x" or "gpt-x"; they are taken away one by one.
        let providers: [RoutableProvider] = [
            .enabled("path"), .enabled("configured", ordinal: 1), .enabled("declared", models: ["gpt-x"], ordinal: 2),
            .enabled("patterned", ordinal: 3), .enabled("lister", ordinal: 4), .enabled("openai", ordinal: 5),
            .enabled("fallback", ordinal: 6),
        ]
        let silent = providers.map { RoutableProvider.enabled($0.name, ordinal: $0.ordinal) }
        let models: [RouteTable.ModelEntry] = [("gpt-x", .priority, [("configured", "m", 1)])]
        let patterns = [("gpt-*", "patterned")]
        let listed = ListedModels([4: ["gpt-x"]])

        let full = RouteTable(providers: providers, models: models, patterns: patterns, defaultProvider: "fallback")
        #expect(full.route("gpt-x", pinned: "path", listed: listed) == "path:gpt-x by pinnedByPath")
        #expect(full.route("gpt-x", listed: listed) == "configured:m by configuredModel")
        let declared = RouteTable(providers: providers, patterns: patterns, defaultProvider: "fallback")
        #expect(declared.route("gpt-x", listed: listed) == "declared:gpt-x by providerModel")
        let patterned = RouteTable(providers: silent, patterns: patterns, defaultProvider: "fallback")
        #expect(patterned.route("gpt-x", listed: listed) == "patterned:gpt-x by pattern(\"gpt-*\")")
        let plain = RouteTable(providers: silent, defaultProvider: "fallback")
        #expect(plain.route("gpt-x", listed: listed) == "lister:gpt-x by listed")
        #expect(plain.route("gpt-x") == "openai:gpt-x by builtInPattern(\"gpt-*\")")
        #expect(plain.route("x") == "fallback:x by defaultProvider")
    }

    @Test func `what the operator says of a name with a slash comes before the pin in it`() {
        let providers: [RoutableProvider] = [.enabled("a"), .enabled("b", models: ["a/declared"], ordinal: 1)]
        let table = RouteTable(
            providers: providers, models: [("a/configured", .priority, [("b", "m", 1)])], patterns: [("a/*", "b")])
        #expect(table.route("a/configured") == "b:m by configuredModel")
        #expect(table.route("a/declared") == "b:a/declared by providerModel")
        #expect(table.route("a/else") == "a:else by pinnedByName")
    }

    @Test func `a pin to a provider that is not enabled lets patterns and lists have the name first`() {
        let table = RouteTable(
            providers: [.lacking("openai"), .enabled("router", ordinal: 1), .enabled("b", ordinal: 2)],
            patterns: [("openai/p*", "router")])
        let listed = ListedModels([2: ["openai/listed"]])
        #expect(table.route("openai/p1", listed: listed) == "router:openai/p1 by pattern(\"openai/p*\")")
        #expect(table.route("openai/listed", listed: listed) == "b:openai/listed by listed")
        #expect(table.failure("openai/x", listed: listed) != nil)
    }

    @Test func `targets whose provider is not enabled are left out while another is left`() {
        let table = RouteTable(
            providers: [.lacking("a"), .off("b", ordinal: 1), .enabled("c", ordinal: 2)],
            models: [("m", .priority, [("a", "x", 1), ("b", "y", 1), ("c", "z", 1), ("unknown", "w", 1)])])
        #expect(table.route("m") == "c:z by configuredModel")
    }

    @Test func `the same target twice is one of both weights`() throws {
        let table = RouteTable(
            providers: [.enabled("a"), .enabled("b", ordinal: 1)],
            models: [("m", .weighted, [("a", "x", 2), ("b", "y", 5), ("a", "x", 3), ("a", "z", -4)])])
        let targets = try table.resolve("m", listed: .none).get().targets
        #expect(targets.map(\.model) == ["x", "y", "z"])
        #expect(targets.map(\.weight) == [5, 5, 0])
    }

    @Test func `of names, providers and mappings given twice the first counts`() {
        let table = RouteTable(
            providers: [
                .enabled("a", map: ["m": "1"]), .enabled("a", models: [], ordinal: 1), .enabled("b", ordinal: 2),
            ],
            models: [("n", .priority, [("a", "first", 1)]), ("n", .priority, [("b", "second", 1)])])
        #expect(table.route("n") == "a:first by configuredModel")
        #expect(table.route("m") == "a:1 by providerModel")
    }

    @Test func `a provider that was merely found serves what it lists, and nothing else`() {
        let table = RouteTable(providers: [
            .init(name: "ollama", availability: .found, ordinal: 0), .enabled("simulated", ordinal: 1),
        ])
        let listed = ListedModels([0: ["llama3"]])
        #expect(table.route("llama3", listed: listed) == "ollama:llama3 by listed")
        #expect(table.route("ollama/llama3", listed: listed) == "ollama:llama3 by pinnedByName")
        #expect(table.route("llama3", pinned: "ollama", listed: listed) == "ollama:llama3 by pinnedByPath")
        #expect(table.route("other", listed: listed) == "simulated:other by onlyProvider")
        let missing = Unresolved.notFound(model: "llama4", nearest: ["llama3"], lacking: nil)
        #expect(table.failure("ollama/llama4", listed: listed) == missing)
        #expect(table.failure("llama4", pinned: "ollama", listed: listed) == missing)
        // Nothing answers there any more.
        #expect(table.failure("ollama/llama3") == .switchedOff(provider: "ollama"))
        #expect(table.failure("llama3", pinned: "ollama") == .switchedOff(provider: "ollama"))
    }
}
