import Foundation
import Synchronization

/// Keys made at run time, in Redis: a hash of JSON by name, and a version that changes with each change.
///
/// Meant to be asked every second: as long as the version is the same, that costs one small question.
final class RedisKeyStore: RunTimeKeyStore {
    private let link: RedisLink
    private let known = Mutex<(version: RedisReply, entries: [RunTimeKey])?>(nil)

    /// Adds an entry, unless there is one of that name. Takes the name, the entry, and the new version.
    private static let insertion = RedisScript(
        """
        if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
        redis.call('SET', KEYS[1] .. ':version', ARGV[3])
        return 1
        """)

    /// Takes the name, and the new version.
    private static let deletion = RedisScript(
        """
        if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
        redis.call('SET', KEYS[1] .. ':version', ARGV[2])
        return 1
        """)

    init(_ link: RedisLink) { self.link = link }

    func entries() async throws(StateUnavailable) -> [RunTimeKey] {
        // Read before the entries: who changes them meanwhile is noticed the next time.
        let version = try RedisUnavailable.checked(await link.ask(RedisCommand("GET", RedisKey.runTimeKeysVersion)))
        if let known = known.withLock({ $0 }) {
            if known.version == version { return known.entries }
            // Whoever takes the last key away leaves a version behind: this Redis has lost what it had.
            if version == .nothing, !known.entries.isEmpty {
                throw StateUnavailable(reason: "the keys are gone from Redis")
            }
        }
        let hash = try RedisUnavailable.checked(await link.ask(RedisCommand("HVALS", RedisKey.runTimeKeys)))
        guard let values = hash.elements else { throw StateUnavailable(reason: "Redis has no list of keys") }
        var entries: [RunTimeKey] = []
        for value in values {
            guard let bytes = value.bytes, let key = try? JSONDecoder().decode(RunTimeKey.self, from: Data(bytes))
            else {
                throw StateUnavailable(reason: "an entry of \(RedisKey.runTimeKeys) in Redis can't be read")
            }
            entries.append(key)
        }
        entries.sort { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
        known.withLock { $0 = (version, entries) }
        return entries
    }

    func insert(_ key: RunTimeKey) async throws(StateUnavailable) -> Bool {
        guard let json = try? JSONEncoder().encode(key) else {
            throw StateUnavailable(reason: "the key can't be written")
        }
        let call = Self.insertion.call(
            RedisKey.runTimeKeys, [Array(key.name.utf8), Array(json), Array(Self.newVersion().utf8)])
        return try RedisUnavailable.checked(await link.run(call)) == .integer(1)
    }

    func delete(_ name: String) async throws(StateUnavailable) -> Bool {
        try RedisUnavailable.checked(
            await link.run(Self.deletion.call(RedisKey.runTimeKeys, [name, Self.newVersion()]))) == .integer(1)
    }

    private static func newVersion() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }
}
