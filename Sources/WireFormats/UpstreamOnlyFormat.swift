/// A format that only targets speak: nothing arrives in it, so that nothing passes through, and nobody reads failures
/// in it.
///
/// What is left to such a format: its name, its ``WireFormat/upstreamChat``, its failures.
public protocol UpstreamOnlyFormat: WireFormat {}

extension UpstreamOnlyFormat {
    /// None.
    public var endpoints: [FormatEndpoint] { [] }

    /// Refuses every body: no call arrives in this format.
    public func outline(
        _ body: UnsafeRawBufferPointer, at place: CallPlace, using tape: JSONTape
    ) throws(MalformedBody) -> CallOutline {
        throw MalformedBody(.invalidValue, message: "The format '\(id)' has no clients; call in another one.")
    }

    /// Reads what a whole answer says it used.
    public func readAnswer(_ body: UnsafeRawBufferPointer, using tape: JSONTape) throws(MalformedBody) -> AnswerOutline
    {
        let root = try tape.parseBody(body)
        return AnswerOutline(usage: try upstreamChat?.decode(answer: root).usage)
    }

    /// Takes every stream for a foreign one: none passes through.
    public func makeStreamTap(hidesUsage: Bool, choices: Int, tape: JSONTape) -> StreamTap {
        StreamTap(ForeignStreamReader(), hidesUsage: hidesUsage, tape: tape)
    }

    /// Nothing: there is no client who would read it.
    public func failureEvent(_ failure: ChatFailure, requestID: String) -> [UInt8] { [] }
}

/// Knows no event.
private struct ForeignStreamReader: StreamEventReader {
    mutating func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into tally: inout StreamTally
    ) -> EventFate {
        tally.isForeign = true
        return .pass
    }

    func failureEvent(_ failure: ChatFailure, after tally: StreamTally, requestID: String) -> [UInt8] { [] }
}
