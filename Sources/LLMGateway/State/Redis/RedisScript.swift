import Crypto
import Foundation

/// A script that Redis runs as a whole. It is sent once over each connection; from then on its digest says which one is meant.
struct RedisScript: Sendable {
    let text: String
    /// SHA-1, as Redis names scripts.
    let digest: String

    init(_ text: String) {
        self.text = text
        digest = Insecure.SHA1.hash(data: Data(text.utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// The script, on one key and with what it takes.
    func call(_ key: String, _ arguments: [[UInt8]]) -> Call { Call(script: self, key: key, arguments: arguments) }

    func call(_ key: String, _ arguments: [String]) -> Call { call(key, arguments.map { Array($0.utf8) }) }

    struct Call: Sendable {
        let script: RedisScript
        fileprivate let key: String
        fileprivate let arguments: [[UInt8]]

        var command: RedisCommand { RedisCommand(parts("EVALSHA", script.digest), running: self) }
        /// For a server that doesn't know the script.
        var wholeCommand: RedisCommand { RedisCommand(parts("EVAL", script.text)) }

        private func parts(_ name: String, _ script: String) -> [[UInt8]] {
            [name, script, "1", key].map { Array($0.utf8) } + arguments
        }
    }
}

extension RedisLink {
    /// Runs scripts one behind the other, in one round trip if Redis knows them.
    ///
    /// - Returns: A reply for each; nil: Redis is out of reach.
    func run(_ calls: [RedisScript.Call]) async -> [RedisReply]? {
        guard var replies = await ask(calls.map(\.command)) else { return nil }
        let unknown = replies.indices.filter { replies[$0].isUnknownScript }
        guard !unknown.isEmpty else { return replies }
        guard let others = await ask(unknown.map { calls[$0].wholeCommand }) else { return nil }
        for (index, reply) in zip(unknown, others) { replies[index] = reply }
        return replies
    }

    /// Runs a script and waits for its reply; nil: Redis is out of reach.
    func run(_ call: RedisScript.Call) async -> RedisReply? { await run([call])?.first }

    /// Has a script run, and returns at once. Lost when Redis is out of reach.
    func tell(_ call: RedisScript.Call, onReply completion: @escaping @Sendable (RedisReply?) -> Void = { _ in }) {
        send([call.command]) { [self] replies in
            guard let reply = replies?.first, reply.isUnknownScript else { return completion(replies?.first) }
            send([call.wholeCommand]) { completion($0?.first) }
        }
    }

    /// Has a command run, and returns at once. Lost when Redis is out of reach.
    func tell(_ command: RedisCommand) { send([command]) { _ in } }
}
