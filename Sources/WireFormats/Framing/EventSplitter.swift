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

    /// Where in the bytes of an event a place of its data is; nil for one behind its end.
    func place(ofData offset: Int, in event: UnsafeRawBufferPointer) -> Int? {
        switch self {
        case .serverSentEvents: ServerSentEvents.place(ofData: offset, in: event)
        case .lines: offset <= event.count ? offset : nil
        }
    }
}

/// Cuts a stream into its events, in either framing.
struct EventSplitter: ~Copyable {
    let framing: EventFraming
    /// The largest event that is kept, in bytes.
    let limit: Int
    private var events: ServerSentEvents
    private var lines: JSONLines

    init(_ framing: EventFraming, limit: Int) {
        (self.framing, self.limit) = (framing, limit)
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
