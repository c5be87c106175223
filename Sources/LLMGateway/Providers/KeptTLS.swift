import FoundationEssentials
import Synchronization

/// The one context for all that trust the same, over all configurations: with it connections are kept over a reload.
final class KeptTLS: Sendable {
    private struct Trust: Hashable {
        /// What is in the file; nil: the system's authorities.
        let authorities: Data?
        let verifies: Bool
    }

    private struct Entry {
        weak var tls: UpstreamTLS?
    }

    private let entries = Mutex<[Trust: Entry]>([:])

    /// - Throws: What BoringSSL, or the system, says of an unreadable file.
    func tls(caFile: String?, verifies: Bool) throws -> UpstreamTLS {
        let authorities = try caFile.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        let trust = Trust(authorities: authorities, verifies: verifies)
        return try entries.withLock { entries in
            entries = entries.filter { $0.value.tls != nil }
            if let known = entries[trust]?.tls { return known }
            let made = try UpstreamTLS(caFile: caFile, verifies: verifies)
            entries[trust] = Entry(tls: made)
            return made
        }
    }
}
