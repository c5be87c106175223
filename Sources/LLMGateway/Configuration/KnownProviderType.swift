/// What the configuration has to know of a provider type; everything else is the provider's own affair.
struct KnownProviderType: Sendable, Equatable {
    /// What `type:` calls it.
    let name: String

    /// Where it is, unless the entry says otherwise.
    var baseURL: String?

    /// Whether an entry of this type has to say where it is.
    var requiresBaseURL = false

    /// Whether a provider of this name is there without being configured.
    var isBuiltInProvider = false

    /// Whether `enabled: auto` means: where the operator has named it.
    var isOnlyWhenNamed = false

    /// Variables of other programs that hold the credential of the provider that has the type's name.
    var keyVariables: [String] = []

    /// Whether it answers in this process, at a pace that its entry sets.
    var isSimulated = false

    static let openAI = KnownProviderType(
        name: "openai", baseURL: "https://api.openai.com/v1", isBuiltInProvider: true,
        keyVariables: ["OPENAI_API_KEY"])
    static let anthropic = KnownProviderType(
        name: "anthropic", baseURL: "https://api.anthropic.com/v1", isBuiltInProvider: true,
        keyVariables: ["ANTHROPIC_API_KEY"])
    static let gemini = KnownProviderType(
        name: "gemini", baseURL: "https://generativelanguage.googleapis.com/v1beta", isBuiltInProvider: true,
        keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
    static let ollama = KnownProviderType(
        name: "ollama", baseURL: "http://127.0.0.1:11434", isBuiltInProvider: true, isOnlyWhenNamed: true)
    static let openAICompatible = KnownProviderType(name: "openai-compatible", requiresBaseURL: true)
    static let huggingFace = KnownProviderType(
        name: "huggingface", baseURL: "https://router.huggingface.co/v1", isBuiltInProvider: true,
        keyVariables: ["HUGGINGFACE_API_KEY", "HF_TOKEN"])
    static let simulated = KnownProviderType(name: "simulated", isBuiltInProvider: true, isSimulated: true)
}

extension [KnownProviderType] {
    /// Those that come with the gateway; the built-in providers among them are tried in this order.
    static var builtIn: Self { [.openAI, .anthropic, .gemini, .openAICompatible, .huggingFace, .ollama, .simulated] }
}
