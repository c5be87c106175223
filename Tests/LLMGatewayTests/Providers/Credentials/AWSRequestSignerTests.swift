import Synchronization
import Testing

@testable import LLMGateway

@Suite struct AWSRequestSignerTests {
    private let key = AWSCredentials(accessKeyID: "AKID", secretAccessKey: Secret("secret"))

    private func lines(
        _ signer: AWSRequestSigner, _ method: String = "POST", target: String = "/model/m/converse",
        body: String = "{}", at seconds: Int64 = 1_772_323_207
    ) throws -> [String: String] {
        let body = Array(body.utf8)
        return try body.withUnsafeBytes { bytes in
            let lines = try signer.headers(
                for: SignableRequest(
                    method: method, authority: "h:1", target: target, body: bytes,
                    time: WallClock(seconds: seconds, nanoseconds: 0)))
            return Dictionary(uniqueKeysWithValues: lines.map { ($0.name, $0.value) })
        }
    }

    private func covered(_ lines: [String: String]) -> String? {
        lines["authorization"]?.split(separator: ", ").first { $0.hasPrefix("SignedHeaders=") }
            .map { String($0.dropFirst("SignedHeaders=".count)) }
    }

    private func signature(_ lines: [String: String]) -> Substring? { lines["authorization"]?.suffix(64) }

    @Test func `each part of a request makes another signature`() throws {
        let signer = AWSRequestSigner(key, region: "r", service: "bedrock", headers: [])
        let signatures = [
            try signature(lines(signer)), try signature(lines(signer, "PUT")),
            try signature(lines(signer, target: "/model/n/converse")),
            try signature(lines(signer, target: "/model/m/converse?a=b")),
            try signature(lines(signer, body: "{ }")), try signature(lines(signer, at: 1_772_323_208)),
        ]
        #expect(Set(signatures).count == signatures.count)
        #expect(try signature(lines(signer)) == signatures[0])
    }

    @Test func `a new day brings a new key`() throws {
        let signer = AWSRequestSigner(key, region: "r", service: "bedrock", headers: [])
        let today = try lines(signer)
        #expect(today["authorization"]?.contains("Credential=AKID/20260301/r/bedrock/aws4_request") == true)
        let tomorrow = try lines(signer, at: 1_772_323_207 + 86_400)
        #expect(tomorrow["authorization"]?.contains("Credential=AKID/20260302/r/bedrock/aws4_request") == true)
        let fresh = AWSRequestSigner(key, region: "r", service: "bedrock", headers: [])
        #expect(try lines(fresh, at: 1_772_323_207 + 86_400) == tomorrow)
        #expect(try lines(signer) == today, "and the clock may be set back")
    }

    @Test func `the operator's own lines are covered where AWS wants that`() throws {
        let headers = [
            (name: "Content-Type", value: Secret("application/x")), (name: "X-Amz-Own", value: Secret("a")),
            (name: "x-other", value: Secret("b")),
        ]
        let signer = AWSRequestSigner(key, region: "r", service: "bedrock", headers: headers)
        #expect(try covered(lines(signer)) == "content-type;host;x-amz-date;x-amz-own")
        let plain = AWSRequestSigner(key, region: "r", service: "bedrock", headers: [])
        #expect(try covered(lines(plain, "GET")) == "host;x-amz-date")
    }

    @Test func `credentials that change are signed with at once, with their token`() throws {
        let holder = Changing(key)
        let signer = AWSRequestSigner(holder, region: "r", service: "bedrock", headers: [])
        let before = try lines(signer)
        #expect(before["x-amz-security-token"] == nil)
        holder.held.withLock {
            $0 = AWSCredentials(accessKeyID: "NEXT", secretAccessKey: Secret("secret"), sessionToken: Secret("token"))
        }
        let after = try lines(signer)
        #expect(after["x-amz-security-token"] == "token")
        #expect(try covered(lines(signer)) == "content-type;host;x-amz-date;x-amz-security-token")
        #expect(after["authorization"]?.contains("Credential=NEXT/") == true)
        holder.held.withLock { $0 = nil }
        #expect(throws: UnavailableCredential.self) { try lines(signer) }
    }

    private final class Changing: AWSCredentialsHolder {
        let held: Mutex<AWSCredentials?>

        init(_ credentials: AWSCredentials) { held = Mutex(credentials) }

        func prepare(at place: LoopPause, fetchingWithin limit: Duration) async {}
        func wasRefused() -> Bool { false }

        func current() throws(UnavailableCredential) -> AWSCredentials {
            guard let credentials = held.withLock({ $0 }) else {
                throw UnavailableCredential(fault: .unreachable, reason: "none")
            }
            return credentials
        }
    }
}
