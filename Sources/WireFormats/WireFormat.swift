/// How one API spells its calls: where they arrive, what must be known of them, how their failures look.
///
/// A format knows no other format. What differs between two is settled in ``ChatRequest`` and ``ChatEvent``, by way
/// of ``chat``; a body whose target speaks its own format is not decoded at all, only outlined and edited.
public protocol WireFormat: Sendable {
    /// Its name.
    var id: FormatID { get }

    /// The paths that it answers at; no two formats share one.
    var endpoints: [FormatEndpoint] { get }

    /// The content type of the streams of a call: `text/event-stream; charset=utf-8`.
    func streamContentType(at place: CallPlace) -> String

    /// Checks what every provider would need, and finds what must be known.
    ///
    /// - Throws: ``MalformedBody`` for what is no JSON object, has no model, two of them, or none of the format's
    ///   main field, or has the wrong type in a field that is read here.
    func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline

    /// The edits that make the client's body fit its target: another model's name, and a wish for usage where the
    /// stream would come without. Empty when the body can go out as it is.
    func splices(_ outline: CallOutline, model: String, askForUsage: Bool) -> [BodySplice]

    /// What must change in a body that passes through because its dialogue comes from another provider; to be asked
    /// where ``CallOutline/mayHoldForeignState``.
    ///
    /// - Parameter model: The target's name for it.
    func foreignState(
        in body: UnsafeRawBufferPointer, at place: CallPlace, for model: String, using tape: JSONTape
    ) -> ForeignState

    /// Reads a whole answer of a successful call. Usage may be missing.
    ///
    /// - Throws: ``MalformedBody`` when it isn't an answer of this format.
    func readAnswer(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> AnswerOutline

    /// Follows a streamed answer of this format that passes through.
    ///
    /// - Parameters:
    ///   - hidesUsage: Whether the client didn't ask for the extra event that brings it.
    ///   - choices: How many answers come in the stream, as ``CallOutline/choices`` says.
    func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap

    /// Reads an upstream's error body; nil when nothing in it can be understood.
    func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody?

    /// The header of an error answer that names the kind of the failure, in lower case; nil: the body says all.
    var failureHeader: StaticString? { get }

    /// Reads an upstream's error body together with ``failureHeader``.
    ///
    /// - Parameter header: The header's value; nil: it isn't there.
    func readFailure(
        _ body: UnsafeRawBufferPointer, header: String?, using tape: JSONTape
    ) -> UpstreamFailureBody?

    /// The body of an error answer.
    func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8]

    /// What ends a broken stream, framed. ``StreamTap/failureEvent(_:requestID:)`` knows better once there is a tap.
    func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8]

    /// The body of an answer that says how many tokens a call's input is; nil for a format that nobody asks for that.
    func tokenCountBody(_ tokens: Int) -> [UInt8]?

    /// The whole answer to a call that ``CallOutline/asksNothing``, where its target has no such calls; nil for a format
    /// without them.
    ///
    /// - Parameters:
    ///   - model: What the answer calls the model.
    ///   - created: In seconds since 1970.
    func answerToNothing(_ body: JSONNode, at place: CallPlace, model: String, created: Int) -> [UInt8]?

    /// The body of an answer that lists models; nil for a format whose clients have no such list.
    func modelListBody(_ models: [ModelEntry]) -> [UInt8]?

    /// The body of an answer that tells of one model; nil as above.
    func modelBody(_ model: ModelEntry) -> [UInt8]?

    /// The header by which a request for a list that several formats have says that it is this one's; nil: none.
    var modelListHeader: StaticString? { get }

    /// The names in a list of models that an upstream sent; nil for what is none.
    func readModelList(_ list: JSONNode) -> [String]?

    /// What a model that a list names answers to as well; nil: nothing.
    func otherName(ofListed name: String) -> String?

    /// The paths at which clients ask what is no call; `{model}` stands for a model's name.
    var inquiries: [FormatEndpoint] { get }

    /// Answers what was asked at one of ``inquiries``.
    ///
    /// - Parameter body: What was sent along; nil for nothing, and for what is no JSON.
    func answer(_ inquiry: Inquiry, _ body: JSONNode?) -> InquiryAnswer

    /// Where an event of a stream names the model, quotes included; nil for one that doesn't.
    func modelRange(in event: JSONNode) -> Range<Int>?

    /// What a stream is wrapped in for clients at `place`, who want it in another frame than targets send it in; nil: it
    /// goes as it comes.
    func streamWrapping(at place: CallPlace) -> (any StreamWrapping)?

    /// The status of a failure that means "overloaded": 503, or a format's own.
    var statusWhenOverloaded: Int { get }

    /// What the header that holds a request's id is called, beside `x-request-id`, in lower case; nil: nothing.
    var requestIDHeader: StaticString? { get }

    /// What the headers are called that tell a client how far its limits are used up.
    var rateLimitHeaders: RateLimitHeaders { get }

    /// How the names of the headers begin that belong to the format, in lower case, and that a call takes along to a
    /// target which speaks it; nil: there are none.
    var headerPrefix: String? { get }

    /// What tells a client that its stream is alive while there is nothing to say, framed; empty where nothing can.
    func keepAlive(at place: CallPlace) -> [UInt8]

    /// Reads chat calls and writes their answers; nil where only passing through is possible.
    var chat: (any ChatCodec)? { get }

    /// Writes chat calls and reads their answers; nil for a format that no target speaks.
    var upstreamChat: (any UpstreamChatCodec)? { get }

    /// Reads embeddings calls and writes their answers; nil for a format without.
    var embeddings: (any EmbeddingsCodec)? { get }

    /// Writes embeddings calls and reads their answers; nil for a format without.
    var upstreamEmbeddings: (any UpstreamEmbeddingsCodec)? { get }

    /// Knows what clients do with answers that were kept; nil for a format that has no such thing.
    var storedAnswers: (any StoredAnswerCodec)? { get }
}

extension WireFormat {
    /// Server-sent events.
    public func streamContentType(at place: CallPlace) -> String { "text/event-stream; charset=utf-8" }

    /// Nothing: the format has no place for what only its own provider understands.
    public func foreignState(
        in body: UnsafeRawBufferPointer, at place: CallPlace, for model: String, using tape: JSONTape
    ) -> ForeignState {
        ForeignState()
    }

    /// Nobody asks.
    public func tokenCountBody(_ tokens: Int) -> [UInt8]? { nil }

    /// There are none.
    public func answerToNothing(_ body: JSONNode, at place: CallPlace, model: String, created: Int) -> [UInt8]? { nil }

    /// None.
    public func modelListBody(_ models: [ModelEntry]) -> [UInt8]? { nil }

    /// None.
    public func modelBody(_ model: ModelEntry) -> [UInt8]? { nil }

    /// None.
    public var modelListHeader: StaticString? { nil }

    /// `{"data":[{"id"}]}`, as OpenAI and most others have it.
    public func readModelList(_ list: JSONNode) -> [String]? {
        guard let models = list["data"], models.kind == .array else { return nil }
        return models.anyElements.compactMap { try? $0["id"]?.string() }
    }

    /// Nothing.
    public func otherName(ofListed name: String) -> String? { nil }

    /// None.
    public var inquiries: [FormatEndpoint] { [] }

    /// Knows no model.
    public func answer(_ inquiry: Inquiry, _ body: JSONNode?) -> InquiryAnswer {
        .unknownModel(inquiry.place.model ?? "")
    }

    /// Under `model`.
    public func modelRange(in event: JSONNode) -> Range<Int>? { event["model"]?.rangeOfString }

    /// It goes as it comes.
    public func streamWrapping(at place: CallPlace) -> (any StreamWrapping)? { nil }

    /// None.
    public var failureHeader: StaticString? { nil }

    /// Goes by the body alone.
    public func readFailure(
        _ body: UnsafeRawBufferPointer, header: String?, using tape: JSONTape
    ) -> UpstreamFailureBody? {
        readFailure(body, using: tape)
    }

    /// As HTTP has it.
    public var statusWhenOverloaded: Int { 503 }

    /// Nothing.
    public var requestIDHeader: StaticString? { nil }

    /// OpenAI's.
    public var rateLimitHeaders: RateLimitHeaders { .usual }

    /// There are none.
    public var headerPrefix: String? { nil }

    /// A comment.
    public func keepAlive(at place: CallPlace) -> [UInt8] { Array(": keep-alive\n\n".utf8) }

    /// None.
    public var chat: (any ChatCodec)? { nil }

    /// None.
    public var upstreamChat: (any UpstreamChatCodec)? { nil }

    /// None.
    public var embeddings: (any EmbeddingsCodec)? { nil }

    /// None.
    public var upstreamEmbeddings: (any UpstreamEmbeddingsCodec)? { nil }

    /// None.
    public var storedAnswers: (any StoredAnswerCodec)? { nil }

    /// As ``makeStreamTap(hidesUsage:choices:tape:)``, for one answer.
    public func makeStreamTap(hidesUsage: Bool, tape: JSONTape) -> StreamTap {
        makeStreamTap(hidesUsage: hidesUsage, choices: 1, tape: tape)
    }

    /// The first edit is the one that comes first in the body.
    public func splices(_ outline: CallOutline, model: String, askForUsage: Bool) -> [BodySplice] {
        var splices: [BodySplice] = []
        if model != outline.model, let range = outline.modelRange {
            splices.append(BodySplice(range, JSONWriter.write { $0.value(model) }))
        }
        if askForUsage, outline.streams, case .replace(let range, let text) = outline.usageEdit {
            let edit = BodySplice(range, text.withUTF8Buffer { Array($0) })
            if let first = splices.first, first.range.lowerBound > range.lowerBound {
                splices.insert(edit, at: 0)
            } else {
                splices.append(edit)
            }
        }
        return splices
    }
}
