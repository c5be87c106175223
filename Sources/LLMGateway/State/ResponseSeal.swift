import Crypto
import Foundation

/// Turns the name of a stored response into the id that a client is given, and back. Whoever has the secret can, on any
/// replica; for everyone else an id is noise, and a changed one is none.
///
/// An id is `resp_` and, in base64url without padding, a nonce, the name under AES-256-GCM, and the tag. The nonce is a MAC
/// of the name under a key of its own (as in SIV, RFC 5297), so that the same response has the same id whenever it is told
/// anew, and different ones don't share a nonce.
struct ResponseSeal: Sendable {
    private let sealing: SymmetricKey
    private let naming: SymmetricKey

    private static let prefix = "resp_"
    /// Ids are some 150 characters; what is far longer isn't worth the look.
    private static let longest = 8192

    /// - Parameter secret: As long as it is hard to guess; 32 random bytes are plenty.
    init(secret: some ContiguousBytes) {
        func key(_ purpose: String) -> SymmetricKey {
            let secret = SymmetricKey(data: secret)
            return HKDF<SHA256>.deriveKey(
                inputKeyMaterial: secret, info: Data("llm-gateway stored response \(purpose)".utf8), outputByteCount: 32
            )
        }
        (sealing, naming) = (key("sealing"), key("nonce"))
    }

    /// A secret, from the system's randomness.
    static func newSecret() -> Data {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    }

    /// The id that stands for `name`.
    func seal(_ name: ResponseName) -> String {
        let bytes = name.bytes
        let nonce = Data(HMAC<SHA256>.authenticationCode(for: bytes, using: naming).prefix(12))
        do {
            let box = try AES.GCM.seal(bytes, using: sealing, nonce: AES.GCM.Nonce(data: nonce))
            return Self.prefix + Self.base64URL(nonce + box.ciphertext + box.tag)
        } catch {
            preconditionFailure("AES-GCM takes any text under a key of 32 bytes and a nonce of 12: \(error)")
        }
    }

    /// What an id stands for.
    ///
    /// - Parameter key: The name of the key that asks.
    /// - Returns: nil for an id that was not sealed with this secret, or for another key.
    func open(_ id: String, for key: String) -> ResponseName? {
        guard id.hasPrefix(Self.prefix), id.utf8.count <= Self.longest,
            let sealed = Self.bytes(base64URL: id.dropFirst(Self.prefix.count)),
            let box = try? AES.GCM.SealedBox(combined: sealed), let bytes = try? AES.GCM.open(box, using: sealing),
            let name = ResponseName(bytes: bytes), name.key == key
        else { return nil }
        return name
    }

    /// What tells a credential from others without saying what it is; empty for none.
    static func digest(of credential: Secret?) -> [UInt8] {
        guard let credential else { return [] }
        return Array(SHA256.hash(data: Data(credential.reveal().utf8)).prefix(8))
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// - Returns: nil for what isn't base64url, or not spelled in the one way in which it is written here.
    private static func bytes(base64URL text: Substring) -> Data? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let standard = text.replacing("-", with: "+").replacing("_", with: "/") + padding
        guard let data = Data(base64Encoded: String(standard)), base64URL(data) == text else { return nil }
        return data
    }
}
