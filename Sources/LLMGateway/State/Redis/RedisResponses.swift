import Foundation
import Logging

/// The answers that the gateway keeps for clients whose provider doesn't, in Redis: all replicas find them.
///
/// A dialogue is one hash, and is forgotten as a whole. Of each answer it has four fields, which end in the answer's own
/// part of its id: `i` what the client said, `a` the answer, `p` the answer before it (empty for the first), `n` how many go
/// on from it; and `d` once it was deleted, for as long as a later one needs it.
final class RedisResponses: AnswerStore {
    let seals: ResponseSeals
    private let link: RedisLink
    private let quick: RedisLink?
    private let logger: Logger
    private let lifetime: String

    /// - Parameters:
    ///   - quick: A link to the same Redis that finds out sooner when it is away.
    ///   - secret: `store.secret`; nil: made once, and kept in Redis.
    ///   - age: How long a dialogue is kept after its last answer.
    init(
        _ link: RedisLink, beside quick: RedisLink? = nil, secret: Secret?,
        age: Duration = .seconds(30 * 24 * 3600), logger: Logger
    ) {
        (self.link, self.quick, self.logger) = (link, quick, logger)
        lifetime = "\(max(1, age.components.seconds))"
        seals = ResponseSeals(secret: secret) { new throws(StateUnavailable) in
            let replies = await link.ask([
                RedisCommand([Array("SETNX".utf8), Array(RedisKey.responseSecret.utf8), Array(new)]),
                RedisCommand("GET", RedisKey.responseSecret),
            ])
            guard let kept = try RedisUnavailable.checked(replies?.last).bytes else {
                throw StateUnavailable(reason: "\(RedisKey.responseSecret) in Redis is no secret")
            }
            return Data(kept)
        }
    }

    func isUsable() async -> Bool { !isAway }

    private var isAway: Bool { link.isAway || quick?.isAway ?? false }

    private func reply(_ call: RedisScript.Call) async throws(StateUnavailable) -> RedisReply {
        try RedisUnavailable.checked(isAway ? nil : await link.run(call))
    }

    // MARK: Keeping

    /// Takes the answer's part of its id, that of the one before it, the client's words, the answer, and the seconds that
    /// the dialogue is kept.
    private static let insertion = RedisScript(
        """
        local key, id, parent = KEYS[1], ARGV[1], ARGV[2]
        if redis.call('HSETNX', key, 'a' .. id, ARGV[4]) == 0 then return 0 end
        redis.call('HSET', key, 'i' .. id, ARGV[3], 'p' .. id, parent, 'n' .. id, '0')
        if parent ~= '' and redis.call('HEXISTS', key, 'n' .. parent) == 1 then
          redis.call('HINCRBY', key, 'n' .. parent, 1)
        end
        redis.call('EXPIRE', key, ARGV[5])
        return 1
        """)

    /// What is sent later on the same link comes later: so it is found from now on.
    func keep(_ response: StoredResponse) {
        let call = Self.insertion.call(
            RedisKey.dialogue(response.id),
            [
                Array(response.id.ownPart.utf8), Array((response.parent?.ownPart ?? "").utf8), response.input,
                response.answer, Array(lifetime.utf8),
            ])
        link.tell(call) { [logger] reply in
            do throws(StateUnavailable) { _ = try RedisUnavailable.checked(reply) } catch {
                logger.error("a response was not stored", metadata: ["reason": "\(error.reason)"])
            }
        }
    }

    func share() async { _ = await link.ask(RedisCommand("PING")) }

    func flush() async { await share() }

    // MARK: Finding

    private static let reading = RedisScript(
        """
        if redis.call('HEXISTS', KEYS[1], 'd' .. ARGV[1]) == 1 then return false end
        return redis.call('HGET', KEYS[1], 'a' .. ARGV[1])
        """)

    func answer(_ id: StoredResponse.ID) async throws(StateUnavailable) -> [UInt8]? {
        try await reply(Self.reading.call(RedisKey.dialogue(id), [id.ownPart])).bytes
    }

    /// Takes the answer's part of its id, and how long all may be, with 256 bytes for each. Returns the first answer's part
    /// and then, newest first, what was said and answered; an empty list when something is missing, and 0 when it is longer.
    private static let walk = RedisScript(
        """
        local key, id, room, first, found = KEYS[1], ARGV[1], tonumber(ARGV[2]), '', { '' }
        if redis.call('HEXISTS', key, 'd' .. id) == 1 then return {} end
        while id ~= '' do
          local turn = redis.call('HMGET', key, 'p' .. id, 'i' .. id, 'a' .. id)
          if not turn[1] then return {} end
          room = room - #turn[2] - #turn[3] - 256
          if room < 0 then return 0 end
          found[#found + 1], found[#found + 2] = turn[2], turn[3]
          first, id = id, turn[1]
        end
        found[1] = first
        return found
        """)

    func dialogue(
        endingWith id: StoredResponse.ID, longest: Int
    ) async throws(StateUnavailable) -> StoredResponses.Finding {
        let call = Self.walk.call(RedisKey.dialogue(id), [id.ownPart, "\(longest)"])
        let reply = try await reply(call)
        guard let found = reply.elements?.compactMap(\.bytes) else { return .tooLong }
        guard let first = found.first.flatMap({ id.inSameDialogue(own: $0) }), found.count % 2 == 1 else {
            return .unknown
        }
        let turns = stride(from: 1, to: found.count, by: 2).map { index in
            StoredResponses.Turn(input: found[index], answer: found[index + 1])
        }
        return .dialogue(StoredResponses.Dialogue(id: first, turns: turns.reversed()))
    }

    // MARK: Deleting

    /// Nobody can go on from a deleted answer any more, unless by way of a later one. What was deleted before it may be
    /// free now.
    private static let deletion = RedisScript(
        """
        local key, id = KEYS[1], ARGV[1]
        if redis.call('HEXISTS', key, 'a' .. id) == 0 or redis.call('HSETNX', key, 'd' .. id, '1') == 0 then return 0 end
        while id ~= '' and redis.call('HEXISTS', key, 'd' .. id) == 1
          and tonumber(redis.call('HGET', key, 'n' .. id) or '0') <= 0 do
          local parent = redis.call('HGET', key, 'p' .. id) or ''
          redis.call('HDEL', key, 'a' .. id, 'i' .. id, 'p' .. id, 'n' .. id, 'd' .. id)
          if parent ~= '' and redis.call('HEXISTS', key, 'n' .. parent) == 1 then
            redis.call('HINCRBY', key, 'n' .. parent, -1)
          end
          id = parent
        end
        return 1
        """)

    func delete(_ id: StoredResponse.ID) async throws(StateUnavailable) -> Bool {
        let call = Self.deletion.call(RedisKey.dialogue(id), [id.ownPart])
        return try await reply(call) == .integer(1)
    }
}
