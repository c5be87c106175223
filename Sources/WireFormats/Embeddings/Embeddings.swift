/// Texts to be turned into vectors.
public struct EmbeddingsRequest: Sendable, Equatable {
    /// One of the inputs.
    public enum Input: Sendable, Equatable {
        /// A text.
        case text(String)
        /// A text that the client has cut into tokens already.
        case tokens([Int])
    }

    /// The model, as the client named it.
    public var model: String
    /// What to embed, at least one.
    public var inputs: [Input]
    /// The vectors' length; nil: the model's own.
    public var dimensions: Int?
    /// Whether the client wants each vector as base64 of little-endian 32-bit floats.
    public var base64 = false
    /// Fields of the call that have no place here.
    public var unread: [UnreadField] = []

    /// A request.
    public init(model: String, inputs: [Input], dimensions: Int? = nil, base64: Bool = false) {
        (self.model, self.inputs, self.dimensions, self.base64) = (model, inputs, dimensions, base64)
    }
}

/// The vectors of an ``EmbeddingsRequest``.
public struct EmbeddingsResponse: Sendable, Equatable {
    /// The model that answered.
    public var model: String
    /// One vector for each input, in the inputs' order.
    public var vectors: [[Float]]
    /// What it used; the output is 0.
    public var usage: TokenUsage

    /// An answer.
    public init(model: String, vectors: [[Float]], usage: TokenUsage) {
        (self.model, self.vectors, self.usage) = (model, vectors, usage)
    }
}
