/// A call of a chat model, in nobody's dialect: what every format's request means.
public struct ChatRequest: Sendable, Equatable {
    /// The model, as the client named it.
    public var model: String
    /// System texts that come before the first turn, in order.
    public var instructions: [String]
    /// The dialogue, oldest first.
    public var turns: [ChatTurn]
    /// What the model may call.
    public var tools: [ChatTool] = []
    /// Whether it may, must or must not call; nil when the client didn't say.
    public var toolChoice: ToolChoice?
    /// The most that the answer may be long, in tokens; nil: the model's own limit.
    public var maxOutputTokens: Int?
    /// Texts before which the answer ends.
    public var stop: [String] = []
    /// 0 is the least random; nil: the model's own.
    public var temperature: Double?
    /// The share of probability to draw from, 0 to 1; nil: the model's own.
    public var topP: Double?
    /// Makes answers repeatable where the model can.
    public var seed: Int?
    /// What form the answer must have.
    public var answerForm: AnswerForm = .text
    /// Whether the answer is wanted in pieces.
    public var streams = false
    /// Whether a streaming client asked for usage.
    public var asksForUsage = false
    /// How many answers are wanted, at least 1.
    public var choices = 1

    /// A request that leaves everything else to the model.
    public init(model: String, instructions: [String] = [], turns: [ChatTurn] = []) {
        (self.model, self.instructions, self.turns) = (model, instructions, turns)
    }
}

/// What form an answer must have.
public enum AnswerForm: Sendable, Equatable {
    /// Anything.
    case text
    /// Some JSON object.
    case jsonObject
    /// JSON by a schema, which is JSON itself, carried as it was written.
    case schema(name: String?, [UInt8])
}

/// What one side said before the other spoke.
public struct ChatTurn: Sendable, Equatable {
    /// Who speaks.
    public enum Speaker: String, Sendable {
        /// The person, or what stands for one; also whoever reports the results of tools.
        case user
        /// The model.
        case assistant
        /// Whoever set the model up, once the dialogue is under way.
        case system
    }

    /// Who speaks.
    public var speaker: Speaker
    /// What is said, in order.
    public var parts: [ChatPart]

    /// A turn of these parts.
    public init(_ speaker: Speaker, _ parts: [ChatPart]) {
        (self.speaker, self.parts) = (speaker, parts)
    }

    /// A turn that is one text.
    public init(_ speaker: Speaker, _ text: String) {
        self.init(speaker, [.text(text)])
    }

    /// All its texts, one after the other.
    public var text: String {
        parts.reduce(into: "") { text, part in
            if case .text(let more) = part { text += more }
        }
    }
}

/// A piece of a turn or of an answer.
public enum ChatPart: Sendable, Equatable {
    /// Plain text.
    case text(String)
    /// A picture.
    case image(ImageReference)
    /// The model calls a tool.
    case toolCall(ToolCall)
    /// What a tool said.
    case toolResult(ToolResult)
}

/// Where a picture is.
public struct ImageReference: Sendable, Equatable {
    /// Its address: `https:`, or `data:` with the picture in it.
    public var url: String
    /// How closely to look: `low`, `high`, `auto`; nil when the client didn't say.
    public var detail: String?

    /// A picture at an address.
    public init(url: String, detail: String? = nil) {
        (self.url, self.detail) = (url, detail)
    }
}

/// A model's call of a tool.
public struct ToolCall: Sendable, Equatable {
    /// Pairs the call with its result.
    public var id: String
    /// The tool's name.
    public var name: String
    /// What the model wrote, usually a JSON object; not checked, because models err.
    public var arguments: String

    /// A call.
    public init(id: String, name: String, arguments: String) {
        (self.id, self.name, self.arguments) = (id, name, arguments)
    }
}

/// What a tool said.
public struct ToolResult: Sendable, Equatable {
    /// The ``ToolCall/id`` of the call that it answers.
    public var callID: String
    /// What it said.
    public var text: String
    /// Whether the tool failed.
    public var isError: Bool

    /// The answer to a call.
    public init(callID: String, text: String, isError: Bool = false) {
        (self.callID, self.text, self.isError) = (callID, text, isError)
    }
}

/// Something that the model may call.
public struct ChatTool: Sendable, Equatable {
    /// What it is called by.
    public var name: String
    /// What it is good for.
    public var description: String?
    /// The JSON schema of its arguments, carried as it was written; nil: it takes none.
    public var schema: [UInt8]?

    /// A tool.
    public init(name: String, description: String? = nil, schema: [UInt8]? = nil) {
        (self.name, self.description, self.schema) = (name, description, schema)
    }
}

/// Whether the model may call tools.
public enum ToolChoice: Sendable, Equatable {
    /// As it likes.
    case auto
    /// It must not.
    case none
    /// It must call one, whichever.
    case required
    /// It must call this one.
    case named(String)
}
