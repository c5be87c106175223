import Testing

@testable import LLMGateway

@Suite struct FallbackPathTests {
    private func options(_ models: String..., on reasons: [FallbackReason] = [.error]) -> PlanOptions {
        PlanOptions(fallbacks: models, fallbacksOn: reasons)
    }

    @Test func `fallbacks are tried in order, for the failures that lead there`() {
        var path = FallbackPath(from: "a", options("b", "c", on: [.error, .contextWindow]))
        #expect(path.next(because: .rateLimit) == nil)
        #expect(path.next(because: .contextWindow) == "b")
        #expect(path.next(because: .error) == "c")
        #expect(path.next(because: .error) == nil)
    }

    @Test func `a fallback's own fallbacks come after those of the model that was asked for`() {
        var path = FallbackPath(from: "a", options("b", "c"))
        #expect(path.next(because: .error) == "b")
        path.add(options("d"))
        #expect(path.next(because: .error) == "c")
        #expect(path.next(because: .error) == "d")
    }

    @Test func `no model is asked twice, so circles end`() {
        var path = FallbackPath(from: "a", options("a", "b"))
        #expect(path.next(because: .error) == "b")
        path.add(options("a", "b", "c"))
        #expect(path.next(because: .error) == "c")
        path.add(options("a", "b", "c"))
        #expect(path.next(because: .error) == nil)
    }

    @Test func `a model without fallbacks leads nowhere`() {
        var path = FallbackPath(from: "a", nil)
        #expect(path.next(because: .error) == nil)
    }
}
