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
    /// The path, as `/v1/chat/completions`.
    public let path: String
    /// What a call of it wants.
    public let operation: Operation

    /// An endpoint.
    public init(_ method: String, _ path: String, _ operation: Operation) {
        (self.method, self.path, self.operation) = (method, path, operation)
    }
}
