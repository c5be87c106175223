/// A call of a chat model, in nobody's dialect: what every format's request means.
///
/// A format reads into it what it can say, and names what is left in ``unread``; another writes from it what that one
/// can say, and reports the rest as ``Loss``.
public struct ChatRequest: Sendable, Equatable {
    /// The model, as the client named it.
    public var model: String
    /// Whether the turns are a text to be gone on with, rather than something that somebody says.
    public var isPrompt = false
    /// What sets the model up before the first turn: texts, in order.
    public var instructions: [ChatPart]
    /// The dialogue, oldest first.
    public var turns: [ChatTurn]
    /// What the model may call.
    public var tools: [ChatTool] = []
    /// Whether it may, must or must not call; nil when the client didn't say.
    public var toolChoice: ToolChoice?
    /// Whether it may call several tools at once; nil when the client didn't say.
    public var allowsParallelCalls: Bool?
    /// How much it should think; nil when the client didn't say.
    public var reasoning: ReasoningWish?
    /// How the answer is drawn from what the model thinks likely.
    public var sampling = Sampling()
    /// The most that the answer may be long, in tokens; nil: the model's own limit.
    public var maxOutputTokens: Int?
    /// Texts before which the answer ends.
    public var stop: [String] = []
    /// What form the answer must have.
    public var answerForm: AnswerForm = .text
    /// How wordy it should be: `low`, `medium`, `high`; nil when the client didn't say.
    public var verbosity: String?
    /// Whether the answer is wanted in pieces.
    public var streams = false
    /// Whether a streaming client asked for usage.
    public var asksForUsage = false
    /// How many answers are wanted, at least 1.
    public var choices = 1
    /// Of how many likely tokens the probabilities are wanted at each place; 0: of the chosen one only; nil: of none.
    public var logProbabilities: Int?
    /// Who asks, as the client calls them to the provider.
    public var endUser: String?
    /// A mark for the whole dialogue up to here, where the client gave one that belongs to no part.
    public var cacheHint: CacheHint?
    /// Fields that this model has no place for, as the client spelled them, and what becomes of each.
    public var unread: [UnreadField] = []
    /// What the format that read the call must remember to answer in the same manner; nobody else reads it.
    public var manner: String?

    /// A request that leaves everything else to the model.
    public init(model: String, instructions: [ChatPart] = [], turns: [ChatTurn] = []) {
        (self.model, self.instructions, self.turns) = (model, instructions, turns)
    }
}

/// How an answer is drawn from what the model thinks likely; nil: the model's own way.
public struct Sampling: Sendable, Equatable {
    /// 0 is the least random; formats differ in the highest, 1 or 2.
    public var temperature: Double?
    /// The share of probability to draw from, 0 to 1.
    public var topP: Double?
    /// How many tokens to draw from.
    public var topK: Int?
    /// The least probability, as a share of the likeliest token's, 0 to 1.
    public var minP: Double?
    /// -2 to 2: above 0 makes what was said often unlikely.
    public var frequencyPenalty: Double?
    /// -2 to 2: above 0 makes what was said at all unlikely.
    public var presencePenalty: Double?
    /// Makes answers repeatable where the model can.
    public var seed: Int?
    /// By token: makes it likely or unlikely; a JSON object, carried as it was written.
    public var logitBias: [UInt8]?

    /// Everything the model's own way.
    public init() {}
}

/// What form an answer must have.
public enum AnswerForm: Sendable, Equatable {
    /// Anything.
    case text
    /// Some JSON object.
    case jsonObject
    /// JSON by a schema.
    case schema(AnswerSchema)
}

/// The JSON schema that an answer must follow.
public struct AnswerSchema: Sendable, Equatable {
    /// What the client calls it.
    public var name: String?
    /// What it is for.
    public var description: String?
    /// JSON, carried as it was written.
    public var schema: [UInt8]
    /// Whether the provider shall guarantee it; nil when the client didn't say.
    public var isStrict: Bool?

    /// A schema.
    public init(name: String? = nil, description: String? = nil, schema: [UInt8], isStrict: Bool? = nil) {
        (self.name, self.description, self.schema, self.isStrict) = (name, description, schema, isStrict)
    }
}

/// How much a model should think before it answers.
public enum ReasoningWish: Sendable, Equatable {
    /// Not at all.
    case off
    /// As much as it sees fit.
    case adaptive
    /// By a word: `minimal`, `low`, `medium`, `high`, `xhigh`, `max`.
    case effort(String)
    /// Up to so many tokens.
    case budget(Int)

    /// The word that says as much; nil for what has none. (SPEC section 5)
    public var effortWord: String? {
        switch self {
        case .off: "none"
        case .adaptive: nil
        case .effort(let word): word
        case .budget(let tokens): tokens <= 2048 ? "low" : tokens <= 16_384 ? "medium" : "high"
        }
    }

    /// The tokens that it comes to; nil for ``off`` and ``adaptive``. (SPEC section 5)
    public var budgetTokens: Int? {
        switch self {
        case .off, .adaptive: nil
        case .effort("minimal"), .effort("low"): 1024
        case .effort("medium"): 8192
        case .effort("none"): nil
        case .effort: 24_576
        case .budget(let tokens): tokens
        }
    }
}
