import Testing

@testable import LLMGateway

/// One test per step of the resolution, in its order.
@Suite struct RouteTableTests {
    @Test func `1, a provider pinned by the path gets the name as it is, mapped`() {
        let table = RouteTable(
            providers: [.enabled("openai", map: ["fast": "gpt-4o-mini"]), .enabled("other", ordinal: 1)],
            models: [("fast", .priority, [("other", "slow", 1)])], defaultProvider: "other")
        #expect(table.route("fast", pinned: "openai") == "openai:gpt-4o-mini by pinnedByPath")
        #expect(table.route("other/x", pinned: "openai") == "openai:other/x by pinnedByPath")
        #expect(table.failure("x", pinned: "nobody") == .unknownProvider("nobody"))
    }

    @Test func `3, an exact name under models is its plan`() throws {
        let table = RouteTable(
            providers: [.enabled("a"), .enabled("b", ordinal: 1)],
            models: [("gpt-4", .weighted, [("b", "big", 3), ("a", "small", 1)])])
        let plan = try table.resolve("gpt-4", listed: .none).get()
        #expect(plan.strategy == .weighted && plan.source == .configuredModel)
        #expect(
            plan.targets == [
                Target(provider: 1, providerName: "b", model: "big", weight: 3),
                Target(provider: 0, providerName: "a", model: "small", weight: 1),
            ])
    }

    @Test func `3, a target's model is the upstream's name, which no map changes`() {
        let table = RouteTable(
            providers: [.enabled("a", map: ["x": "y"])], models: [("m", .priority, [("a", "x", 1)])])
        #expect(table.route("m") == "a:x by configuredModel")
    }

    @Test func `4, a name that providers declare goes to them in the order of the file`() {
        let table = RouteTable(providers: [
            .enabled("last", models: ["m"], ordinal: 2), .enabled("first", map: ["m": "up"], ordinal: 0),
            .enabled("middle", models: ["m"], map: ["m": "mid"], ordinal: 1),
        ])
        #expect(table.route("m") == "first:up middle:mid last:m by providerModel")
    }

    @Test func `5, a provider pinned in the name, whose model may hold slashes and a query`() {
        let table = RouteTable(
            providers: [
                .enabled("openrouter", map: ["llama": "meta/llama"]), .enabled("simulated", ordinal: 1),
            ])
        #expect(table.route("openrouter/meta/llama") == "openrouter:meta/llama by pinnedByName")
        #expect(table.route("openrouter/llama") == "openrouter:meta/llama by pinnedByName")
        #expect(table.route("simulated/lorem?first_token=300ms") == "simulated:lorem?first_token=300ms by pinnedByName")
        #expect(table.failure("meta/llama") == .notFound(model: "meta/llama", nearest: ["llama"], lacking: nil))
        #expect(table.failure("simulated/") != nil && table.failure("/lorem") != nil)
    }

    @Test func `6, the first matching pattern whose provider is enabled`() {
        let table = RouteTable(
            providers: [.enabled("a"), .lacking("b", ordinal: 1), .enabled("c", ordinal: 2)],
            patterns: [("x-*", "b"), ("x-1*", "c"), ("x-*", "a")])
        #expect(table.route("x-12") == "c:x-12 by pattern(\"x-1*\")")
        #expect(table.route("x-2") == "a:x-2 by pattern(\"x-*\")")
    }

    @Test func `7, a name that providers listed goes to them in the order of the file`() {
        let table = RouteTable(providers: [
            .enabled("late", ordinal: 9), .enabled("early", ordinal: 1), .lacking("never", ordinal: 0),
        ])
        let listed = ListedModels([0: ["m", "only-late"], 1: ["m"], 2: ["m", "lost"]])
        #expect(table.route("m", listed: listed) == "early:m late:m by listed")
        #expect(table.route("only-late", listed: listed) == "late:only-late by listed")
        #expect(table.failure("lost", listed: listed) != nil)
    }

    @Test(arguments: [
        ("gpt-4o", "openai"), ("o1", "openai"), ("o1-mini", "openai"), ("o3-pro", "openai"), ("o4-mini", "openai"),
        ("text-embedding-3-small", "openai"), ("claude-sonnet-4-5", "anthropic"), ("gemini-2.5-pro", "gemini"),
    ])
    func `8, well-known names go where they come from`(name: String, provider: String) throws {
        let table = RouteTable(providers: [
            .enabled("openai"), .enabled("anthropic", ordinal: 1), .enabled("gemini", ordinal: 2),
        ])
        #expect(try table.resolve(name, listed: .none).get().targets.map(\.providerName) == [provider])
        #expect(table.failure("o2") != nil)
    }

    @Test func `9, a pinned provider that is not enabled says what it lacks, or that it is off`() {
        let table = RouteTable(
            providers: [.lacking("openai"), .off("ollama", ordinal: 1), .enabled("a", ordinal: 2)], defaultProvider: "a"
        )
        let lacking = Unresolved.providerNotConfigured(.init(provider: "openai", setting: "providers.openai.api_key"))
        #expect(table.failure("openai/gpt-4o") == lacking)
        #expect(table.failure("gpt-4o", pinned: "openai") == lacking)
        #expect(table.failure("ollama/llama3") == .switchedOff(provider: "ollama"))
        #expect(table.failure("llama3", pinned: "ollama") == .switchedOff(provider: "ollama"))
    }

    @Test func `9, so does a plan none of whose targets is enabled`() {
        let providers: [RoutableProvider] = [
            .off("off", models: ["dark"]), .lacking("openai", models: ["declared"], ordinal: 1),
            .enabled("a", ordinal: 2),
        ]
        let table = RouteTable(
            providers: providers,
            models: [
                ("both", .priority, [("off", "x", 1), ("openai", "y", 1)]), ("off", .priority, [("off", "x", 1)]),
            ], defaultProvider: "a")
        let lacking = Unresolved.providerNotConfigured(.init(provider: "openai", setting: "providers.openai.api_key"))
        #expect(table.failure("both") == lacking)
        #expect(table.failure("declared") == lacking)
        #expect(table.failure("off") == .switchedOff(provider: "off"))
        #expect(table.failure("dark") == .switchedOff(provider: "off"))
    }

    @Test func `10, the default provider takes what nobody else wants`() {
        let providers: [RoutableProvider] = [.enabled("a"), .enabled("b", ordinal: 1)]
        #expect(
            RouteTable(providers: providers, defaultProvider: "b").route("any") == "b:any by defaultProvider")
        #expect(RouteTable(providers: providers).failure("any") != nil)
    }

    @Test func `10, without a default the only enabled provider does`() {
        let table = RouteTable(providers: [.lacking("openai"), .enabled("simulated", ordinal: 1)])
        #expect(table.route("gpt-4o") == "simulated:gpt-4o by onlyProvider")
    }

    @Test func `10, a default that is not enabled says so`() {
        let providers: [RoutableProvider] = [.lacking("openai"), .off("off", ordinal: 1), .enabled("a", ordinal: 2)]
        #expect(
            RouteTable(providers: providers, defaultProvider: "openai").failure("m")
                == .providerNotConfigured(.init(provider: "openai", setting: "providers.openai.api_key")))
        #expect(RouteTable(providers: providers, defaultProvider: "off").failure("m") == .switchedOff(provider: "off"))
    }

    @Test func `11, nothing matched: the name, its nearest, and what a credential would give`() {
        let table = RouteTable(
            providers: [
                .lacking("openai", models: ["gpt-4-secret"]), .enabled("a", models: ["gpt-4x"], ordinal: 1),
                .enabled("b", ordinal: 2),
            ])
        let expected = Unresolved.notFound(
            model: "gpt-4", nearest: ["gpt-4x", "gpt-4z"],
            lacking: .init(provider: "openai", setting: "providers.openai.api_key"))
        #expect(table.failure("gpt-4", listed: ListedModels([2: ["gpt-4z"]])) == expected)
        #expect(table.failure("qqqq") == .notFound(model: "qqqq", nearest: [], lacking: nil))
    }
}
