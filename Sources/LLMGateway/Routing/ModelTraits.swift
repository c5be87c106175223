import WireFormats

/// What must be known of well-known models to write calls for them.
enum ModelTraits {
    /// By the name's beginning, vendor and version prefixes apart; the first match counts. Answers' lengths are the
    /// vendor's documented maxima.
    private static let known: [(name: String, traits: TargetTraits)] = [
        ("claude-3-haiku", TargetTraits(longestAnswer: 4096, reasoning: TargetTraits.ReasoningStyle.none)),
        ("claude-3-opus", TargetTraits(longestAnswer: 4096, reasoning: TargetTraits.ReasoningStyle.none)),
        ("claude-3-sonnet", TargetTraits(longestAnswer: 4096, reasoning: TargetTraits.ReasoningStyle.none)),
        ("claude-3-5-", TargetTraits(longestAnswer: 8192, reasoning: TargetTraits.ReasoningStyle.none)),
        ("claude-3-7-", TargetTraits(longestAnswer: 64_000, reasoning: .budget)),
        ("claude-opus-4-1", TargetTraits(longestAnswer: 32_000, reasoning: .budget)),
        ("claude-opus-4-2025", TargetTraits(longestAnswer: 32_000, reasoning: .budget)),
        ("claude-opus-4-0", TargetTraits(longestAnswer: 32_000, reasoning: .budget)),
        ("claude-opus-4-5", TargetTraits(longestAnswer: 64_000, reasoning: .budget)),
        ("claude-sonnet-4-5", TargetTraits(longestAnswer: 64_000, reasoning: .budget)),
        ("claude-sonnet-4-0", TargetTraits(longestAnswer: 64_000, reasoning: .budget)),
        ("claude-sonnet-4-2025", TargetTraits(longestAnswer: 64_000, reasoning: .budget)),
        ("claude-haiku-4-5", TargetTraits(longestAnswer: 64_000, reasoning: .budget)),
        ("claude-", TargetTraits(longestAnswer: 64_000, reasoning: .adaptive)),
        ("gemini-3", TargetTraits(longestAnswer: 65_536, reasoning: .adaptive)),
        ("gemini-2.5", TargetTraits(longestAnswer: 65_535, reasoning: .budget)),
        ("gemini-2", TargetTraits(longestAnswer: 8192, reasoning: TargetTraits.ReasoningStyle.none)),
        ("gemini-1", TargetTraits(longestAnswer: 8192, reasoning: TargetTraits.ReasoningStyle.none)),
    ]

    /// What is known of a model by its name at the provider; nothing of most.
    static func of(_ model: String) -> TargetTraits {
        // As `anthropic/claude-…`, `us.anthropic.claude-…`, `publishers/google/models/gemini-…`.
        for (name, traits) in known where model.contains(name) { return traits }
        return TargetTraits()
    }
}
