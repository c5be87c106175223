/// How large a message head may be.
struct HeadLimits: Sendable {
    /// Bytes of the whole head: start line, field lines and the blank line. 1 or more.
    var maxBytes = 32 * 1024
    /// Field lines in one head.
    var maxFields = 128
}

/// What a head parser found in the bytes it has seen so far.
enum HeadProgress: Equatable, Sendable {
    /// The head does not end in these bytes. Parse again when there are more.
    case needMore
    /// The head is complete; the parser's properties describe it.
    case complete
    /// No message can be read from this connection any more.
    case invalid(HeadError)
}

/// Why a head is refused. Whoever gets one closes the connection after the answer: where the next message would begin is unknown.
enum HeadError: Error, Equatable, Sendable {
    /// Breaks the grammar, or leaves the end of the message in doubt; one sentence that may be shown to the client.
    case malformed(StaticString)
    /// Over ``HeadLimits``.
    case tooLarge
    /// Neither HTTP/1.0 nor HTTP/1.1.
    case unsupportedVersion
    /// Has a transfer coding other than `chunked`.
    case unsupportedTransferEncoding

    /// The status that a server answers a request with that failed so.
    var status: Int {
        switch self {
        case .malformed: 400
        case .tooLarge: 431
        case .unsupportedVersion: 505
        case .unsupportedTransferEncoding: 501
        }
    }

    /// One sentence for the client.
    var message: StaticString {
        switch self {
        case .malformed(let sentence): sentence
        case .tooLarge: "The header block is too large."
        case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .unsupportedTransferEncoding: "The only supported transfer coding is chunked."
        }
    }

    static func == (left: HeadError, right: HeadError) -> Bool {
        left.status == right.status && left.message.description == right.message.description
    }
}

/// How the end of a message's body is found.
enum BodyFraming: Equatable, Sendable {
    /// There is no body; the next message follows the head.
    case none
    /// So many bytes, 0 or more.
    case length(Int)
    /// Chunks, read with ``ChunkedBodyParser``.
    case chunked
    /// All bytes until the peer closes. Responses only.
    case untilClose
}
