import Testing

@testable import LLMGateway

@Suite struct ProviderSearchTests {
    @Test func `one appears with its first answer, and changes with its list`() {
        var search = ProviderSearch()
        #expect(search.saw(.nobody) == .stay && search.saw(.silence) == .stay && search.models == nil)
        #expect(search.saw(.models([])) == .appear && search.models == [])
        #expect(search.saw(.models([])) == .stay)
        #expect(search.saw(.models(["a"])) == .changeModels && search.models == ["a"])
    }

    @Test func `it is gone at once when nobody listens, and at the second silence in a row`() {
        var search = ProviderSearch()
        _ = search.saw(.models(["a"]))
        #expect(search.saw(.silence) == .stay && search.saw(.models(["a"])) == .stay)
        #expect(search.saw(.silence) == .stay && search.models == ["a"])
        #expect(search.saw(.silence) == .vanish && search.models == nil)
        #expect(search.saw(.silence) == .stay && search.saw(.silence) == .stay)
        #expect(search.saw(.models(["a"])) == .appear)
        #expect(search.saw(.nobody) == .vanish && search.saw(.nobody) == .stay)
    }

    @Test func `what was there before a new configuration goes on being there, or goes`() {
        var staying = ProviderSearch(models: ["a"])
        #expect(staying.saw(.models(["a"])) == .stay)
        var leaving = ProviderSearch(models: ["a"])
        #expect(leaving.saw(.nobody) == .vanish)
    }
}
