import Testing

@testable import LLMGateway

@Suite struct ModelListsTests {
    @Test func `a list stays with its provider when the providers change places`() {
        var lists = ModelLists()
        lists.serve(["a": 0, "b": 1])
        let isNews = lists.set(.init(names: ["m"]), of: "a")
        let isNewsAgain = lists.set(.init(names: ["m"]), of: "a")
        #expect(isNews && !isNewsAgain && lists.listed.names(of: 0) == ["m"])
        lists.serve(["b": 0, "a": 1])
        #expect(lists.listed.names(of: 1) == ["m"] && lists.listed.names(of: 0) == nil)
        lists.serve(["b": 0])
        #expect(lists.listed.names.isEmpty && lists.names(of: "a") == nil)
    }

    @Test func `lists say which configuration's order they are in`() {
        var lists = ModelLists()
        lists.serve(["a": 0], generation: 1)
        _ = lists.set(.init(names: ["m"]), of: "a")
        let before = lists.listed
        lists.serve(["b": 0, "a": 1], generation: 2)
        #expect(before.generation == 1 && lists.listed.generation == 2)
        #expect(before.names(of: 0) == ["m"] && lists.listed.names(of: 1) == ["m"])
    }

    @Test func `a list is forgotten with its provider`() {
        var lists = ModelLists()
        lists.serve(["a": 0])
        _ = lists.set(.init(names: ["m"]), of: "a")
        let isNews = lists.set(nil, of: "a")
        #expect(isNews && lists.listed.names(of: 0) == nil)
        // The answer of a probe that was under way when its provider went.
        _ = lists.set(.init(names: ["x"]), of: "gone")
        #expect(lists.listed.names.isEmpty)
    }

    @Test func `other names lead to a model, and no list shows them`() {
        var lists = ModelLists()
        lists.serve(["a": 0, "b": 1])
        _ = lists.set(.init(names: ["m:latest", "n"], otherNames: ["m", "n"]), of: "b")
        _ = lists.set(.init(names: ["m"]), of: "a")
        let listed = lists.listed
        #expect(listed.names == ["m", "m:latest", "n"])
        #expect(listed.providers(listing: "m") == [0, 1] && listed.providers(listing: "n") == [1])
        #expect(listed.lists("m", by: 1) && listed.names(of: 1) == ["m:latest", "n"])
    }
}
