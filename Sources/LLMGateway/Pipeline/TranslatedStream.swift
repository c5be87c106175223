import NIOCore
import WireFormats

/// Says a streamed answer in the client's format, event by event as they come.
final class TranslatedStream: BodySink {
    private let call: Call
    private let exchange: UpstreamConnection
    private let reader: any ChatStreamReader
    private let writer: EventWriter
    private var events: [ChatEvent] = []

    init(_ call: Call, _ exchange: UpstreamConnection, _ chat: ChatTranslation, model: String) {
        (self.call, self.exchange) = (call, exchange)
        reader = chat.upstream.makeStreamReader(to: chat.answered.request)
        writer = EventWriter(call, chat.client, chat.answered, model: model, from: chat.upstream)
    }

    func receive(_ piece: ByteBuffer) {
        piece.withUnsafeReadableBytes { reader.read($0, using: call.state.tape, into: &events) }
        tell()
        if writer.failure != nil || reader.isForeign { exchange.cancel(.brokenOff("the stream holds an error")) }
    }

    func received() {
        writer.flush()
        if !call.connection.isWritable { call.holdUpstream() }
    }

    private func tell() {
        for event in events { writer.write(event) }
        events.removeAll(keepingCapacity: true)
    }

    /// Ends the client's stream as the upstream's ended.
    ///
    /// - Parameter broken: Why the upstream's body didn't come to its end, if it didn't.
    /// - Returns: What went wrong, where the client has had nothing yet and can still be told properly.
    func finish(_ broken: UpstreamError?, provider: String) -> AttemptFailure? {
        if writer.failure == nil {
            reader.finish(using: call.state.tape, into: &events)
            tell()
        }
        let end = StreamEnd(
            isComplete: reader.isComplete, said: writer.failure, isForeign: reader.isForeign, broken: broken)
        call.streamEnding = end.ending
        if end.isClean {
            writer.end()
            return nil
        }
        let failure = end.failure(from: provider, call.snapshot.redactor)
        // What came before the break is the client's; a mere beginning is no answer yet.
        if writer.hasSaid { writer.flush() }
        guard writer.hasBegun else {
            writer.account(isComplete: false)
            return failure
        }
        writer.fail(failure.error)
        return nil
    }
}
