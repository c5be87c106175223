import Synchronization
import WireFormats

/// What providers want back with their tool calls, for clients that don't hand it back: they dropped fields that they
/// don't know, or their format has none for it.
///
/// One for the whole process. Where replicas share a Redis, what this process doesn't know is asked for there.
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

    private let others: RedisCallStates?

    private static let shardCount = 16
    /// How long a call is remembered after it was last heard of.
    static let lifetime: Duration = .seconds(24 * 3600)

    /// - Parameters:
    ///   - entries: The most calls that are remembered.
    ///   - bytes: The most memory that they take, by estimate.
    ///   - lifetime: How long a call is remembered after it was last heard of.
    ///   - others: What all replicas remember; nil: this is the only one.
    init(
        entries: Int = 65_536, bytes: Int = 64 << 20, lifetime: Duration = OpaqueStateMemory.lifetime,
        sharedIn others: RedisCallStates? = nil
    ) {
        self.others = others
        let limits = RecentMemory<Key, CallState>.Limits(
            entries: entries / Self.shardCount, weight: bytes / Self.shardCount, lifetime: lifetime)
        shards = (0..<Self.shardCount).map { _ in Shard(limits) }
    }

    var isEmpty: Bool { others == nil && !hasBeenUsed.load(ordering: .relaxed) }

    /// Whether other replicas may know what this one doesn't.
    var isShared: Bool { others != nil }

    /// Remembers what belongs to a call that was made for a client.
    ///
    /// - Parameter client: The name of its key.
    func keep(_ state: CallState, ofCall id: String, for client: String) {
        keepHere(state, ofCall: id, for: client)
        others?.keep(state, ofCall: id, for: client)
    }

    /// Waits until other replicas find what was remembered before, or can't for now.
    func share() async { await others?.share() }

    private func keepHere(_ state: CallState, ofCall id: String, for client: String) {
        hasBeenUsed.store(true, ordering: .relaxed)
        let key = Key(client: client, call: id)
        shard(key).memory.withLock { $0.keep(state, weight: state.size + id.utf8.count, for: key, at: .now) }
    }

    /// What belongs to calls, by their ids, as far as it is known.
    func recall(_ calls: [String], of client: String) -> [String: CallState] {
        var recalled: [String: CallState] = [:]
        let now = Instant.now
        for id in calls {
            let key = Key(client: client, call: id)
            recalled[id] = shard(key).memory.withLock { $0.value(for: key, at: now) }
        }
        return recalled
    }

    /// Asks the other replicas' memory for what belongs to calls; ``recall(_:of:)`` knows it from then on.
    func fetch(_ calls: [String], of client: String) async {
        guard let found = await others?.recall(calls, of: client) else { return }
        for (id, state) in found { keepHere(state, ofCall: id, for: client) }
    }

    private func shard(_ key: Key) -> Shard { shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))] }
}
