import NIOCore

/// Takes a response body as it comes.
protocol BodySink: AnyObject {
    /// Some bytes of the body. Called from the upstream's `channelRead`; several may come before ``received()``.
    func receive(_ piece: ByteBuffer)
    /// The read is over, and the body is not: what was written may leave.
    func received()
}

/// Gathers a body that is needed whole.
final class BodyCollector: BodySink {
    private(set) var bytes = ByteBuffer()
    private let limit: Int
    private let refuse: () -> Void

    /// - Parameter refuse: Called when the body turns out to be longer than `limit`, in bytes.
    init(limit: Int, refuse: @escaping () -> Void) {
        self.limit = limit
        self.refuse = refuse
    }

    func receive(_ piece: ByteBuffer) {
        guard bytes.readableBytes + piece.readableBytes <= limit else { return refuse() }
        if bytes.readableBytes == 0 { bytes = piece } else { bytes.writeImmutableBuffer(piece) }
    }

    func received() {}
}
