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

    /// - Throws: ``UnusableAuthorities``, or what BoringSSL says of the system's.
    func tls(caFile: String?, verifies: Bool) throws -> UpstreamTLS {
        let authorities = try caFile.map { path in
            do throws(FileContents.Unreadable) { return Data(try FileContents.bytes(of: path)) } catch {
                throw UnusableAuthorities(description: "the file \(path) can't be read: \(error.reason)")
            }
        }
        let trust = Trust(authorities: authorities, verifies: verifies)
        return try entries.withLock { entries in
            entries = entries.filter { $0.value.tls != nil }
            if let known = entries[trust]?.tls { return known }
            let made: UpstreamTLS
            do { made = try UpstreamTLS(caFile: caFile, verifies: verifies) } catch {
                guard let caFile else { throw error }
                throw UnusableAuthorities(description: "the file \(caFile) holds no certificates in PEM")
            }
            entries[trust] = Entry(tls: made)
            return made
        }
    }
}

/// Why nobody can be trusted by a file.
struct UnusableAuthorities: Error, CustomStringConvertible {
    let description: String
}
