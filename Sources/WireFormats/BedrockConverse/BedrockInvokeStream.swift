/// Unwraps what `invoke-with-response-stream` sends: an ``AWSEventStream`` each of whose messages holds one event of
/// the model's own, as base64. Claude's are those of its own API.
public struct BedrockInvokeStream: ~Copyable {
    /// What one message brings.
    public enum Piece: Sendable, Equatable {
        /// An event of the model's own: JSON.
        case event([UInt8])
        /// Bedrock says that it failed. Nothing comes after.
        case failure(UpstreamFailureBody)
        /// Something else, which says that the other side is alive.
        case ping
    }

    private var messages: AWSEventStream

    /// A stream that has yet to begin.
    public init(limit: Int = 16 << 20) { messages = AWSEventStream(limit: limit) }

    /// Whether a message has begun and its end has yet to come.
    public var isInsideMessage: Bool { messages.isInsideMessage }

    /// What the next message that ends in `piece` brings; nil when there is no further one, and the rest is remembered.
    ///
    /// - Parameters:
    ///   - piece: What came; the same until nil is returned.
    ///   - cursor: Where to go on in `piece`, 0 at first; behind the message afterwards.
    /// - Throws: ``AWSEventStream/Fault``, for good.
    public mutating func next(
        in piece: UnsafeRawBufferPointer, at cursor: inout Int, using tape: JSONTape
    ) throws(AWSEventStream.Fault) -> Piece? {
        guard let message = try messages.next(in: piece, at: &cursor) else { return nil }
        if let failure = BedrockFailure.read(message, using: tape) { return .failure(failure) }
        guard message.headers.text(":event-type")?.equals("chunk") == true,
            let chunk = try? tape.parse(message.payload), let wrapped = chunk.optional("bytes")
        else { return .ping }
        var text = wrapped.decoded()
        guard let event = text.withUTF8({ Base64.decode(UnsafeRawBufferPointer($0)) }), !event.isEmpty else {
            return .failure(BedrockFailure.damaged("an event is no base64"))
        }
        return .event(event)
    }
}
