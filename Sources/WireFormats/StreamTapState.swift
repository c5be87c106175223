/// What a ``StreamTap`` knows, in one value, so that a piece costs one check of exclusive access and not one a field.
struct StreamTapState: ~Copyable {
    /// An event that is held back until it is whole can't be the usage event any more once it is this long, in bytes.
    private static let longestHeldEvent = 64 << 10

    let tape: JSONTape
    let hidesUsage: Bool
    var reader: any StreamEventReader
    var splitter: EventSplitter
    var tally = StreamTally()
    /// What is said differently; nil for nearly every stream.
    var rewriting: StreamRewriting? { didSet { isRewriting = rewriting != nil } }
    /// Whether there is a ``rewriting``; asked for every piece.
    private var isRewriting = false
    /// What the client is told of the model, where that isn't what the upstream says.
    var modelName: String?
    /// What the client knows the answer's ids by, where that isn't what the upstream says.
    var answerNames: AnswerNames?
    /// How many events of a stream that is said differently went out.
    private var rewritten = 0
    /// The beginning of an event that may have to be hidden or changed.
    private var held: [UInt8] = []
    /// Whether the client has the beginning of the event whose end has yet to come.
    private(set) var hasBegunEvent = false

    init(tape: JSONTape, hidesUsage: Bool, reader: any StreamEventReader, splitter: consuming EventSplitter) {
        (self.tape, self.hidesUsage, self.reader) = (tape, hidesUsage, reader)
        self.splitter = splitter
    }

    /// Takes in what came, and says what to pass on.
    mutating func feed(_ piece: UnsafeRawBufferPointer) -> StreamTap.Forward {
        if tally.hasFailed { return .bytes([]) }
        if isRewriting { return .bytes(rewrite(piece)) }
        var output: [UInt8]? = held.isEmpty ? nil : []
        var passed = 0
        var cursor = 0
        while let event = splitter.next(in: piece, at: &cursor) {
            let fate = read(event)
            if fate == .pass || hasBegunEvent {
                pass(piece.part(passed..<cursor), to: &output)
            } else {
                if output == nil { output = Array(piece.part(0..<passed)) }
                held = []
            }
            passed = cursor
            hasBegunEvent = false
            if tally.hasFailed { return .bytes(output ?? Array(piece.part(0..<passed))) }
        }

        let rest = piece.part(passed..<piece.count)
        if rest.isEmpty {
            // The piece ended with an event.
        } else if hidesUsage, !hasBegunEvent, held.count + rest.count <= Self.longestHeldEvent {
            if output == nil { output = Array(piece.part(0..<passed)) }
            held.append(contentsOf: rest)
        } else {
            pass(rest, to: &output)
            hasBegunEvent = true
        }
        return output.map(StreamTap.Forward.bytes) ?? .all
    }

    /// The stream has ended: what was held back and may be passed on after all.
    mutating func finish() -> [UInt8] {
        guard !tally.hasFailed else { return [] }
        if isRewriting { return finishRewriting() }
        let fate = splitter.finish().map { read($0) } ?? .pass
        defer { held = [] }
        return fate == .pass ? held : []
    }

    /// What ends this stream when it is broken, framed: the format's own error event, after the end of an event that
    /// the client has only the beginning of.
    func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        if let wrapping = rewriting?.wrapping { return wrapping.failure(failure, isFirst: rewritten == 0) }
        var told = tally
        if let modelName { told.model = modelName }
        if let id = told.answerID, let name = answerNames?.own(id) { told.answerID = name }
        return (hasBegunEvent ? splitter.framing.cut.withUTF8Buffer { Array($0) } : [])
            + reader.failureEvent(failure, after: told, requestID: requestID)
    }

    // MARK: Saying it differently

    private static let tooLarge = UpstreamFailureBody.unreadable("An event of the stream is too large.")

    /// As ``feed(_:)``, where events are changed: they are whole before they go out.
    private mutating func rewrite(_ piece: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        var passed = 0
        var cursor = 0
        while let event = splitter.next(in: piece, at: &cursor) {
            let fate = read(event)
            pass(event, fate, endingIn: piece.part(passed..<cursor), to: &output)
            passed = cursor
            if tally.hasFailed { return output }
        }
        let rest = piece.part(passed..<piece.count)
        if hasBegunEvent {
            output.append(contentsOf: rest)
        } else if held.count + rest.count <= splitter.limit {
            held.append(contentsOf: rest)
        } else if rewriting?.wrapping != nil {
            tally.failure = Self.tooLarge
        } else {
            output.append(contentsOf: held)
            output.append(contentsOf: rest)
            held = []
            hasBegunEvent = true
        }
        return output
    }

    /// - Parameter end: What of the event came last; its beginning is held.
    private mutating func pass(
        _ event: ServerSentEvents.Event, _ fate: EventFate, endingIn end: UnsafeRawBufferPointer,
        to output: inout [UInt8]
    ) {
        defer {
            held.removeAll(keepingCapacity: held.capacity <= Self.longestHeldEvent)
            hasBegunEvent = false
        }
        if hasBegunEvent {
            output.append(contentsOf: end)
        } else if event.isOversized, rewriting?.wrapping != nil {
            tally.failure = Self.tooLarge
        } else if fate == .pass {
            held.append(contentsOf: end)
            let hasWritten = held.withUnsafeBytes { raw in
                rewriting?.write(
                    event, raw: raw, framing: splitter.framing, isFirst: rewritten == 0, using: tape, to: &output)
            }
            if hasWritten == true { rewritten += 1 }
        }
    }

    /// What was held back, and what ends a stream in another frame.
    private mutating func finishRewriting() -> [UInt8] {
        var output: [UInt8] = []
        if let event = splitter.finish() {
            let fate = read(event)
            pass(event, fate, endingIn: UnsafeRawBufferPointer(start: nil, count: 0), to: &output)
        } else if rewriting?.wrapping == nil {
            output = held
        }
        held = []
        if let wrapping = rewriting?.wrapping, !tally.hasFailed {
            wrapping.end(isEmpty: rewritten == 0).withUTF8Buffer { output.append(contentsOf: $0) }
        }
        return output
    }

    private mutating func read(_ event: ServerSentEvents.Event) -> EventFate {
        guard event.hasData else { return .pass }
        defer { tally.events += 1 }
        return event.isOversized ? .pass : reader.read(event, using: tape, into: &tally)
    }

    /// Adds to the output, unless all of the piece goes out as it came so far.
    private mutating func pass(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]?) {
        guard output != nil else { return }
        if !held.isEmpty {
            output?.append(contentsOf: held)
            held = []
        }
        output?.append(contentsOf: bytes)
    }
}
