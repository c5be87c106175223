import NIOCore
import WireFormats

/// Passes a streamed answer on as it comes, and learns from it what it used and how it ended.
///
/// The client's head is not written before the first event is known: until then an upstream's failure can still become
/// a proper status, or another target's turn.
final class StreamRelay: BodySink {
    private let call: Call
    private let exchange: UpstreamConnection
    private let tap: StreamTap
    private let logsBodies: Bool
    private var hasBegun = false
    /// What came before the first event was whole.
    private var early = ByteBuffer()
    private static let earlyLimit = 64 << 10

    init(_ call: Call, _ exchange: UpstreamConnection, _ tap: StreamTap) {
        (self.call, self.exchange, self.tap) = (call, exchange, tap)
        logsBodies = call.snapshot.settings.log.bodies
    }

    func receive(_ piece: ByteBuffer) {
        switch piece.withUnsafeReadableBytes({ tap.feed($0) }) {
        case .all: forward(piece)
        case .bytes(let bytes): if !bytes.isEmpty { forward(ByteBuffer(bytes: bytes)) }
        }
        if tap.hasFailed || tap.isForeign { exchange.cancel(.brokenOff("the stream holds an error")) }
    }

    func received() {
        if hasBegun { call.connection.flush() }
    }

    private func forward(_ piece: ByteBuffer) {
        let connection = call.connection
        if !hasBegun {
            if tap.isForeign { return }
            if tap.events == 0, early.readableBytes + piece.readableBytes < Self.earlyLimit {
                early.writeImmutableBuffer(piece)
                return
            }
            begin()
        }
        connection.write(piece: piece)
        if logsBodies { call.keepForLog(piece) }
        if !connection.isWritable {
            connection.flush()
            if !connection.isWritable { call.holdUpstream() }
        }
    }

    private func begin() {
        hasBegun = true
        call.beginStream(upstream: tap.isWrapped ? nil : exchange)
        call.keepAlive?.tap = tap
        guard early.readableBytes > 0 else { return }
        call.connection.write(piece: early)
        if logsBodies { call.keepForLog(early) }
        early = ByteBuffer()
    }

    /// Ends the client's stream as the upstream's ended.
    ///
    /// - Parameter broken: Why the upstream's body didn't come to its end, if it didn't.
    /// - Returns: What went wrong, where the client has had nothing yet and can still be told properly.
    func finish(_ broken: UpstreamError?, provider: String) -> AttemptFailure? {
        // The last event may come without its end, and be the one that tells the usage.
        let rest = tap.hasFailed ? [] : tap.finish()
        call.answeringModel = tap.model
        call.noteUsage(tap.usage, isComplete: tap.isComplete, pieces: tap.contentEvents, bytes: tap.outputBytes)
        let end = StreamEnd(
            isComplete: tap.isComplete, said: tap.failure, isForeign: tap.isForeign, broken: broken)
        call.streamEnding = end.ending
        if end.isClean {
            if !hasBegun { begin() }
            if !rest.isEmpty { forward(ByteBuffer(bytes: rest)) }
            call.connection.endStream()
            return nil
        }
        let failure = end.failure(from: provider, call.snapshot.redactor)
        guard hasBegun else { return failure }
        call.failStream(failure.error) { tap.failureEvent($0, requestID: $1) }
        return nil
    }
}
