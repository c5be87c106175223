import Synchronization

/// Spans that wait to be sent: bounded, so that a collector which doesn't take them costs nothing but spans.
final class SpanQueue: Sendable {
    /// What may wait.
    struct Limits: Sendable {
        var spans = 8192
        /// Of memory, about.
        var bytes = 16 << 20
    }

    private struct Waiting {
        var spans: [FinishedSpan] = []
        var bytes = 0
    }

    private let limits: Limits
    private let waiting = Mutex(Waiting())
    private let onDrop: @Sendable (Int) -> Void

    /// - Parameter onDrop: Told how many spans nobody will ever see; from any thread.
    init(_ limits: Limits = Limits(), onDrop: @escaping @Sendable (Int) -> Void) {
        (self.limits, self.onDrop) = (limits, onDrop)
    }

    /// How many wait.
    var count: Int { waiting.withLock { $0.spans.count } }

    /// Takes the spans of one call: all of them, or none where there is no room.
    func offer(_ spans: [FinishedSpan]) {
        let bytes = spans.reduce(0) { $0 + $1.size }
        let isTaken = waiting.withLock { waiting in
            guard waiting.spans.count + spans.count <= limits.spans, waiting.bytes + bytes <= limits.bytes else {
                return false
            }
            waiting.spans += spans
            waiting.bytes += bytes
            return true
        }
        if !isTaken { drop(spans.count) }
    }

    /// Those that have waited longest.
    func take(_ most: Int) -> [FinishedSpan] {
        waiting.withLock { waiting in
            let taken = Array(waiting.spans.prefix(most))
            waiting.spans.removeFirst(taken.count)
            waiting.bytes -= taken.reduce(0) { $0 + $1.size }
            return taken
        }
    }

    /// Counts spans that nobody will see.
    func drop(_ count: Int) { if count > 0 { onDrop(count) } }
}
