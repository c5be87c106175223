import Crypto
import Foundation
import WireFormats

/// A key that was just made. Nobody will see it again.
struct MadeKey: Sendable {
    /// `sk-gw-` and 32 random bytes in base64url.
    let secret: Secret
    let kept: RunTimeKey
    let entry: RunTimeKeyEntry

    /// - Parameter now: Seconds since 1970.
    init(_ entry: RunTimeKeyEntry, at now: Int64) {
        let random = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let text = random.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        let key = "sk-gw-" + text.replacing("=", with: "")
        let digest = SHA256.hash(data: Data(key.utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 0xf, radix: 16)
        }
        secret = Secret(key)
        kept = RunTimeKey(
            name: entry.terms.name, digest: digest.joined(), json: entry.json, createdAt: now,
            expiresAt: entry.expiresAt)
        self.entry = entry
    }
}

extension MadeKey {
    /// What the one is told who asked for it, the key included.
    var body: [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                entry.writeMembers(to: &json)
                json.field("created_at", WrittenTime.write(kept.createdAt))
                json.field("key", secret.reveal())
            }
        }
    }
}
