import CryptoExtras
import FoundationEssentials
import WireFormats

/// A token for a service account, against an assertion that its private key has signed (RFC 7523).
struct GoogleServiceAccountToken: CredentialSource {
    private let email: String
    private let keyID: String
    private let tokenURL: String
    private let key: _RSA.Signing.PrivateKey
    /// What `key` was read from.
    private let pem: Secret

    /// - Parameter pem: PKCS #8 or PKCS #1.
    /// - Throws: What BoringSSL says of a key that is none.
    init(email: String, keyID: String, pem: Secret, tokenURL: String) throws {
        (self.email, self.keyID, self.pem, self.tokenURL) = (email, keyID, pem, tokenURL)
        key = try _RSA.Signing.PrivateKey(pemRepresentation: pem.reveal())
    }

    static func == (one: Self, other: Self) -> Bool {
        one.email == other.email && one.keyID == other.keyID && one.tokenURL == other.tokenURL && one.pem == other.pem
    }

    func fetch(by client: CredentialClient) async throws(UnavailableCredential) -> FetchedCredential<Secret> {
        let form = FormFields([
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", try assertion(at: WallClock.now.seconds)),
        ])
        let answer = try await client.ask("POST", tokenURL, headers: [FormFields.contentType], body: form.text)
        return try TokenAnswer.read(answer, from: BaseURL(tokenURL)?.host ?? "")
    }

    /// A signed claim to be the account, good for an hour.
    ///
    /// - Parameter now: In seconds since 1970.
    func assertion(at now: Int64) throws(UnavailableCredential) -> String {
        let header = JSONWriter.write { json in
            json.object { json in
                json.field("alg", "RS256")
                json.field("typ", "JWT")
                json.field("kid", keyID.isEmpty ? nil : keyID)
            }
        }
        let claims = JSONWriter.write { json in
            json.object { json in
                json.field("iss", email)
                json.field("scope", "https://www.googleapis.com/auth/cloud-platform")
                json.field("aud", tokenURL)
                json.field("iat", Int(now))
                json.field("exp", Int(now) + 3600)
            }
        }
        let signed = "\(Self.base64URL(Data(header))).\(Self.base64URL(Data(claims)))"
        do {
            let signature = try key.signature(for: Data(signed.utf8), padding: .insecurePKCS1v1_5)
            return "\(signed).\(Self.base64URL(signature.rawRepresentation))"
        } catch {
            throw UnavailableCredential(fault: .refused, reason: "the service account's key can't sign: \(error)")
        }
    }

    /// RFC 4648, section 5, without padding.
    private static func base64URL(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
