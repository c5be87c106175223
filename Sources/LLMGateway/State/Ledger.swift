import Dispatch
import Logging
import Synchronization

/// Who used what, by the hour: for budgets after a restart, for the operators' lists, for whoever has to pay.
///
/// Calls are added up in memory, on their own event loop, and written to the store once a second: nobody waits for a disk,
/// and a crash loses the last second. While the store can't be written, the sums go on growing in memory, up to a limit.
/// Processes that share the store add to the same sums.
final class Ledger: Sendable {
    struct Limits: Sendable {
        /// How long an hour is kept.
        var retention: Duration = .seconds(2160 * 3600)
        /// What the hours may take of the store, in bytes, by estimate.
        var bytes = 256 << 20
        /// What may be waiting for the store.
        var waiting = LedgerSums.Limits()
    }

    /// One for each event loop, so that they seldom meet at a lock.
    private final class Shard: Sendable {
        let sums: Mutex<LedgerSums>

        init(_ limits: LedgerSums.Limits) { sums = Mutex(LedgerSums(limits)) }
    }

    private let shards: [Shard]
    private let database: StateDatabase
    private let limits: Limits
    private let logger: Logger
    private let latestDate = LatestDate()
    private let state: Mutex<State>

    private struct State {
        /// What could not be written yet.
        var unwritten: LedgerSums
        /// Whether the operator was told that the store can't be written.
        var isBehind = false
        /// nil: not since the start.
        var sweptHour: Int64?
        var rowsSinceSweep = 0
    }

    /// - Parameter shards: How many may add at the same time.
    init(_ database: StateDatabase, limits: Limits = Limits(), shards: Int, logger: Logger) {
        (self.database, self.limits, self.logger) = (database, limits, logger)
        self.shards = (0..<max(1, shards)).map { _ in Shard(limits.waiting) }
        state = Mutex(State(unwritten: LedgerSums(limits.waiting)))
    }

    // MARK: Writing

    /// Adds what a call used. Returns at once.
    ///
    /// - Parameter shard: The event loop's index.
    func add(_ call: FinishedCall, on shard: Int) {
        guard !call.attempts.isEmpty else { return }
        shards[shard % shards.count].sums.withLock { $0.add(call) }
    }

    /// Writes once a second, until the task is cancelled. What is added later waits for a ``flush()``.
    func run() async {
        while !Task.isCancelled {
            // What a crash may lose. Cut short at the end, when there is something to write all the same.
            try? await Task.sleep(for: .seconds(1))
            await flush()
        }
    }

    /// Writes what was added up to now, and returns when it is kept; or, where the store can't be written, is to be kept
    /// the next time.
    func flush() async {
        let batch = gather()
        guard !batch.isEmpty else { return await database.flush() }
        await withCheckedContinuation { continuation in
            database.write {
                try Self.write(batch, mostTags: self.limits.waiting.tags, into: $0)
            } then: { [self] outcome in
                ended(batch, outcome)
                continuation.resume()
            }
        }
        await sweepIfDue(at: latestDate.bounding(WallClock.now.seconds))
    }

    private func gather() -> LedgerSums {
        state.withLock { state in
            var batch = state.unwritten
            state.unwritten = LedgerSums(limits.waiting)
            for shard in shards {
                let sums = shard.sums.withLock { sums in
                    defer { if !sums.isEmpty { sums = LedgerSums(limits.waiting) } }
                    return sums
                }
                if !sums.isEmpty { batch.add(sums) }
            }
            return batch
        }
    }

    private func ended(_ batch: LedgerSums, _ outcome: Result<Void, StateUnavailable>) {
        switch outcome {
        case .success:
            let wasBehind = state.withLock { state in
                defer { state.isBehind = false }
                state.rowsSinceSweep += batch.rows.count
                return state.isBehind
            }
            if wasBehind { logger.notice("the usage of calls is written again", metadata: Self.losses(of: batch)) }
        case .failure(let unavailable):
            let isNews = state.withLock { state in
                var unwritten = batch
                unwritten.add(state.unwritten)
                state.unwritten = unwritten
                defer { state.isBehind = true }
                return !state.isBehind
            }
            if isNews {
                logger.error(
                    "the usage of calls can't be written; it is kept in memory meanwhile",
                    metadata: ["reason": "\(unavailable.reason)"])
            }
        }
    }

    private static func losses(of batch: LedgerSums) -> Logger.Metadata {
        batch.lost > 0 ? ["requests_lost": "\(batch.lost)"] : [:]
    }

    /// An estimate of what a row takes, in bytes.
    private static let bytesPerRow = 128

    /// Forgets what is too old or too much: once an hour, and when much has come.
    private func sweepIfDue(at now: Int64) async {
        let isDue = state.withLock { state in
            let hasGrown = state.rowsSinceSweep * Self.bytesPerRow > limits.bytes / 16
            guard state.sweptHour != now / 3600 || hasGrown, !state.isBehind else { return false }
            (state.sweptHour, state.rowsSinceSweep) = (now / 3600, 0)
            return true
        }
        guard isDue else { return }
        do throws(StateUnavailable) {
            try await database.write { try Self.sweep($0, to: self.limits, at: now) }
        } catch {
            logger.error("old usage can't be forgotten", metadata: ["reason": "\(error.reason)"])
        }
    }

    // MARK: Reading

    /// What a key has used in all, over all of its time.
    struct KeyUse: Sendable, Equatable {
        var requests: Int64 = 0
        /// All input, cached or not.
        var inputTokens: Int64 = 0
        var outputTokens: Int64 = 0
        var cost = Cost.zero
    }

    /// What each key has used, by its name; one that isn't there has used nothing.
    func use() async throws(StateUnavailable) -> [String: KeyUse] {
        await flush()
        guard database.exists else { return [:] }
        return try await database.read { try Self.use($0) }
    }

    /// What a key has spent, in nano-dollars: for a budget that begins to count, or goes on.
    ///
    /// - Parameter time: Seconds since 1970, the beginning of a day in UTC; `.min`: all that it has ever spent. Not more
    ///   than 62 days ago otherwise.
    func spent(by key: String, since time: Int64) async throws(StateUnavailable) -> Int64 {
        await flush()
        guard database.exists else { return 0 }
        return try await database.read { try Self.spent($0, by: key, since: time) }.nanodollars
    }
}
