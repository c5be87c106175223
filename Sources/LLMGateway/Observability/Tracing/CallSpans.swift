import Synchronization

/// The spans of code in this process that answers a call: kept until it is known whether the call is.
final class CallSpans: Sendable {
    private let queue: SpanQueue
    private let state = Mutex(State.open([]))

    private enum State {
        case open([FinishedSpan])
        case closed(isKept: Bool)
    }

    /// A call has no more of them.
    private static let most = 128

    init(_ queue: SpanQueue) { self.queue = queue }

    func add(_ span: FinishedSpan) {
        let isForQueue = state.withLock { state in
            switch state {
            case .closed(let isKept): return isKept
            case .open(let spans) where spans.count >= Self.most:
                queue.drop(1)
                return false
            case .open(var spans):
                state = .closed(isKept: false)  // so that the list has one owner while it grows
                spans.append(span)
                state = .open(spans)
                return false
            }
        }
        if isForQueue { queue.offer([span]) }
    }

    /// The call is over. What ends later goes the same way.
    ///
    /// - Returns: Those that have ended.
    func close(isKept: Bool) -> [FinishedSpan] {
        state.withLock { state in
            defer { state = .closed(isKept: isKept) }
            if isKept, case .open(let spans) = state { return spans }
            return []
        }
    }
}
