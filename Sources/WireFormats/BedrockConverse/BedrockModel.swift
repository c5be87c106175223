/// What Bedrock's models differ in, as far as their ids tell: in what they take beside what Converse says for all.
struct BedrockModel {
    /// Anthropic's: they think on request, and want their signatures back.
    let isClaude: Bool
    /// Amazon's.
    let isNova: Bool

    /// A model by its id, or by that of an inference profile that names it.
    init(_ id: String) {
        isClaude = id.contains("anthropic.") || id.contains("claude")
        isNova = id.contains("amazon.nova")
    }

    /// Whether a tool's result may be marked as a failure. Others refuse that.
    var takesResultStatus: Bool { isClaude || isNova }
}
