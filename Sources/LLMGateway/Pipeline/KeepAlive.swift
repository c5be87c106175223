import NIOCore
import WireFormats

/// Tells a streaming client that its call is alive while the upstream has nothing to say: queued, thinking, or being
/// tried again elsewhere.
///
/// It looks at what was written from time to time, so that what writes has nothing to do for it.
final class KeepAlive {
    private unowned let call: Call
    private let interval: TimeAmount
    private let bytes: [UInt8]
    /// What else is writing to the client, once an answer passes through.
    var tap: StreamTap?
    private var timer: LoopTimer?
    private var written = 0
    private var quietLooks = 0

    /// How often it looks in one interval: a silence is found out a quarter of the interval late at most.
    private static let looks = 4

    init(_ call: Call, every interval: Duration, _ bytes: [UInt8]) {
        (self.call, self.interval, self.bytes) = (call, TimeAmount(interval), bytes)
        timer = LoopTimer(call.state.loop.timers) { [unowned self] in self.look() }
        rest()
    }

    func stop() { timer?.cancel() }

    private func rest() {
        timer?.arm(after: .nanoseconds(max(1, interval.nanoseconds / Int64(Self.looks))))
    }

    private func look() {
        let connection = call.connection
        guard !connection.isClosed else { return }
        rest()
        if connection.bytesOut != written {
            (written, quietLooks) = (connection.bytesOut, 0)
            return
        }
        quietLooks += 1
        // A client that doesn't read needs no sign of life; and in the middle of an event it would be a part of that.
        guard quietLooks >= Self.looks, connection.isWritable, tap?.isInsideEvent != true else { return }
        quietLooks = 0
        if !connection.hasAnswered { call.beginKeptAlive() }
        connection.write(piece: ByteBuffer(bytes: bytes))
        connection.flush()
        written = connection.bytesOut
    }
}

extension Call {
    func startKeepAlive() {
        let interval = snapshot.settings.server.streamKeepAlive
        let bytes = streams ? format.keepAlive(at: place) : []
        guard interval > .zero, !bytes.isEmpty else { return }
        keepAlive = KeepAlive(self, every: interval, bytes)
    }

    /// Commits to a stream before there is anything to stream.
    fileprivate func beginKeptAlive() {
        hasOnlyKeepAlives = true
        beginAnswer(status: 200, upstream: nil)
        connection.beginStream()
    }

    /// Begins the client's stream with its first event, unless keep-alives have begun it.
    func beginStream(upstream: UpstreamConnection?) {
        times.firstToken = .now()
        // Others need not wait until a long stream is over to hear that the target is there again.
        if let trial {
            self.trial = nil
            trial.health.ended(trial.ticket, .succeeded, firstByte: nil, on: state.shard)
        }
        if hasOnlyKeepAlives {
            hasOnlyKeepAlives = false
        } else {
            beginAnswer(status: 200, upstream: upstream)
            connection.beginStream()
        }
    }
}
