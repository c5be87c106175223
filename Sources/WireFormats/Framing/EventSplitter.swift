/// How a stream of a format is cut into events.
public enum EventFraming: Sendable {
    /// `text/event-stream`.
    case serverSentEvents
    /// `application/x-ndjson`: an event a line.
    case lines

    /// What ends an event that a client has the beginning of only.
    var cut: StaticString {
        switch self {
        case .serverSentEvents: "\n\n"
        case .lines: "\n"
        }
    }
}

/// Cuts a stream into its events, in either framing.
struct EventSplitter: ~Copyable {
    let framing: EventFraming
    private var events: ServerSentEvents
    private var lines: JSONLines

    init(_ framing: EventFraming, limit: Int) {
        self.framing = framing
        events = ServerSentEvents(limit: limit)
        lines = JSONLines(limit: limit)
    }

    @inline(__always)
    mutating func next(in piece: UnsafeRawBufferPointer, at cursor: inout Int) -> ServerSentEvents.Event? {
        switch framing {
        case .serverSentEvents: events.next(in: piece, at: &cursor)
        case .lines: lines.next(in: piece, at: &cursor)
        }
    }

    mutating func finish() -> ServerSentEvents.Event? {
        switch framing {
        case .serverSentEvents: events.finish()
        case .lines: lines.finish()
        }
    }
}
