/// A piece of an answer. Events tell an answer in this order: one ``start(id:model:)``; texts and tool calls;
/// ``usage(_:)``, where it is known, the last one counts; one ``finish(_:)``, after which nothing comes.
public enum ChatEvent: Sendable, Equatable {
    /// The answer begins.
    case start(id: String, model: String)
    /// More text.
    case textDelta(String)
    /// A tool call begins. Calls are numbered from 0, apart from texts.
    case toolStart(index: Int, id: String, name: String)
    /// More of a tool call's arguments.
    case toolArgumentsDelta(index: Int, String)
    /// A tool call is whole.
    case toolEnd(index: Int)
    /// What was used up to here; replaces what was said before.
    case usage(TokenUsage)
    /// The answer is whole.
    case finish(StopReason)
}

/// Why an answer ended.
public enum StopReason: Sendable, Equatable {
    /// The model had said all.
    case endTurn
    /// The model wrote one of the texts to stop at; which one, where that is known.
    case stopSequence(String?)
    /// The answer reached the longest that was allowed.
    case maxTokens
    /// The model waits for the results of its calls.
    case toolCall
    /// The provider held something back.
    case contentFiltered
    /// The model refused.
    case refusal
    /// The dialogue filled the model's context.
    case contextFull
    /// The provider paused while a tool of its own runs.
    case paused
    /// A reason of the provider's that has no name here.
    case other(String)
}

/// What a call used, in tokens. The input's parts don't overlap; all are 0 or more.
public struct TokenUsage: Sendable, Equatable {
    /// Input read afresh.
    public var inputUncached: Int
    /// Input found in the provider's cache.
    public var cacheRead: Int
    /// Input put into the provider's cache.
    public var cacheWrite: Int
    /// Output, reasoning included.
    public var output: Int
    /// The part of the output that was reasoning.
    public var reasoning: Int

    /// What was used; negative counts become 0.
    public init(inputUncached: Int = 0, cacheRead: Int = 0, cacheWrite: Int = 0, output: Int = 0, reasoning: Int = 0) {
        self.inputUncached = max(0, inputUncached)
        self.cacheRead = max(0, cacheRead)
        self.cacheWrite = max(0, cacheWrite)
        self.output = max(0, output)
        self.reasoning = max(0, reasoning)
    }

    /// All input, cached or not.
    public var input: Int { inputUncached + cacheRead + cacheWrite }

    /// All input and output.
    public var total: Int { input + output }
}
