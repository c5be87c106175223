import Crypto

/// AWS's Signature Version 4: proves who sends a request without telling the secret.
///
/// A secret is never used itself but through a key for a day, a region and a service, which is worth keeping.
struct AWSSignature: Sendable {
    /// For what the key is good.
    struct Scope: Sendable, Equatable {
        /// `20260131`.
        let date: String
        let region: String
        let service: String

        fileprivate var text: String { "\(date)/\(region)/\(service)/aws4_request" }
    }

    let scope: Scope
    private let accessKeyID: String
    private let key: SymmetricKey

    /// Derives the key.
    init(_ credentials: AWSCredentials, for scope: Scope) {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey.reveal())".utf8))
        for part in [scope.date, scope.region, scope.service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        (self.scope, self.key, accessKeyID) = (scope, key, credentials.accessKeyID)
    }

    /// The value of the `authorization` line.
    ///
    /// - Parameter time: As in the line `x-amz-date`, on the day of the scope.
    func authorization(_ request: AWSCanonicalRequest, at time: AWSTime) -> String {
        let (text, signedNames) = request.spelled
        let toSign = "AWS4-HMAC-SHA256\n\(time.text)\n\(scope.text)\n\(Self.hash(Array(text.utf8)))"
        let signature = HMAC<SHA256>.authenticationCode(for: Array(toSign.utf8), using: key)
        return "AWS4-HMAC-SHA256 Credential=\(accessKeyID)/\(scope.text), SignedHeaders=\(signedNames), "
            + "Signature=\(Self.hexadecimal(signature))"
    }

    /// SHA-256 in hexadecimal.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> String {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hexadecimal(hasher.finalize())
    }

    private static func hash(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes(hash) }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// Who asks AWS.
struct AWSCredentials: Sendable, Equatable {
    let accessKeyID: String
    let secretAccessKey: Secret
    /// Goes along with credentials that are lent for a time.
    var sessionToken: Secret?
}

/// A second as AWS's signatures write it: `20260131T235959Z`.
struct AWSTime: Sendable, Equatable {
    let text: String

    /// - Parameter unixSeconds: Since 1970, in UTC.
    init(unixSeconds: Int) {
        let (days, second) = (unixSeconds / 86_400, unixSeconds % 86_400)
        let date = CivilDate(daysSinceEpoch: days)
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = [second / 3600, second / 60 % 60, second % 60].map(padded).joined()
        text = "\(date.year)\(padded(date.month))\(padded(date.day))T\(clock)Z"
    }

    /// `20260131`.
    var date: String { String(text.prefix(8)) }
}
