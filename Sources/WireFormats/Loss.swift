/// Something that the client said and the target's format can't: left out, or said in another way that comes close.
public struct Loss: Sendable, Hashable {
    /// The field as the client's format spells it in the canonical model's words: `seed`, `logit_bias`, `top_k`. It goes
    /// into a header, a log line and a metric label, so it never holds what a client wrote.
    public let field: String
    /// What became of it, for people: "lowered to 1, the highest there is".
    public let detail: String

    /// A loss.
    public init(_ field: String, _ detail: String) { (self.field, self.detail) = (field, detail) }

    /// The field where it is one of those that are known, else `other`: of the names that clients can make up there is no
    /// end.
    public var knownField: String { Self.known.contains(field) ? field : "other" }

    private static let known: Set<String> = [
        "anthropic_beta", "background", "cache_control", "citations", "container", "context_management",
        "foreign_content", "frequency_penalty", "image_detail", "include", "inference_geo", "keep_alive",
        "logit_bias", "max_tokens", "max_tool_calls", "mcp_servers", "messages", "metadata", "min_p", "modalities",
        "moderation", "num_ctx", "options", "parallel_tool_calls", "prediction", "presence_penalty",
        "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning", "repetition_penalty",
        "response_format", "safety_identifier", "safety_settings", "seed", "service_tier", "speed", "stop", "store",
        "strict", "task_type", "temperature", "thinking", "thought_signature", "title", "tool_choice", "top_k",
        "top_p", "truncation", "user", "verbosity",
    ]
}

/// Why a call can't be said in the target's format: its answer would mean something else. A 400.
public struct Untranslatable: Error, Sendable, Equatable {
    /// The field that is to blame: `n`, `logprobs`, `messages`.
    public let field: String
    /// One sentence that says what to do.
    public let message: String

    /// A call that can't be translated.
    public init(_ field: String, _ message: String) { (self.field, self.message) = (field, message) }
}
