import Synchronization
import WireFormats

/// What providers want back with their tool calls, for clients that don't hand it back: they dropped fields that they
/// don't know, or their format has none for it.
///
/// One for the whole process, and of this process only. Whoever replaces it by one that replicas share finds all that a
/// request needs asked for at once, in ``recall(_:of:)``.
final class OpaqueStateMemory: Sendable {
    private struct Key: Hashable, Sendable {
        let client: String
        let call: String
    }

    /// Its own lock, so that event loops seldom meet at one.
    private final class Shard: Sendable {
        let memory: Mutex<RecentMemory<Key, CallState>>

        init(_ limits: RecentMemory<Key, CallState>.Limits) { memory = Mutex(RecentMemory(limits)) }
    }

    private let shards: [Shard]
    /// Whether anything was ever remembered: where providers want nothing back, nobody looks further.
    private let hasBeenUsed = Atomic(false)

    private static let shardCount = 16

    /// - Parameters:
    ///   - entries: The most calls that are remembered.
    ///   - bytes: The most memory that they take, by estimate.
    ///   - lifetime: How long a call is remembered after it was last heard of.
    init(entries: Int = 65_536, bytes: Int = 64 << 20, lifetime: Duration = .seconds(24 * 3600)) {
        let limits = RecentMemory<Key, CallState>.Limits(
            entries: entries / Self.shardCount, weight: bytes / Self.shardCount, lifetime: lifetime)
        shards = (0..<Self.shardCount).map { _ in Shard(limits) }
    }

    var isEmpty: Bool { !hasBeenUsed.load(ordering: .relaxed) }

    /// Remembers what belongs to a call that was made for a client.
    ///
    /// - Parameter client: The name of its key.
    func keep(_ state: CallState, ofCall id: String, for client: String) {
        hasBeenUsed.store(true, ordering: .relaxed)
        let key = Key(client: client, call: id)
        shard(key).memory.withLock { $0.keep(state, weight: state.size + id.utf8.count, for: key, at: .now) }
    }

    /// What belongs to calls, by their ids, as far as it is known.
    func recall(_ calls: [String], of client: String) -> [String: CallState] {
        var recalled: [String: CallState] = [:]
        let now = ContinuousClock.now
        for id in calls {
            let key = Key(client: client, call: id)
            recalled[id] = shard(key).memory.withLock { $0.value(for: key, at: now) }
        }
        return recalled
    }

    private func shard(_ key: Key) -> Shard { shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))] }
}
