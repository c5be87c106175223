/// Reads one format's chat calls and writes its answers: what a format needs whose clients are served by targets that
/// speak another.
public protocol ChatCodec: Sendable {
    /// Reads a call. Fields that the canonical model has no place for are named in ``ChatRequest/unread``.
    ///
    /// - Throws: ``MalformedBody`` naming the field and what was expected there.
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest

    /// Writes a whole answer behind what `body` holds.
    func encode(_ response: ChatResponse, to call: AnsweredCall, into body: inout [UInt8])

    /// Writes one streamed answer.
    func makeStreamWriter(to call: AnsweredCall) -> any ChatStreamWriter

    /// Whether every client hands back such a state with what it came with, because the format has a place of its own
    /// for it. Elsewhere it is up to the client, which may not know the field.
    ///
    /// - Parameter origin: As in ``OpaqueState/origin``.
    func handsBackState(of origin: String) -> Bool
}

extension ChatCodec {
    /// It is up to the client.
    public func handsBackState(of origin: String) -> Bool { false }
}

/// Writes one streamed answer, event by event.
public protocol ChatStreamWriter {
    /// Writes what `event` is on the wire, framed, behind what `stream` holds; nothing for an event that doesn't show.
    ///
    /// ``ChatEvent/finish(_:)`` doesn't end the stream, since usage may follow: ``end(into:)`` does.
    mutating func write(_ event: ChatEvent, into stream: inout [UInt8])

    /// Told right before ``end(into:)`` how long the answer took.
    mutating func note(_ times: AnswerTimes)

    /// Writes what ends a stream that has come to its end.
    mutating func end(into stream: inout [UInt8])

    /// Writes what ends a stream that broke, wherever it is: never what looks like an end.
    mutating func fail(_ failure: ChatFailure, requestID: String, into stream: inout [UInt8])

    /// The answer as one that isn't streamed, once the stream has ended: what is kept of it. nil for a format whose
    /// clients don't come back to answers.
    var wholeAnswer: [UInt8]? { get }
}

extension ChatStreamWriter {
    /// Most formats don't say.
    public mutating func note(_ times: AnswerTimes) {}

    /// Nobody comes back.
    public var wholeAnswer: [UInt8]? { nil }
}

/// What an answer must know of its call. A reference, because many hold it and it never changes.
public final class AnsweredCall: Sendable {
    /// The call, as it was read.
    public let request: ChatRequest
    /// Where it arrived.
    public let place: CallPlace
    /// An id of the gateway's making, without the prefix that a format's ids have: letters and digits.
    public let id: String
    /// In seconds since 1970.
    public let created: Int
    /// How many tokens the call's input probably is; for formats that say so before the upstream does.
    public let estimatedInput: Int
    /// The whole id by which the client can come back to the answer; nil: it isn't kept.
    public let storedID: String?
    /// The id of the answer that the call goes on from, as the client gave it; nil: from none.
    public let predecessor: String?

    /// A call.
    public init(
        _ request: consuming ChatRequest, at place: CallPlace, id: String, created: Int, estimatedInput: Int = 0,
        storedID: String? = nil, predecessor: String? = nil
    ) {
        (self.request, self.place) = (request, place)
        (self.id, self.created, self.estimatedInput) = (id, created, estimatedInput)
        (self.storedID, self.predecessor) = (storedID, predecessor)
    }
}

/// Writes one format's chat calls and reads its answers: what a format needs whose servers are targets of clients that
/// speak another.
public protocol UpstreamChatCodec: Sendable {
    /// Writes a call behind what `body` holds. ``ChatRequest/model`` is the target's name for the model already.
    ///
    /// - Returns: What could not be said, each field once. ``ChatRequest/unread`` is not this function's affair.
    /// - Throws: ``Untranslatable`` where the answer would mean something else; `body` is then of no use.
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss]

    /// Reads a whole answer. Usage, the reason to stop and the message may be missing.
    ///
    /// - Throws: ``MalformedBody`` when the format's main field isn't there.
    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse

    /// Reads one streamed answer.
    func makeStreamReader() -> any ChatStreamReader

    /// The content type of streamed answers, in lower case, without parameters.
    var streamContentType: String { get }

    /// The names of tools that the servers take; others are replaced. nil: they take any.
    var toolNames: ToolNameRule? { get }

    /// Whether the format has tools that take text instead of arguments.
    var takesCustomTools: Bool { get }

    /// The addresses of pictures that the servers go to by themselves.
    var readableAddresses: ReadableAddresses { get }

    /// Whether a schema is asked for in another way where ``TargetTraits/takesSchema`` is false.
    var emulatesSchemas: Bool { get }

    /// Whose state a model hands out and wants back, as in ``OpaqueState/origin``; nil: nobody's.
    ///
    /// - Parameter model: The target's name for it.
    func stateOrigin(of model: String) -> String?
}

extension UpstreamChatCodec {
    /// Server-sent events.
    public var streamContentType: String { "text/event-stream" }

    /// Any.
    public var toolNames: ToolNameRule? { nil }

    /// It hasn't.
    public var takesCustomTools: Bool { false }

    /// All.
    public var readableAddresses: ReadableAddresses { .all }

    /// The model must take it.
    public var emulatesSchemas: Bool { false }

    /// Nobody's.
    public func stateOrigin(of model: String) -> String? { nil }
}

/// Reads one streamed answer, however its bytes are split. One for each stream, on the stream's event loop.
public protocol ChatStreamReader: AnyObject {
    /// Reads what came, and appends what it says.
    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent])

    /// The upstream has ended the stream: appends what that means. Whether the answer is whole is not its affair: it is
    /// when ``isComplete``.
    func finish(using tape: JSONTape, into events: inout [ChatEvent])

    /// Whether the answer is whole: the reason why it ended was told, in whatever way the format does.
    var isComplete: Bool { get }

    /// Whether the first event isn't of this format.
    var isForeign: Bool { get }
}

/// What a codec must know of the model that a call goes to.
public struct TargetTraits: Sendable {
    /// The longest answer that the model gives, in tokens; nil where nobody knows.
    public var longestAnswer: Int?
    /// How the model is asked to think, where its format has more than one way; nil where nobody knows.
    public var reasoning: ReasoningStyle?
    /// Whether the model can be told how to draw its answers, by a temperature and the like; nil where nobody knows.
    public var takesSampling: Bool?
    /// Whether the model can be held to a JSON schema; nil where nobody knows.
    public var takesSchema: Bool?
    /// Whether a stream may be asked to tell what it used; false for servers that refuse such a wish.
    public var takesUsageWish = true

    /// How a model is asked to think.
    public enum ReasoningStyle: Sendable {
        /// It doesn't.
        case none
        /// By a number of tokens.
        case budget
        /// By a word, or not at all: it decides by itself.
        case adaptive
    }

    /// What is known of a model.
    public init(
        longestAnswer: Int? = nil, reasoning: ReasoningStyle? = nil, takesSampling: Bool? = nil,
        takesSchema: Bool? = nil
    ) {
        (self.longestAnswer, self.reasoning, self.takesSampling) = (longestAnswer, reasoning, takesSampling)
        self.takesSchema = takesSchema
    }
}

/// Reads one format's embeddings calls and writes its answers.
public protocol EmbeddingsCodec: Sendable {
    /// Reads a call.
    ///
    /// - Throws: ``MalformedBody`` naming the field and what was expected there.
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> EmbeddingsRequest

    /// Writes the answer behind what `body` holds, in the encoding that the call asked for.
    func encode(
        _ response: EmbeddingsResponse, to request: EmbeddingsRequest, at place: CallPlace, into body: inout [UInt8])
}

/// Writes one format's embeddings calls and reads its answers.
public protocol UpstreamEmbeddingsCodec: Sendable {
    /// Writes a call behind what `body` holds.
    ///
    /// - Throws: ``Untranslatable`` for inputs that the format can't say, as tokens.
    func encode(_ request: EmbeddingsRequest, into body: inout [UInt8]) throws(Untranslatable) -> [Loss]

    /// Reads an answer; its model may be empty.
    ///
    /// - Throws: ``MalformedBody`` when the vectors aren't there.
    func decode(answer: JSONNode) throws(MalformedBody) -> EmbeddingsResponse
}
