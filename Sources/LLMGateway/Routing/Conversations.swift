import NIOCore
import Synchronization

/// Which targets served which conversations: the shell of ``Affinity``, shared by all loops, and the same over all
/// configurations.
final class Conversations: Sendable {
    private let memory = Mutex(Affinity(at: Instant.now))

    /// Which of these targets served the conversation last; nil where nobody remembers.
    func target(of conversation: UInt64, among targets: [UInt64]) -> Int? {
        let now = Instant.now
        return memory.withLock { $0.target(of: conversation, among: targets, at: now) }
    }

    func served(_ conversation: UInt64, by target: UInt64) {
        let now = Instant.now
        memory.withLock { $0.served(conversation, by: target, at: now) }
    }
}

extension Target {
    /// See ``Affinity/fingerprint(_:)``.
    var fingerprint: UInt64 { Affinity.fingerprint("\(providerName)\n\(model)".utf8) }
}
