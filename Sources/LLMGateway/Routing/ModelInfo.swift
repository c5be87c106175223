import WireFormats

/// What is known of one upstream model.
struct ModelInfo: Sendable, Equatable {
    var facts = ModelFacts()
    /// How it is asked to think; nil where nobody knows.
    var reasoning: TargetTraits.ReasoningStyle?
    /// Whether it can be told how to draw its answers; nil where nobody knows.
    var takesSampling: Bool?
    /// Whether it can be held to a JSON schema where it is asked in its vendor's format; nil where nobody knows. Where it
    /// can't, it answers by one all the same: with the help of a tool.
    var takesSchema: Bool?
    /// Whether Bedrock charges more for it by a regional profile.
    var costsMoreByRegion = false

    init(facts: ModelFacts = ModelFacts()) { self.facts = facts }

    /// What a codec must know of it.
    var traits: TargetTraits {
        TargetTraits(
            longestAnswer: facts.maxOutput, reasoning: reasoning, takesSampling: takesSampling,
            takesSchema: facts.cannot.contains(.jsonSchema) ? false : takesSchema)
    }

    /// The same where `said` says nothing else.
    func overlaid(by said: ModelFacts) -> ModelInfo {
        var info = self
        info.facts = facts.overlaid(by: said)
        if said.cannot.contains(.reasoning) { info.reasoning = TargetTraits.ReasoningStyle.none }
        if said.can.contains(.reasoning), reasoning == TargetTraits.ReasoningStyle.none { info.reasoning = nil }
        if said.can.contains(.jsonSchema) { info.takesSchema = nil }
        return info
    }
}
