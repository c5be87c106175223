/// The name of a wire format, as configuration and metrics spell it. Open: a program that embeds the gateway may add its own.
public struct FormatID: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// As in `api_formats: [openai-chat]`.
    public let name: String

    /// A format by its name.
    public init(_ name: String) { self.name = name }

    /// A format by its name.
    public init(stringLiteral name: String) { self.name = name }

    /// The name.
    public var description: String { name }

    /// OpenAI's Chat Completions.
    public static let openAIChat: FormatID = "openai-chat"
    /// OpenAI's legacy Completions.
    public static let openAICompletions: FormatID = "openai-completions"
    /// OpenAI's Responses.
    public static let openAIResponses: FormatID = "openai-responses"
    /// OpenAI's Embeddings.
    public static let openAIEmbeddings: FormatID = "openai-embeddings"
    /// Anthropic's Messages.
    public static let anthropicMessages: FormatID = "anthropic-messages"
    /// Gemini's `generateContent` and its relatives.
    public static let gemini: FormatID = "gemini"
    /// Ollama's own API.
    public static let ollama: FormatID = "ollama"
    /// Bedrock's Converse; spoken to providers only.
    public static let bedrockConverse: FormatID = "bedrock-converse"
    /// Text Generation Inference's own API; spoken to providers only.
    public static let huggingFaceTGI: FormatID = "huggingface-tgi"
}

/// What a call wants.
public enum Operation: String, Sendable, Hashable, CaseIterable {
    /// An answer of a model, whole or streamed.
    case chat
    /// Vectors for texts.
    case embeddings
    /// The number of tokens of a request.
    case tokenCount
    /// The models that there are.
    case modelList
    /// An answer that was stored, to be read or deleted.
    case storedResponse
}

/// A path that a format answers at.
public struct FormatEndpoint: Sendable, Hashable {
    /// The HTTP method, in capitals.
    public let method: String
    /// The path, as `/v1/chat/completions`; `{model}` stands for a model's name, which may hold slashes.
    public let path: String
    /// What a call of it wants.
    public let operation: Operation
    /// Whether anybody may ask it, with a key or without: it tells nothing of anyone.
    public let isOpen: Bool

    /// An endpoint.
    public init(_ method: String, _ path: String, _ operation: Operation, isOpen: Bool = false) {
        (self.method, self.path, self.operation, self.isOpen) = (method, path, operation, isOpen)
    }
}

/// Where a call arrived: what its path and query say beside its body.
public struct CallPlace: Sendable, Hashable {
    /// The endpoint.
    public let endpoint: FormatEndpoint
    /// The model that the path names, its escapes undone; nil where the body names it.
    public let model: String?
    /// The query, without its question mark, as it was sent; empty without one.
    public let query: String

    /// A place.
    public init(_ endpoint: FormatEndpoint, model: String? = nil, query: String = "") {
        (self.endpoint, self.model, self.query) = (endpoint, model, query)
    }
}
