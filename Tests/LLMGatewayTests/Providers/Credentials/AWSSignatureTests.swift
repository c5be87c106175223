import Testing

@testable import LLMGateway

/// Signatures of AWS's own test suite, and others that botocore 1.43 made of the same requests.
@Suite struct AWSSignatureTests {
    private let secret = AWSCredentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
    private let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// The signature alone, and the names that it covers.
    private func sign(
        _ request: AWSCanonicalRequest, at seconds: Int, _ region: String, _ service: String
    ) -> (signature: String, names: String) {
        let time = AWSTime(unixSeconds: seconds)
        let signature = AWSSignature(secret, for: .init(date: time.date, region: region, service: service))
        let line = signature.authorization(request, at: time)
        #expect(
            line.hasPrefix("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\(time.date)/\(region)/\(service)/aws4_request, "))
        let parts = line.split(separator: ", ").map { $0.split(separator: "=", maxSplits: 1)[1] }
        return (String(parts[2]), String(parts[1]))
    }

    // MARK: AWS's test suite: 30 August 2015, 12:36

    private let dayOfTheSuite = 1_440_938_160

    private func suite(
        _ method: String, query: String = "", _ headers: [(name: String, value: String)] = [], bodyHash: String? = nil
    ) -> String {
        let lines = [(name: "host", value: "example.amazonaws.com"), (name: "x-amz-date", value: "20150830T123600Z")]
        return sign(
            AWSCanonicalRequest(
                method: method, path: "/", query: query, headers: headers + lines, bodyHash: bodyHash ?? emptyHash),
            at: dayOfTheSuite, "us-east-1", "service"
        ).signature
    }

    @Test func `get-vanilla`() {
        #expect(suite("GET") == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
    }

    @Test func `get-vanilla-query-order-key-case`() {
        let signature = suite("GET", query: "Param2=value2&Param1=value1")
        #expect(signature == "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")
    }

    @Test func `get-header-value-trim`() {
        let signature = suite("GET", [("my-header1", " value1"), ("my-header2", #" "a   b   c""#)])
        #expect(signature == "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")
    }

    @Test func `post-x-www-form-urlencoded`() {
        let hash = Array("Param1=value1".utf8).withUnsafeBytes(AWSSignature.hash)
        let signature = suite("POST", [("content-type", "application/x-www-form-urlencoded")], bodyHash: hash)
        #expect(signature == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")
    }

    @Test func `the list of users of the documentation`() {
        let request = AWSCanonicalRequest(
            method: "GET", path: "/", query: "Action=ListUsers&Version=2010-05-08",
            headers: [
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"), ("host", "iam.amazonaws.com"),
                ("x-amz-date", "20150830T123600Z"),
            ], bodyHash: emptyHash)
        let signature = sign(request, at: dayOfTheSuite, "us-east-1", "iam").signature
        #expect(signature == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    }

    // MARK: What is awkward about Bedrock: 1 March 2026, 00:00:07

    private func bedrock(
        _ method: String, host: String = "bedrock-runtime.eu-west-3.amazonaws.com", _ path: String, query: String = "",
        _ headers: [(name: String, value: String)] = [("content-type", "application/json")], body: String
    ) -> (signature: String, names: String) {
        let hash = Array(body.utf8).withUnsafeBytes(AWSSignature.hash)
        let lines = [(name: "x-amz-date", value: "20260301T000007Z"), (name: "host", value: host)]
        return sign(
            AWSCanonicalRequest(method: method, path: path, query: query, headers: lines + headers, bodyHash: hash),
            at: 1_772_323_207, "eu-west-3", "bedrock")
    }

    @Test func `a model's name is escaped twice`() {
        let signed = bedrock(
            "POST", "/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse",
            body: #"{"messages":[{"role":"user","content":[{"text":"héllo"}]}]}"#)
        #expect(signed.signature == "dd45e44b4b627accddeb28fdb7203021a1f3c4dbd729104f0f94613a008390f5")
        #expect(signed.names == "content-type;host;x-amz-date")
    }

    @Test func `an ARN with slashes and a session's token are signed`() {
        let arn =
            "arn%3Aaws%3Abedrock%3Aeu-west-3%3A123456789012%3Ainference-profile%2F"
            + "eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0"
        let signed = bedrock(
            "POST", "/model/\(arn)/converse-stream",
            [
                ("content-type", "application/json"), ("x-amz-security-token", "FwoGZXIvYXdzEB//session+token=="),
            ], body: "{}")
        #expect(signed.signature == "dd82ceca0bc57dde12e5108ca78c476e8a2f27705194dc028d8aa5dd5c5184e3")
        #expect(signed.names == "content-type;host;x-amz-date;x-amz-security-token")
    }

    @Test func `empty and dot segments don't count, nor does space around words`() {
        let signed = bedrock(
            "GET", host: "127.0.0.1:8123", "//a/./b/../c%20d/",
            [("content-type", "application/json"), ("x-amz-b", "  two   words "), ("x-amz-a", "1")], body: "")
        #expect(signed.signature == "7695eeea5c04425f91ead87f723ce4a88b8a3f8733d1f1a051f83c1cab8ce77e")
    }

    @Test func `a query is signed in order, what has no value too`() {
        let signed = bedrock("GET", host: "127.0.0.1:8123", "/", query: "b=2&a=3&a=1&flag&z%2F=%20", [], body: "")
        #expect(signed.signature == "19462fc43b980f65e0cd33d3e772b51a4e8ba5c54af4d131643e84d4d85d8c93")
    }

    @Test func `lines of one name are joined in their order`() {
        let request = AWSCanonicalRequest(
            method: "GET", path: "", headers: [("x-amz-b", "2"), ("host", "h"), ("x-amz-b", "1")], bodyHash: emptyHash)
        #expect(request.spelled.text == "GET\n/\n\nhost:h\nx-amz-b:2,1\n\nhost;x-amz-b\n\(emptyHash)")
    }

    @Test(arguments: [
        (0, "19700101T000000Z"), (1_709_251_199, "20240229T235959Z"), (4_102_444_800, "21000101T000000Z"),
    ])
    func `a moment is written in UTC without separators`(seconds: Int, text: String) {
        #expect(AWSTime(unixSeconds: seconds).text == text)
        #expect(AWSTime(unixSeconds: seconds).date == String(text.prefix(8)))
    }

    @Test func `credentials don't print themselves`() {
        #expect(!"\(secret)".contains("wJalr"))
    }
}
