/// Follows a streamed answer that passes through: learns what it used and how it ends, and says what of it to pass on.
///
/// One for each stream, on the stream's event loop. The usual piece costs no allocation and no copy.
public final class StreamTap {
    /// What to write to the client for a piece.
    public enum Forward: Equatable {
        /// The piece, as it came.
        case all
        /// These bytes instead, perhaps none: something is held back, hidden or swallowed, or comes out now.
        case bytes([UInt8])
    }

    private var state: StreamTapState
    private var tally: StreamTally { state.tally }

    /// A stream that has yet to begin.
    ///
    /// - Parameter hidesUsage: Whether `reader` may hide an event, so that none may be passed on by halves.
    public init(
        _ reader: any StreamEventReader, framing: EventFraming = .serverSentEvents, hidesUsage: Bool, tape: JSONTape,
        largestEvent: Int = 1 << 20
    ) {
        state = StreamTapState(
            tape: tape, hidesUsage: hidesUsage, reader: reader, splitter: EventSplitter(framing, limit: largestEvent))
    }

    /// Has every event that names the model name this one. To be called before the first piece.
    ///
    /// - Parameter format: The stream's own; it knows where an event names the model.
    public func nameModel(_ name: String, in format: any WireFormat) {
        state.modelName = name
        let replacement = JSONWriter.write { $0.value(name) }
        edit { event in format.modelRange(in: event).map { [BodySplice($0, replacement)] } ?? [] }
    }

    /// Has the answer's ids be what the client knows them by. To be called before the first piece.
    ///
    /// - Parameter format: The stream's own; it knows where an event has them.
    public func name(_ names: AnswerNames, in format: any WireFormat) {
        guard let codec = format.storedAnswers else { return }
        state.answerNames = names
        edit { event in codec.ids(in: event)?.splices(names) ?? [] }
    }

    /// Has these changes made to the data of every event that is passed on, all other bytes as they come. To be called
    /// before the first piece; changes of several calls must not overlap.
    ///
    /// From then on an event is passed on when it is whole; one that is larger than the tap keeps passes unchanged.
    public func edit(_ edits: @escaping (JSONNode) -> [BodySplice]) {
        state.rewriting = state.rewriting ?? StreamRewriting()
        state.rewriting?.edits.append(edits)
    }

    /// Has the events passed on in another frame than they come in. To be called before the first piece.
    public func wrap(in wrapping: any StreamWrapping) {
        state.rewriting = state.rewriting ?? StreamRewriting()
        state.rewriting?.wrapping = wrapping
    }

    /// Whether the events are passed on in another frame than they come in.
    public var isWrapped: Bool { state.rewriting?.wrapping != nil }

    /// What the stream used, as far as it has said; the last word counts.
    public var usage: TokenUsage? { tally.usage }
    /// The model that the upstream says is answering.
    public var model: String? { tally.model }
    /// Whether the answer is whole: its terminator or the reason why it ended was seen.
    public var isComplete: Bool { tally.isComplete }
    /// What the upstream said went wrong. Its event was swallowed, as is all that follows; whoever writes the stream
    /// ends it with ``failureEvent(_:requestID:)``.
    public var failure: UpstreamFailureBody? { tally.failure }
    /// Whether there is a ``failure``; asked for every piece.
    public var hasFailed: Bool { state.tally.hasFailed }
    /// Whether the first event isn't of this format.
    public var isForeign: Bool { tally.isForeign }
    /// How many events with data were whole. While it is 0 nothing is known yet.
    public var events: Int { tally.events }
    /// How many events brought text or arguments; for an estimate of tokens.
    public var contentEvents: Int { tally.contentEvents }
    /// How many bytes of text and arguments came, as written; for an estimate of tokens.
    public var outputBytes: Int { tally.outputBytes }

    /// Whether the client has the beginning of an event whose end has yet to come: nothing else may be said now.
    public var isInsideEvent: Bool { state.hasBegunEvent }

    /// Takes in what came, and says what to pass on.
    public func feed(_ piece: UnsafeRawBufferPointer) -> Forward { state.feed(piece) }

    /// The stream has ended: what was held back and may be passed on after all.
    public func finish() -> [UInt8] { state.finish() }

    /// What ends this stream when it is broken, framed: the format's own error event, after the end of an event that
    /// the client has only the beginning of.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        state.failureEvent(failure, requestID: requestID)
    }
}

/// What one format's stream events mean to whoever lets them pass.
public protocol StreamEventReader {
    /// Looks at a whole event with data, notes what is worth noting, and says whether the client gets it.
    mutating func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into tally: inout StreamTally
    ) -> EventFate

    /// What ends a stream that broke after what `tally` says, framed.
    func failureEvent(_ failure: ChatFailure, after tally: StreamTally, requestID: String) -> [UInt8]
}

/// What becomes of an event.
public enum EventFate: Sendable {
    /// The client gets it.
    case pass
    /// The client doesn't: it brings what was not asked for, or a failure that the gateway tells in its own words.
    case drop
}

/// What is known of a stream so far.
public struct StreamTally: Sendable {
    /// What it used.
    public var usage: TokenUsage?
    /// The model that answers.
    public var model: String?
    /// Whether the answer is whole.
    public var isComplete = false
    /// The upstream's id for the answer, where clients come back to answers.
    public var answerID: String?
    /// What the upstream said went wrong.
    public var failure: UpstreamFailureBody? { didSet { hasFailed = failure != nil } }
    /// Whether there is a ``failure``; asked for every event.
    private(set) var hasFailed = false
    /// Whether the first event isn't of the format.
    public var isForeign = false
    /// Events with data, before the one that is being read.
    public var events = 0
    /// Events that brought text or arguments.
    public var contentEvents = 0
    /// Bytes of text and arguments, as written.
    public var outputBytes = 0

    /// Nothing is known.
    public init() {}

    /// Notes that an event tells of a failure, and has the event dropped. What fails behind a whole answer doesn't make it
    /// less whole.
    ///
    /// - Parameter failure: nil: the event doesn't say what failed.
    mutating func fail(_ failure: UpstreamFailureBody?) -> EventFate {
        if !isComplete { self.failure = failure ?? UpstreamFailureBody() }
        return .drop
    }

    /// Notes that an event brought so much text.
    @inline(__always) mutating func addContent(_ bytes: Int) {
        guard bytes > 0 else { return }
        contentEvents += 1
        outputBytes += bytes
    }
}
