import WireFormats

/// What holds for whole families of models: for those that are newer than the table.
enum ModelTraits {
    /// By a part of the name; the first match counts. Answers' lengths are the vendor's documented maxima.
    private static let families: [(name: String, traits: TargetTraits)] = [
        (
            "claude-3-",
            TargetTraits(longestAnswer: 4096, reasoning: TargetTraits.ReasoningStyle.none, takesSchema: false)
        ),
        ("claude-", TargetTraits(longestAnswer: 64_000, reasoning: .adaptive)),
        ("gemini-2.5", TargetTraits(longestAnswer: 65_535, reasoning: .budget)),
        ("gemini-2", TargetTraits(longestAnswer: 8192, reasoning: TargetTraits.ReasoningStyle.none)),
        ("gemini-1", TargetTraits(longestAnswer: 8192, reasoning: TargetTraits.ReasoningStyle.none)),
        ("gemini-embedding", TargetTraits()),
        ("gemini-", TargetTraits(longestAnswer: 65_536, reasoning: .adaptive)),
    ]

    /// What is known of a model by its family; nothing of most.
    static func ofFamily(_ model: String) -> ModelInfo {
        // As `anthropic/claude-…`, `us.anthropic.claude-…`, `publishers/google/models/gemini-…`.
        var info = ModelInfo()
        if let traits = families.first(where: { model.contains($0.name) })?.traits {
            info.facts.maxOutput = traits.longestAnswer
            info.reasoning = traits.reasoning
            info.takesSchema = traits.takesSchema
        }
        return info
    }
}
