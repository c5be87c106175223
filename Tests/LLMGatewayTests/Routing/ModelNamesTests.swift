import Testing

@testable import LLMGateway

@Suite struct ModelNamesTests {
    let table = RouteTable(
        providers: [
            .enabled("a", models: ["own"], map: ["mapped": "up", "smart": "up"]),
            .enabled("b", models: ["own", "mine"], ordinal: 1), .lacking("openai", models: ["secret"], ordinal: 2),
            .off("off", models: ["dark"], ordinal: 3),
        ],
        models: [
            ("smart", .priority, [("openai", "x", 1), ("b", "y", 1)]), ("gone", .priority, [("off", "x", 1)]),
        ], patterns: [("taken-*", "a")])
    let listed = ListedModels([1: ["own", "fresh", "taken-1", "fresh", "a/x"], 0: ["fresh"], 3: ["lost"]])

    private func names(pinned: String? = nil) -> [String] {
        table.names(listed: listed, pinned: pinned).map { "\($0.name) \($0.ownedBy)" }
    }

    @Test func `every name that leads somewhere is there once, owned by who would serve it first`() {
        #expect(names() == ["smart b", "own a", "mapped a", "mine b", "fresh a", "taken-1 a", "a/x a"])
    }

    @Test func `pinned to a provider, its own names are`() {
        #expect(names(pinned: "a") == ["own a", "mapped a", "smart a", "fresh a"])
        #expect(names(pinned: "b") == ["own b", "mine b", "fresh b", "taken-1 b", "a/x b"])
        #expect(names(pinned: "openai") == [])
        #expect(names(pinned: "nobody") == [])
    }

    @Test func `a list knows who gave a name, each once`() {
        #expect(listed.providers(listing: "fresh") == [0, 1])
        #expect(listed.providers(listing: "nothing") == [])
        #expect(listed.lists("own", by: 1) && !listed.lists("own", by: 0))
        #expect(listed.names == ["fresh", "own", "taken-1", "a/x", "lost"])
        #expect(ListedModels.none.names.isEmpty)
    }
}
