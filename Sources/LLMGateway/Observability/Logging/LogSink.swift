import Dispatch
import Synchronization

import class Foundation.Thread

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Takes log lines without ever making the caller wait, and writes them to a file descriptor from a thread of its own.
///
/// Between the two lies a bounded buffer. When the reader of the descriptor is too slow and the buffer is full, lines are
/// dropped and counted. The thread is woken only when it sleeps, and then gathers lines for a moment before it writes,
/// so under load a wake-up serves hundreds of lines.
final class LogSink: Sendable {
    /// Bytes that may wait, those being written included.
    let capacity: Int
    /// What was written last.
    let tail = LogTail()
    private let descriptor: Int32
    private let state: Mutex<State> = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// How long lines gather before they are written.
    private static let gathering = DispatchTimeInterval.milliseconds(10)
    /// A buffer that grew beyond this is given back once it is empty. In bytes.
    private static let keptCapacity = 1 << 20

    private struct State {
        var pending: [UInt8] = []
        /// Taken out of `pending` and not yet written.
        var inFlight = 0
        /// Bytes since the start: taken from callers, and done with (written, or lost to an error).
        var accepted: UInt64 = 0
        var settled: UInt64 = 0
        var dropped: UInt64 = 0
        var isAsleep = true
        /// No more lines are taken: the sink was closed, or nobody reads the descriptor any more.
        var isOver = false
    }

    /// Starts the thread, which lives until ``close()``.
    ///
    /// - Parameters:
    ///   - descriptor: Stays open, and the caller's. Blocking or not.
    ///   - capacity: In bytes.
    init(descriptor: Int32 = 1, capacity: Int = 8 << 20) {
        (self.descriptor, self.capacity) = (descriptor, capacity)
        let thread = Thread { [self] in drain() }
        thread.name = "log"
        thread.start()
    }

    /// Lines that found no room or could not be written, since the start.
    var dropped: UInt64 { state.withLock { $0.dropped } }

    /// Takes one line, its line feed included, or drops it. Any thread; takes well under a microsecond.
    func write(_ line: UnsafeRawBufferPointer) {
        let isWanted = state.withLock { state in
            guard !state.isOver, state.pending.count + state.inFlight + line.count <= capacity else {
                state.dropped += 1
                return false
            }
            state.pending.append(contentsOf: line)
            state.accepted += UInt64(line.count)
            // A sleeping thread is woken, and one that gathers is when a quarter of the room is gone.
            let isFilling = state.pending.count >= capacity / 4 && state.pending.count - line.count < capacity / 4
            defer { state.isAsleep = false }
            return state.isAsleep || isFilling
        }
        if isWanted { wakeUp.signal() }
    }

    /// Waits until everything that was taken before the call is written.
    ///
    /// - Returns: Whether it was, in time; false when the task is cancelled, too.
    func flush(within limit: Duration) async -> Bool {
        let target = state.withLock { $0.accepted }
        let deadline = Instant.now + limit
        while state.withLock({ $0.settled < target }) {
            guard Instant.now < deadline else { return false }
            wakeUp.signal()
            do { try await Task.sleep(for: .milliseconds(1)) } catch { return false }
        }
        return true
    }

    /// Takes no more lines. The thread writes what it has and ends.
    func close() {
        state.withLock { $0.isOver = true }
        wakeUp.signal()
    }

    // MARK: The thread

    private func drain() {
        ignoreBrokenPipes()
        var batch: [UInt8] = []
        while true {
            wakeUp.wait()
            while let isOver = state.withLock({ state in state.pending.isEmpty ? nil : state.isOver }) {
                if !isOver { _ = wakeUp.wait(timeout: .now() + Self.gathering) }
                state.withLock { state in
                    swap(&state.pending, &batch)
                    state.inFlight = batch.count
                }
                tail.append(batch)
                let unwritten = write(batch)
                state.withLock { state in
                    state.settled += UInt64(batch.count)
                    state.inFlight = 0
                    state.dropped += UInt64(unwritten.count { $0 == UInt8(ascii: "\n") })
                }
                batch.removeAll(keepingCapacity: batch.capacity <= Self.keptCapacity)
            }
            let isOver = state.withLock { state in
                state.isAsleep = state.pending.isEmpty
                if !state.isAsleep { wakeUp.signal() }
                return state.isOver && state.isAsleep
            }
            if isOver { return }
        }
    }

    /// Writes all of it, however long the reader takes.
    ///
    /// - Returns: What could not be written. When the reader is gone, the sink is over; after other errors (a full disk)
    ///   the next batch is tried again.
    private func write(_ batch: [UInt8]) -> ArraySlice<UInt8> {
        var rest = batch[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest.removeFirst(count)
                continue
            }
            switch errno {
            case EINTR:
                continue
            case EAGAIN:
                var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&interest, 1, -1)
            case EPIPE:
                state.withLock { $0.isOver = true }
                return rest
            default:
                return rest
            }
        }
        return rest
    }

    /// A reader that went away is an error of `write`, and no signal, on this thread.
    private func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

/// The system's `write`, which the sink's own methods hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
