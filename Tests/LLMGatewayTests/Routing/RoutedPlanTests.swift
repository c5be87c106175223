import Testing
import WireFormats

@testable import LLMGateway

@Suite struct RoutedPlanTests {
    private func routed(_ facts: ModelFacts...) -> RoutedPlan {
        let targets = facts.indices.map { Target(provider: $0, providerName: "p\($0)", model: "m", weight: 1) }
        return RoutedPlan(Plan(strategy: .weighted, targets: targets, source: .configuredModel), facts)
    }

    private func able(_ plan: RoutedPlan, _ needs: Abilities, _ tokens: Int = 1) -> [String]? {
        try? plan.plan(for: needs, tokens: tokens).get().targets.map(\.providerName)
    }

    @Test func `targets that can't are passed over, the others stay in their order`() {
        let plan = routed(ModelFacts(cannot: [.images]), ModelFacts(), ModelFacts(contextWindow: 100))
        #expect(plan.cannot == [.images])
        #expect(plan.smallestWindow == 100)
        #expect(able(plan, []) == ["p0", "p1", "p2"])
        #expect(able(plan, [.images]) == ["p1", "p2"])
        #expect(able(plan, [.tools]) == ["p0", "p1", "p2"])
        #expect(able(plan, [.images], 101) == ["p1"])
        #expect(able(plan, [], 100) == ["p0", "p1", "p2"])
    }

    @Test func `when none can, what is missing is said`() {
        let plan = routed(
            ModelFacts(contextWindow: 10, cannot: [.images]), ModelFacts(contextWindow: 20, cannot: [.tools]))
        func refusal(_ needs: Abilities, _ tokens: Int) -> Incapable? {
            if case .failure(let incapable) = plan.plan(for: needs, tokens: tokens) { incapable } else { nil }
        }
        #expect(
            refusal([.images, .tools], 1) == Incapable(lacking: [.images, .tools], window: nil, tokens: 1))
        #expect(refusal([], 21) == Incapable(lacking: [], window: 20, tokens: 21))
        #expect(refusal([.tools], 15) == Incapable(lacking: [.tools], window: 10, tokens: 15))
    }

    @Test func `a client is told what to do about it`() {
        let lacking = GatewayError(
            .incapable(Incapable(lacking: [.images, .jsonSchema], window: nil, tokens: 1), model: "m"))
        #expect(lacking.clientView.status == 400 && lacking.clientView.code == "invalid_value")
        #expect(
            lacking.clientView.message
                == "The request needs what no target of the model 'm' has: images, json_schema; use another model.")
        let long = GatewayError(.incapable(Incapable(lacking: [], window: 20, tokens: 21), model: "m"))
        #expect(long.clientView.status == 400 && long.clientView.code == "context_length_exceeded")
        #expect(
            long.clientView.message
                == "The request is about 21 tokens long, and the model 'm' takes up to 20; shorten it or use another model."
        )
        #expect(long.failureClass == .clientError)
    }
}
