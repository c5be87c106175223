/// What a ``StreamTap`` knows, in one value, so that a piece costs one check of exclusive access and not one a field.
struct StreamTapState: ~Copyable {
    /// An event that is held back until it is whole can't be the usage event any more once it is this long, in bytes.
    private static let longestHeldEvent = 64 << 10

    let tape: JSONTape
    let hidesUsage: Bool
    var reader: any StreamEventReader
    var splitter: EventSplitter
    var tally = StreamTally()
    /// The beginning of an event that may have to be hidden.
    private var held: [UInt8] = []
    /// Whether the client has the beginning of the event whose end has yet to come.
    private var hasBegunEvent = false

    init(tape: JSONTape, hidesUsage: Bool, reader: any StreamEventReader, splitter: consuming EventSplitter) {
        (self.tape, self.hidesUsage, self.reader) = (tape, hidesUsage, reader)
        self.splitter = splitter
    }

    /// Takes in what came, and says what to pass on.
    mutating func feed(_ piece: UnsafeRawBufferPointer) -> StreamTap.Forward {
        if tally.hasFailed { return .bytes([]) }
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
        let fate = splitter.finish().map { read($0) } ?? .pass
        defer { held = [] }
        return fate == .pass ? held : []
    }

    /// What ends this stream when it is broken, framed: the format's own error event, after the end of an event that
    /// the client has only the beginning of.
    func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        (hasBegunEvent ? splitter.framing.cut.withUTF8Buffer { Array($0) } : [])
            + reader.failureEvent(failure, after: tally, requestID: requestID)
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
