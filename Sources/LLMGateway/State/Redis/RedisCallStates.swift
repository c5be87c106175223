/// What providers want back with their tool calls, in Redis: whichever replica gets the next turn finds it.
final class RedisCallStates: Sendable {
    private let link: RedisLink
    private let lifetime: String

    /// What is larger is kept by the replica that saw it alone, in bytes.
    private static let largest = 512 << 10
    /// Of what is asked for; those of the latest calls.
    private static let most = 256
    /// Of what is asked for at once: all of it together comes within the time that a reply may take.
    private static let mostAtOnce = 32

    /// - Parameter lifetime: How long a call is remembered after it was last heard of.
    init(_ link: RedisLink, lifetime: Duration) {
        self.link = link
        self.lifetime = "\(max(1, lifetime.components.seconds))"
    }

    /// Remembers what belongs to a call, and returns at once.
    func keep(_ state: CallState, ofCall id: String, for client: String) {
        let json = state.json
        guard !link.isAway, json.count + id.utf8.count <= Self.largest else { return }
        let key = RedisKey.callState(id, of: client)
        link.tell(
            RedisCommand(["SET", key].map { Array($0.utf8) } + [json] + ["EX", lifetime].map { Array($0.utf8) }))
    }

    /// Waits until all replicas find what was remembered before, or can't for now.
    func share() async { _ = await link.ask(RedisCommand("PING")) }

    /// What belongs to calls, by their ids, as far as it is known; nothing while Redis is out of reach.
    func recall(_ calls: [String], of client: String) async -> [String: CallState] {
        var recalled: [String: CallState] = [:]
        var rest = calls.suffix(Self.most)
        while !rest.isEmpty, !link.isAway {
            await recall(rest.suffix(Self.mostAtOnce), of: client, into: &recalled)
            rest = rest.dropLast(Self.mostAtOnce)
        }
        return recalled
    }

    private func recall(
        _ calls: ArraySlice<String>, of client: String, into recalled: inout [String: CallState]
    ) async {
        let keys = calls.map { RedisKey.callState($0, of: client) }
        guard let found = await link.ask(RedisCommand((["MGET"] + keys).map { Array($0.utf8) }))?.elements
        else { return }
        for (index, (call, reply)) in zip(calls, found).enumerated() {
            guard let state = reply.bytes.flatMap({ CallState(json: $0) }) else { continue }
            recalled[call] = state
            link.tell(RedisCommand("EXPIRE", keys[index], lifetime))
        }
    }
}
