/// Texts to be turned into vectors.
public struct EmbeddingsRequest: Sendable, Equatable {
    /// One of the inputs.
    public enum Input: Sendable, Equatable {
        /// A text.
        case text(String)
        /// A text that the client has cut into tokens already.
        case tokens([Int])
    }

    /// What a vector is for. Models that know it give another one.
    public struct Purpose: Sendable, Equatable {
        /// Google's word for what is done with it, as `RETRIEVAL_DOCUMENT`.
        public var task: String?
        /// What the text is called.
        public var title: String?

        /// A purpose.
        public init(task: String? = nil, title: String? = nil) { (self.task, self.title) = (task, title) }
    }

    /// The model, as the client named it.
    public var model: String
    /// What to embed, at least one.
    public var inputs: [Input]
    /// What the vector of each input is for, in the inputs' order; empty where the client didn't say.
    public var purposes: [Purpose] = []
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

    /// What the vector of an input is for.
    func purpose(ofInput place: Int) -> Purpose { purposes.indices.contains(place) ? purposes[place] : Purpose() }

    /// What gets lost in formats that have no place for purposes.
    var lostPurposes: [Loss] {
        var losses: [Loss] = []
        if purposes.contains(where: { $0.task != nil }) {
            losses.append(Loss("task_type", "the target isn't told what vectors are for"))
        }
        if purposes.contains(where: { $0.title != nil }) {
            losses.append(Loss("title", "the target isn't told what texts are called"))
        }
        return losses
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
    /// How long it took, where somebody has measured that.
    public var times: AnswerTimes?

    /// An answer.
    public init(model: String, vectors: [[Float]], usage: TokenUsage) {
        (self.model, self.vectors, self.usage) = (model, vectors, usage)
    }

    /// Whether there is a vector for each of these inputs.
    public func answers(_ request: EmbeddingsRequest) -> Bool { vectors.count >= request.inputs.count }
}
