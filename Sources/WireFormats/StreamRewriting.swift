/// What is said differently of the events of a stream that passes through, and what they are wrapped in.
struct StreamRewriting {
    /// What to change in an event's data, in order; ranges over it.
    var edits: [(JSONNode) -> [BodySplice]] = []
    /// nil: events keep the frames that they came in.
    var wrapping: (any StreamWrapping)?

    /// Appends an event, the changes made: in the bytes that it came in, or wrapped anew.
    ///
    /// - Parameters:
    ///   - raw: The event with all that its frame has.
    ///   - isFirst: Whether the client has had no event so far.
    /// - Returns: Whether there was anything to append.
    func write(
        _ event: ServerSentEvents.Event, raw: UnsafeRawBufferPointer, framing: EventFraming, isFirst: Bool,
        using tape: JSONTape, to output: inout [UInt8]
    ) -> Bool {
        guard let node = event.hasData ? try? tape.parse(event.data) : nil else {
            // Not even white space of an upstream's own belongs between the elements of another frame.
            if wrapping == nil { output.append(contentsOf: raw) }
            return wrapping == nil
        }
        let splices = edits.flatMap { $0(node) }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        if let wrapping {
            wrapping.separator(isFirst: isFirst).withUTF8Buffer { output.append(contentsOf: $0) }
            Self.write(event.data, splices, at: { $0 }, to: &output)
        } else {
            Self.write(raw, splices, at: { framing.place(ofData: $0, in: raw) }, to: &output)
        }
        return true
    }

    /// - Parameter place: Where in `bytes` a place of the event's data is; nil: nobody knows, and the bytes stay.
    private static func write(
        _ bytes: UnsafeRawBufferPointer, _ splices: [BodySplice], at place: (Int) -> Int?, to output: inout [UInt8]
    ) {
        var copied = 0
        for splice in splices {
            guard let start = place(splice.range.lowerBound), let end = place(splice.range.upperBound), start >= copied
            else { continue }
            output.append(contentsOf: bytes.part(copied..<start))
            output.append(contentsOf: splice.replacement)
            copied = end
        }
        output.append(contentsOf: bytes.part(copied..<bytes.count))
    }
}

/// The frame of a stream for clients who want it in another one than targets send it in: between the events, at the end,
/// and at an end that is none.
public protocol StreamWrapping: Sendable {
    /// What stands before an event.
    func separator(isFirst: Bool) -> StaticString

    /// What ends a stream that is whole.
    ///
    /// - Parameter isEmpty: Whether it had no event.
    func end(isEmpty: Bool) -> StaticString

    /// What ends a stream that broke, a failure as its last event.
    ///
    /// - Parameter isFirst: Whether the client has had no event.
    func failure(_ failure: ChatFailure, isFirst: Bool) -> [UInt8]
}

extension WireFormat {
    /// What ends a stream that broke before its first event, framed as clients at `place` want it.
    public func failureEvent(_ failure: ChatFailure, requestID: String, at place: CallPlace) -> [UInt8] {
        streamWrapping(at: place)?.failure(failure, isFirst: true) ?? failureEvent(failure, requestID: requestID)
    }
}
