/// A piece of an answer.
///
/// Events tell an answer in this order: one ``start(id:model:)``; pieces, each of them whole before the next begins, but
/// for tool calls, which may interleave; ``usage(_:)``, where it is known, the last one counts; one ``finish(_:)``, after
/// which at most a ``usage(_:)`` comes. ``failure(_:)`` ends an answer that did not come to its end.
public enum ChatEvent: Sendable, Equatable {
    /// The answer begins. Empty where the upstream doesn't say.
    case start(id: String, model: String)
    /// More text.
    case textDelta(String)
    /// What the provider wants back with the text that was told last.
    case textState(OpaqueState)
    /// More of what the model thinks.
    case reasoningDelta(String)
    /// A piece of reasoning is whole; what the provider wants back with it.
    case reasoningEnd(OpaqueState?)
    /// Reasoning that the provider keeps to itself.
    case hiddenReasoning(OpaqueState)
    /// More of a refusal in words.
    case refusalDelta(String)
    /// A tool call begins. Calls are numbered from 0 on, apart from texts. The state belongs to the call.
    case toolStart(index: Int, id: String, name: String, state: OpaqueState? = nil)
    /// More of a tool call's arguments.
    case toolArgumentsDelta(index: Int, String)
    /// A tool call is whole.
    case toolEnd(index: Int)
    /// A piece that only its own provider understands.
    case foreign(ForeignPart)
    /// What was used up to here; replaces what was said before.
    case usage(TokenUsage)
    /// The answer is whole.
    case finish(StopReason)
    /// The upstream is alive, and has nothing to say yet.
    case ping
    /// The upstream says that it failed. Nothing comes after.
    case failure(UpstreamFailureBody)
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
    /// The model called a tool in a way that nobody understands.
    case malformedCall
    /// A reason of the provider's that has no name here.
    case other(String)

    /// The reason, seen together with what was said: who called a tool waits for it, unless the answer was cut.
    public func given(toolCalls: Bool) -> StopReason {
        switch self {
        case .endTurn, .stopSequence, .other: toolCalls ? .toolCall : self
        case .toolCall: toolCalls ? self : .endTurn
        default: self
        }
    }
}

/// What a call used, in tokens. The input's parts don't overlap; all are from 0 to ``most``.
public struct TokenUsage: Sendable, Equatable {
    /// Input read afresh.
    public var inputUncached: Int
    /// Input found in the provider's cache.
    public var cacheRead: Int
    /// Input put into the provider's cache, to be kept for the usual time.
    public var cacheWrite: Int
    /// The part of ``cacheWrite`` that is kept for an hour.
    public var cacheWriteLong: Int
    /// Output, reasoning included.
    public var output: Int
    /// The part of the output that was reasoning; never more than the output, even where an upstream says so.
    public var reasoning: Int

    /// More than any call uses, and few enough that no sum of some overflows, whatever an upstream says.
    public static let most = 1 << 48

    /// A count as it can be: negative ones become 0, and none is greater than ``most``.
    static func bounded(_ count: Int) -> Int { min(max(0, count), most) }

    /// What was used; each count is bounded, so upstreams may say what they like.
    public init(
        inputUncached: Int = 0, cacheRead: Int = 0, cacheWrite: Int = 0, cacheWriteLong: Int = 0, output: Int = 0,
        reasoning: Int = 0
    ) {
        self.inputUncached = Self.bounded(inputUncached)
        self.cacheRead = Self.bounded(cacheRead)
        self.cacheWrite = Self.bounded(cacheWrite)
        self.cacheWriteLong = Self.bounded(cacheWriteLong)
        self.output = Self.bounded(output)
        self.reasoning = min(max(0, reasoning), self.output)
    }

    /// All input, cached or not.
    public var input: Int { Self.sum(Self.sum(inputUncached, cacheRead), cacheWrite) }

    /// All input and output.
    public var total: Int { Self.sum(input, output) }

    /// What a program sets itself may be anything: a sum stays at the largest number there is.
    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, isTooLarge) = a.addingReportingOverflow(b)
        return isTooLarge ? .max : sum
    }
}
