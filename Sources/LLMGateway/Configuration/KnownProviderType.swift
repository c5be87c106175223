/// What the configuration has to know of a provider type; everything else is the provider's own affair.
public struct KnownProviderType: Sendable, Equatable {
    /// What `type:` calls it.
    public let name: String

    /// Where it is, unless the entry says otherwise.
    var baseURL: String?

    /// Whether an entry of this type has to say where it is.
    var requiresBaseURL = false

    /// Whether a provider of this name is there without being configured.
    var isBuiltInProvider = false

    /// Whether `enabled: auto` means: where the operator has named it, and else while it is found at its usual address.
    var isSought = false

    /// Another program's variable that says where the provider of the type's name is, as ``OllamaHost`` reads it.
    var hostVariable: String?

    /// Variables of other programs that hold the credential of the provider that has the type's name.
    var keyVariables: [String] = []

    /// The settings of ``PlatformSettings`` that it has, and for each the platform's own variables for it.
    var platform: [PlatformSettings.Key: [String]] = [:]

    /// The keys that its entries have under `options`.
    var options: [Option] = []

    /// A setting that only this type has.
    public struct Option: Sendable, Equatable {
        let name: String
        let help: String

        /// - Parameters:
        ///   - name: The key, in lower case with `_` between words.
        ///   - help: One sentence: what it does, and what holds when it isn't set.
        public init(_ name: String, _ help: String) { (self.name, self.help) = (name, help) }
    }

    /// Whether nobody is paid for its answers.
    var isFree = false

    /// Whether its requests are signed for AWS, with what ``AWSSettings`` says.
    var isOnAWS = false

    /// Whether its requests may carry a token of Azure's, from whom ``AzureIdentity`` says.
    var isOnAzure = false

    /// What OpenTelemetry's conventions call it (`gen_ai.provider.name`); nil: they have no name for it.
    var conventionalName: String?

    /// Whether it answers in this process, at a pace that its entry sets.
    var isSimulated = false

    /// A type of a program's own; entries under `providers:` name it.
    ///
    /// - Parameters:
    ///   - name: What `type:` calls it.
    ///   - baseURL: Where it is, unless an entry says otherwise.
    ///   - requiresBaseURL: Whether an entry has to say where it is.
    ///   - options: The keys that its entries have under `options`.
    public static func own(
        _ name: String, baseURL: String? = nil, requiresBaseURL: Bool = false, options: [Option] = []
    ) -> KnownProviderType {
        KnownProviderType(name: name, baseURL: baseURL, requiresBaseURL: requiresBaseURL, options: options)
    }

    static let openAI = KnownProviderType(
        name: "openai", baseURL: "https://api.openai.com/v1", isBuiltInProvider: true,
        keyVariables: ["OPENAI_API_KEY"], conventionalName: "openai")
    static let anthropic = KnownProviderType(
        name: "anthropic", baseURL: "https://api.anthropic.com/v1", isBuiltInProvider: true,
        keyVariables: ["ANTHROPIC_API_KEY"], conventionalName: "anthropic")
    static let gemini = KnownProviderType(
        name: "gemini", baseURL: "https://generativelanguage.googleapis.com/v1beta", isBuiltInProvider: true,
        keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"], conventionalName: "gcp.gemini")
    static let vertexGemini = KnownProviderType(
        name: "vertex-gemini", platform: googleCloud, conventionalName: "gcp.vertex_ai")
    static let vertexAnthropic = KnownProviderType(
        name: "vertex-anthropic", platform: googleCloud, conventionalName: "gcp.vertex_ai")
    static let azureOpenAI = KnownProviderType(
        name: "azure-openai", requiresBaseURL: true,
        platform: [.apiVersion: [], .deployments: [], .accessToken: []], isOnAzure: true,
        conventionalName: "azure.ai.openai")
    static let ollama = KnownProviderType(
        name: "ollama", baseURL: "http://127.0.0.1:11434", isBuiltInProvider: true, isSought: true,
        hostVariable: "OLLAMA_HOST", isFree: true)
    static let openAICompatible = KnownProviderType(name: "openai-compatible", requiresBaseURL: true)
    static let huggingFace = KnownProviderType(
        name: "huggingface", baseURL: "https://router.huggingface.co/v1", isBuiltInProvider: true,
        keyVariables: ["HUGGINGFACE_API_KEY", "HF_TOKEN"])
    static let bedrock = KnownProviderType(
        name: "bedrock", keyVariables: ["AWS_BEARER_TOKEN_BEDROCK"],
        platform: [.location: ["AWS_REGION", "AWS_DEFAULT_REGION"]], isOnAWS: true,
        conventionalName: "aws.bedrock")
    static let simulated = KnownProviderType(
        name: "simulated", isBuiltInProvider: true, isFree: true, isSimulated: true)

    private static let googleCloud: [PlatformSettings.Key: [String]] = [
        .project: ["GOOGLE_CLOUD_PROJECT"], .location: ["GOOGLE_CLOUD_LOCATION"],
        .credentialsFile: ["GOOGLE_APPLICATION_CREDENTIALS"], .accessToken: [],
    ]
}

extension [KnownProviderType] {
    /// Those that come with the gateway; the built-in providers among them are tried in this order.
    public static var builtIn: Self {
        [
            .openAI, .anthropic, .gemini, .vertexGemini, .vertexAnthropic, .azureOpenAI, .openAICompatible,
            .huggingFace, .ollama, .bedrock, .simulated,
        ]
    }
}
