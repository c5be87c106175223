import Crypto

/// What a key is known by: its SHA-256. The key itself is kept nowhere.
///
/// Comparing two takes the same time wherever they differ. A table finds one by its first eight bytes, hashed under a secret
/// of the process (Swift's own hashing does that): how long that takes says nothing of any key, since who sends a key can't
/// choose its digest, and learns nothing of the key from a part of the digest.
struct KeyDigest: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    /// Of a key as a client sends it.
    init(of key: UnsafeRawBufferPointer) {
        var hash = SHA256()
        hash.update(bufferPointer: key)
        words = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// nil for anything but 32 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    static func == (one: KeyDigest, other: KeyDigest) -> Bool {
        let difference = one.words ^ other.words
        return difference[0] | difference[1] | difference[2] | difference[3] == 0
    }

    func hash(into hasher: inout Hasher) { hasher.combine(words[0]) }
}
