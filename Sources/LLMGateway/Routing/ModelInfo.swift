import WireFormats

/// What is known of one upstream model.
struct ModelInfo: Sendable, Equatable {
    var facts = ModelFacts()
    /// How it is asked to think; nil where nobody knows.
    var reasoning: TargetTraits.ReasoningStyle?
    /// Whether it can be told how to draw its answers; nil where nobody knows.
    var takesSampling: Bool?
    /// Whether Bedrock charges more for it by a regional profile.
    var costsMoreByRegion = false

    init(facts: ModelFacts = ModelFacts()) { self.facts = facts }

    /// What a codec must know of it.
    var traits: TargetTraits {
        TargetTraits(longestAnswer: facts.maxOutput, reasoning: reasoning, takesSampling: takesSampling)
    }

    /// The same where `said` says nothing else.
    func overlaid(by said: ModelFacts) -> ModelInfo {
        var info = self
        info.facts = facts.overlaid(by: said)
        if said.cannot.contains(.reasoning) { info.reasoning = TargetTraits.ReasoningStyle.none }
        if said.can.contains(.reasoning), reasoning == TargetTraits.ReasoningStyle.none { info.reasoning = nil }
        return info
    }
}
