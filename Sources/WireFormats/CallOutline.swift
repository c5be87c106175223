/// What must be known of a request's body before it is sent on: little enough to be found in one pass.
public struct CallOutline: Sendable {
    /// The model that the client named.
    public var model: String
    /// Whether the client wants a stream.
    public var streams = false
    /// Whether the client wants to see a stream's usage.
    public var asksForUsage = false
    /// How much text there is to read, in bytes as written: what an estimate of its tokens goes by.
    public var estimatedInputBytes = 0
    /// The most that the answer may be long, in tokens, where the client said.
    public var maxOutputTokens: Int?
    /// How many answers are wanted, at least 1.
    public var choices = 1

    /// Where the model's name is in the body, quotes included; nil where the path has it.
    var modelRange: Range<Int>?
    /// What makes a body ask for usage.
    var usageEdit: UsageEdit = .none
    /// Where a body repeats the model that its path names, quotes included, in order.
    var repeatedModelRanges: [Range<Int>] = []
    /// What of the body the target can't take, sorted; taken out before it is sent on.
    var removals: [Range<Int>] = []

    /// How a body is made to ask for its stream's usage.
    enum UsageEdit: Sendable {
        /// Nothing to do: it asks, or the format has nothing to ask with.
        case none
        /// Put this text in place of the range's, which may be empty.
        case replace(Range<Int>, with: StaticString)
    }

    init(model: String, modelRange: Range<Int>? = nil) {
        (self.model, self.modelRange) = (model, modelRange)
    }
}

/// A change to a body: some bytes in place of others. Several are sorted and don't overlap.
public struct BodySplice: Sendable, Equatable {
    /// What is replaced; empty where something is put in between.
    public let range: Range<Int>
    /// What comes in its place.
    public let replacement: [UInt8]

    /// A change.
    public init(_ range: Range<Int>, _ replacement: [UInt8]) {
        (self.range, self.replacement) = (range, replacement)
    }
}

/// What must be known of a whole answer that passes through.
public struct AnswerOutline: Sendable, Equatable {
    /// The model that the upstream says has answered.
    public var model: String?
    /// What it used, where the answer says.
    public var usage: TokenUsage?
    /// Where the model's name is in the body, quotes included.
    public var modelRange: Range<Int>?

    init(model: String? = nil, usage: TokenUsage? = nil, modelRange: Range<Int>? = nil) {
        (self.model, self.usage, self.modelRange) = (model, usage, modelRange)
    }
}
