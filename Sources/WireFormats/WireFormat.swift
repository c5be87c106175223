/// How one API spells its calls: where they arrive, what must be known of them, how their failures look.
///
/// A format knows no other format. What differs between two is settled in ``ChatRequest`` and ``ChatEvent``, by way
/// of ``chat``; a body whose target speaks its own format is not decoded at all, only outlined and edited.
public protocol WireFormat: Sendable {
    /// Its name.
    var id: FormatID { get }

    /// The paths that it answers at; no two formats share one.
    var endpoints: [FormatEndpoint] { get }

    /// The content type of its streams, without parameters: `text/event-stream`.
    var streamContentType: String { get }

    /// Checks what every provider would need, and finds what must be known.
    ///
    /// - Throws: ``MalformedBody`` for what is no JSON object, has no model, two of them, or none of the format's
    ///   main field, or has the wrong type in a field that is read here.
    func outline(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> CallOutline

    /// The edits that make the client's body fit its target: another model's name, and a wish for usage where the
    /// stream would come without. Empty when the body can go out as it is.
    func splices(_ outline: CallOutline, model: String, askForUsage: Bool) -> [BodySplice]

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

    /// The body of an error answer.
    func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8]

    /// What ends a broken stream, framed. ``StreamTap/failureEvent(_:requestID:)`` knows better once there is a tap.
    func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8]

    /// Reads chat calls and writes their answers; nil where only passing through is possible.
    var chat: (any ChatCodec)? { get }

    /// Reads embeddings calls and writes their answers; nil for a format without.
    var embeddings: (any EmbeddingsCodec)? { get }
}

extension WireFormat {
    /// Server-sent events.
    public var streamContentType: String { "text/event-stream" }

    /// None.
    public var chat: (any ChatCodec)? { nil }

    /// None.
    public var embeddings: (any EmbeddingsCodec)? { nil }

    /// As ``makeStreamTap(hidesUsage:choices:tape:)``, for one answer.
    public func makeStreamTap(hidesUsage: Bool, tape: JSONTape) -> StreamTap {
        makeStreamTap(hidesUsage: hidesUsage, choices: 1, tape: tape)
    }

    /// The first edit is the one that comes first in the body.
    public func splices(_ outline: CallOutline, model: String, askForUsage: Bool) -> [BodySplice] {
        var splices: [BodySplice] = []
        if model != outline.model {
            splices.append(BodySplice(outline.modelRange, JSONWriter.write { $0.value(model) }))
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

/// Reads one format's chat calls and writes its answers.
public protocol ChatCodec: Sendable {
    /// Reads a call.
    ///
    /// - Throws: ``MalformedBody`` naming the field and what was expected there.
    func decode(_ body: JSONNode) throws(MalformedBody) -> ChatRequest

    /// Writes a whole answer behind what `body` holds.
    func encode(_ response: ChatResponse, into body: inout [UInt8])

    /// Writes one streamed answer.
    ///
    /// - Parameters:
    ///   - includeUsage: Whether the client asked for it.
    ///   - id: The answer's id, of the gateway's own making.
    ///   - created: In seconds since 1970.
    func makeStreamWriter(includeUsage: Bool, id: String, created: Int) -> any ChatStreamWriter
}

/// Writes one streamed answer, event by event.
public protocol ChatStreamWriter {
    /// Writes what `event` is on the wire, framed, behind what `stream` holds; nothing for an event that doesn't show.
    mutating func write(_ event: ChatEvent, into stream: inout [UInt8])
}

/// Reads one format's embeddings calls and writes its answers.
public protocol EmbeddingsCodec: Sendable {
    /// Reads a call.
    ///
    /// - Throws: ``MalformedBody`` naming the field and what was expected there.
    func decode(_ body: JSONNode) throws(MalformedBody) -> EmbeddingsRequest

    /// Writes the answer behind what `body` holds, in the encoding that the call asked for.
    func encode(_ response: EmbeddingsResponse, to request: EmbeddingsRequest, into body: inout [UInt8])
}
