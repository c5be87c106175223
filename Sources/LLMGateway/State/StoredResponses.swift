import Foundation
import GRDB
import Logging
import Synchronization

/// The answers that the gateway keeps for clients whose provider doesn't, in an SQLite file.
///
/// What is to be kept is there for everyone in this process at once, and in the store shortly after. Dialogues that nobody
/// has gone on with for long are forgotten, and the oldest first when there are too many.
final class StoredResponses: AnswerStore {
    struct Limits: Sendable {
        /// How long a dialogue is kept after its last answer.
        var age: Duration = .seconds(30 * 24 * 3600)
        /// All that is kept, in bytes.
        var bytes = 1 << 30
        /// What may wait for a slow disk, in bytes; what comes on top of it is not kept.
        var waitingBytes = 64 << 20
        /// How much is kept between two looks at the limits, in bytes; one comes at the start too.
        var bytesBetweenSweeps = 16 << 20
    }

    /// What comes before an answer, and it.
    struct Dialogue: Sendable, Equatable {
        /// Of its first answer.
        let id: StoredResponse.ID
        /// Oldest first.
        let turns: [Turn]
    }

    /// What was said to the model, and what it answered.
    struct Turn: Sendable, Equatable {
        let input: [UInt8]
        let answer: [UInt8]
    }

    enum Finding: Sendable, Equatable {
        case dialogue(Dialogue)
        case unknown
        /// It is longer than was asked for.
        case tooLong
    }

    let seals: ResponseSeals
    private let database: StateDatabase
    let limits: Limits
    private let logger: Logger
    private let latestDate = LatestDate()
    private let waiting = Mutex(Waiting())

    /// What the store has yet to take.
    private struct Waiting {
        var responses: [StoredResponse.ID: StoredResponse] = [:]
        var order: [StoredResponse.ID] = []
        /// What is being written.
        var batch: [StoredResponse.ID] = []
        var bytes = 0
        var bytesSinceSweep = Int.max

        /// What is written next, in order; it stays in sight until it is.
        mutating func takeBatch() -> [StoredResponse] {
            (batch, order) = (order, [])
            return batch.compactMap { responses[$0] }
        }

        /// Whether it is time for a look at the limits.
        mutating func startSweep(after limit: Int) -> Bool {
            guard bytesSinceSweep >= limit else { return false }
            bytesSinceSweep = 0
            return true
        }

        /// The batch was written, or it can't be.
        mutating func endBatch() {
            // Without a database nobody even took it.
            if batch.isEmpty { _ = takeBatch() }
            for id in batch { bytes -= responses.removeValue(forKey: id)?.size ?? 0 }
            batch = []
        }
    }

    init(_ database: StateDatabase, secret: Secret?, limits: Limits = Limits(), logger: Logger) {
        (self.database, self.limits, self.logger) = (database, limits, logger)
        seals = ResponseSeals(database, secret: secret)
    }

    // MARK: Keeping

    /// Whether what is to be kept will be. Waits for the store the first time.
    func isUsable() async -> Bool { await database.isUsable() }

    /// Keeps an answer. Returns at once; it can be found from now on.
    func keep(_ response: StoredResponse) {
        let size = response.size
        let (isTaken, isFirst) = waiting.withLock { waiting in
            guard waiting.bytes + size <= limits.waitingBytes else { return (false, false) }
            waiting.bytes += size
            waiting.bytesSinceSweep += waiting.bytesSinceSweep == .max ? 0 : size
            waiting.responses[response.id] = response
            waiting.order.append(response.id)
            return (true, waiting.order.count == 1)
        }
        guard isTaken else { return logger.warning("a response was not stored: the store is too slow") }
        // Those that come while the first waits for its turn are written with it.
        if isFirst { write() }
    }

    private func write() {
        database.write { [self] database in
            let now = WallClock.now.seconds
            for response in waiting.withLock({ $0.takeBatch() }) {
                try Self.insert(response, into: database, at: now)
            }
            if waiting.withLock({ $0.startSweep(after: limits.bytesBetweenSweeps) }) {
                try sweep(database, at: latestDate.bounding(now))
            }
        } then: { [self] outcome in
            waiting.withLock { $0.endBatch() }
            if case .failure(let unavailable) = outcome {
                logger.error("responses were not stored", metadata: ["reason": "\(unavailable.reason)"])
            }
        }
    }

    /// Returns at once: it is this process that clients come back to.
    func share() async {}

    /// Waits until all that was to be kept is.
    func flush() async { await database.flush() }

    // MARK: Finding

    /// The answer of that id; nil when it is not, or no longer, kept.
    func answer(_ id: StoredResponse.ID) async throws(StateUnavailable) -> [UInt8]? {
        if let response = waiting.withLock({ $0.responses[id] }) { return response.answer }
        return try await database.read { database in
            try Data.fetchOne(
                database, sql: "SELECT answer FROM stored_response WHERE id = ? AND NOT is_deleted",
                arguments: [Data(id.bytes)])
        }.map { Array($0) }
    }

    /// The dialogue that ends with the answer of that id.
    ///
    /// - Parameter longest: In bytes; as a call's body, it has to be kept in memory.
    func dialogue(
        endingWith id: StoredResponse.ID, longest: Int
    ) async throws(StateUnavailable) -> Finding {
        var (newest, next, first, size) = ([Turn](), Optional(id), id, 0)
        waiting.withLock { waiting in
            while let id = next, let response = waiting.responses[id] {
                newest.append(Turn(input: response.input, answer: response.answer))
                (next, first, size) = (response.parent, response.dialogue, size + response.size)
            }
        }
        guard size <= longest else { return .tooLong }
        guard let kept = next else { return .dialogue(Dialogue(id: first, turns: newest.reversed())) }
        let (room, mayBeDeleted) = (longest - size, kept != id)
        let found = try await database.read { database in
            try Self.dialogue(endingWith: kept, longest: room, mayBeDeleted: mayBeDeleted, in: database)
        }
        guard case .dialogue(let older) = found else { return found }
        return .dialogue(Dialogue(id: older.id, turns: older.turns + newest.reversed()))
    }

    /// Deletes an answer. What others need of it to go on from a later one is kept for them, out of sight.
    ///
    /// - Returns: Whether it was there.
    func delete(_ id: StoredResponse.ID) async throws(StateUnavailable) -> Bool {
        try await database.write { try Self.delete(id, from: $0) }
    }
}
