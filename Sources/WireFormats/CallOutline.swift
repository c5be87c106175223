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
    /// Whether something is shown beside text: pictures, documents, sound. Rather once too often than not.
    public var hasMedia = false
    /// Whether the model is offered tools.
    public var hasTools = false
    /// The most that the answer may be long, in tokens, where the client said.
    public var maxOutputTokens: Int?
    /// How many answers are wanted, at least 1.
    public var choices = 1
    /// Whether the call says nothing that a model could answer: it only has one made ready, or let go.
    public var asksNothing = false

    /// Whether the dialogue may hold what another provider left in it, so that ``WireFormat/foreignState(in:at:for:using:)`` must
    /// be asked before the body passes through. Rather once too often than not.
    public var mayHoldForeignState = false

    /// Whether the answer shall be kept, so that the client can come back to it by its id.
    public var stores = false
    /// The kept answer that the call goes on from; nil: from none.
    public var predecessor: Predecessor?

    /// Where the model's name is in the body, quotes included; nil where the path has it.
    var modelRange: Range<Int>?
    /// What makes a body ask for usage.
    var usageEdit: UsageEdit = .none
    /// Where a body repeats the model that its path names, quotes included, in order.
    var repeatedModelRanges: [Range<Int>] = []

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

    /// Of a body that names its model.
    ///
    /// - Throws: ``MalformedBody`` for what is no object, names no model, or two: which of them counts is each reader's
    ///   own affair, and the target's may be another one than ours.
    init(ofCallIn root: JSONNode) throws(MalformedBody) {
        guard root.kind == .object else { throw root.malformed("must be a JSON object") }
        let model = try root.required("model")
        self.init(model: try model.string(), modelRange: model.range)
        guard !self.model.isEmpty else { throw model.malformed("must name a model") }
        guard !root.hasDuplicate("model") else {
            throw MalformedBody(.invalidValue, field: "model", message: "'model' is given twice; give it once.")
        }
    }

    /// Takes in the tools that a call offers; nil: none.
    mutating func readTools(_ tools: JSONNode?) {
        guard let tools else { return }
        let bytes = tools.range.count
        estimatedInputBytes += bytes
        // An empty list is two brackets.
        hasTools = bytes > 2 && !tools.isNull
    }
}

/// An earlier answer that a call goes on from.
public struct Predecessor: Sendable, Equatable {
    /// Its id, as the client knows it.
    public let id: String
    /// What the call's target calls it; nil while it isn't the target's.
    public var idAtTarget: String?
    /// Where the id is in the body, quotes included.
    let range: Range<Int>
}

extension [BodySplice] {
    /// These changes and `others`, which win where the two meet. Both are sorted, and so is what comes out.
    public func overridden(by others: [BodySplice]) -> [BodySplice] {
        let left = filter { own in
            !others.contains { $0.range.overlaps(own.range) || $0.range.contains(own.range.lowerBound) }
        }
        return (left + others).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// The text with these changes made.
    public func applied(to text: UnsafeRawBufferPointer) -> [UInt8] {
        var changed: [UInt8] = []
        changed.reserveCapacity(text.count + reduce(0) { $0 + $1.replacement.count - $1.range.count })
        var position = 0
        for splice in self {
            changed += text[position..<splice.range.lowerBound]
            changed += splice.replacement
            position = splice.range.upperBound
        }
        return changed + text[position...]
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
    /// The ids in it that clients come back with; nil for a format that has none.
    public var ids: AnswerIDs?

    init(model: String? = nil, usage: TokenUsage? = nil, modelRange: Range<Int>? = nil) {
        (self.model, self.usage, self.modelRange) = (model, usage, modelRange)
    }
}
