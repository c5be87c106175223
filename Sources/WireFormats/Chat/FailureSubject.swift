/// What an upstream's refusal of a request is about, where another model may well take the request.
public enum FailureSubject: Sendable, Equatable {
    /// The request is longer than the model can read.
    case contextWindow
    /// The provider will not have its models talk of this.
    case contentPolicy
}

extension UpstreamFailureBody {
    /// What the refusal is about, by its code, its type or, where the provider has no word of its own for it, its sentence.
    public var subject: FailureSubject? {
        for word in [code, type].compactMap({ $0?.lowercased() }) {
            if Self.windowWords.contains(word) { return .contextWindow }
            if Self.policyWords.contains(word) { return .contentPolicy }
        }
        guard let sentence = message?.lowercased() else { return nil }
        if Self.windowSentences.contains(where: sentence.contains) { return .contextWindow }
        if Self.policySentences.contains(where: sentence.contains) { return .contentPolicy }
        return nil
    }

    /// OpenAI, Azure and those who speak like them; llama.cpp; text-generation-inference.
    private static let windowWords: Set<String> = [
        "context_length_exceeded", "string_above_max_length", "exceed_context_size_error",
        "model_context_window_exceeded",
    ]
    /// OpenAI, Azure, and the filters in front of them.
    private static let policyWords: Set<String> = [
        "content_policy_violation", "content_filter", "responsibleaipolicyviolation", "moderation_blocked",
        "invalid_prompt",
    ]
    /// Each the unchanging part of a sentence, in small letters.
    private static let windowSentences = [
        "maximum context length",  // OpenAI, vLLM
        "prompt is too long",  // Anthropic
        "exceed context limit",  // Anthropic, of input and answer together
        "input token count",  // Gemini: "The input token count (N) exceeds the maximum number of tokens allowed (M)."
        "input is too long",  // Bedrock
        "too many input tokens",  // Bedrock
        "exceeds the available context size",  // llama.cpp
        "`inputs` must have less than",  // text-generation-inference
        "`inputs` tokens + ",  // text-generation-inference, of input and answer together
        "context window",
    ]
    private static let policySentences = [
        "content management policy",  // Azure
        "content filtering policy",  // Anthropic: "Output blocked by content filtering policy"
        "rejected as a result of our safety system",  // OpenAI
        "usage policy",
        "usage policies",
        "content policy",
    ]
}
