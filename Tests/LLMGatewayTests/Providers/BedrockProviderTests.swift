import Testing
import WireFormats

@testable import LLMGateway

@Suite struct BedrockProviderTests {
    private func settings(_ yaml: String, _ environment: [String: String] = [:]) throws -> ProviderSettings {
        let loaded = try configuration("providers: { p: { type: bedrock, \(yaml) } }", environment)
        return try #require(loaded.provider("p"))
    }

    private func site(_ yaml: String, _ environment: [String: String] = [:]) throws -> UpstreamSite {
        let settings = try settings(yaml, environment)
        return try UpstreamSite(
            BedrockProvider(settings), settings, formats: [BedrockConverseFormat()], via: "gw-1")
    }

    private let key = "access_key_id: AKID, secret_access_key: s3cret"
    private let off = ["AWS_EC2_METADATA_DISABLED": "true"]

    private func head(_ site: UpstreamSite, _ model: String, streams: Bool = false) throws -> [String] {
        let kind = CallKind(format: .bedrockConverse, operation: .chat, streams: streams)
        let head = try #require(site.head(kind, model: model, credential: 0))
        return String(decoding: head, as: UTF8.self).split(separator: "\r\n").map(String.init)
    }

    @Test func `the region's own host is asked, over TLS`() throws {
        let site = try site("location: eu-west-3, \(key)")
        #expect(site.origin.host == "bedrock-runtime.eu-west-3.amazonaws.com")
        #expect(site.origin.port == 443 && site.origin.tls != nil)
        #expect(site.signing(credential: 0)?.authority == "bedrock-runtime.eu-west-3.amazonaws.com")
    }

    @Test(arguments: [
        ("anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1%3A0"),
        ("arn:aws:bedrock:x:1:inference-profile/y", "arn%3Aaws%3Abedrock%3Ax%3A1%3Ainference-profile%2Fy"),
        ("../../a b?c", "..%2F..%2Fa%20b%3Fc"),
    ])
    func `a model's name is one segment of the path, whatever it holds`(model: String, segment: String) throws {
        let site = try site("location: eu-west-3, \(key)")
        #expect(try head(site, model).first == "POST /model/\(segment)/converse HTTP/1.1")
        #expect(try head(site, model, streams: true).first == "POST /model/\(segment)/converse-stream HTTP/1.1")
    }

    @Test func `a base URL of the operator's keeps its path`() throws {
        let site = try site("location: eu-west-3, base_url: 'https://vpce-1.example/bedrock/', \(key)")
        #expect(site.origin.host == "vpce-1.example")
        #expect(try head(site, "m").first == "POST /bedrock/model/m/converse HTTP/1.1")
    }

    @Test func `an API key is sent as it is, and signs nothing`() throws {
        let site = try site("location: eu-west-3, api_key: bedrock-key, \(key)")
        #expect(site.signing(credential: 0) == nil)
        #expect(try head(site, "m").contains("authorization: Bearer bedrock-key"))
        let other = try self.site("base_url: 'http://127.0.0.1:1', api_key: bedrock-key")
        #expect(other.signing(credential: 0) == nil, "which needs no region")
    }

    @Test func `a region that is none is refused, as it would be part of a host's name`() throws {
        let refused = #expect(throws: UnusableSite.self) { try site("location: 'evil.example/', \(key)") }
        #expect(refused?.reason.contains("location") == true)
    }

    @Test(
        arguments: [
            ("location: a, access_key_id: b, secret_access_key: c", [:], nil), ("location: a, api_key: b", [:], nil),
            ("base_url: 'http://h', api_key: b", [:], nil), ("location: a, forward_client_key: true", [:], nil),
            ("access_key_id: b, secret_access_key: c", [:], "providers.p.location (or AWS_REGION)"),
            (
                "enabled: auto", ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "c"],
                nil
            ),
            (
                "location: a", [:],
                "providers.p.access_key_id and secret_access_key (or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
            ),
            ("location: a", ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"], nil),
            ("location: a", ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn"], nil),
            ("location: a", ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"], nil),
        ] as [(String, [String: String], String?)])
    func `what lacks is named, and only that`(yaml: String, variables: [String: String], lacking: String?) throws {
        let off = variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] == nil ? off : [:]
        #expect(BedrockProvider.lacking(try settings(yaml, variables.merging(off) { $1 })) == lacking)
    }

    @Test func `without any credential there is nothing to sign with`() throws {
        #expect(throws: UnusableSite.self) { try site("enabled: true, location: a", off) }
        let asked = try site("enabled: true, location: a")
        #expect(asked.signing(credential: 0) != nil, "the machine is asked where it is switched on")
    }

    // MARK: Whose key

    @Test func `half a key is a problem where it was meant for the gateway`() {
        let half = problems("providers: { p: { type: bedrock, location: a, access_key_id: b } }")
        #expect(half.count == 1 && half[0].contains("secret_access_key"))
        #expect(problems("providers: { p: { type: bedrock, location: a } }", ["AWS_ACCESS_KEY_ID": "b"]) == [])
    }

    @Test func `a session's token goes with the key that it was set with`() throws {
        let variables = [
            "AWS_ACCESS_KEY_ID": "AKV", "AWS_SECRET_ACCESS_KEY": "v", "AWS_SESSION_TOKEN": "tv", "AWS_REGION": "r",
        ]
        func key(_ yaml: String) throws -> AWSSettings.AccessKey? {
            try settings(yaml, variables).platform.aws?.accessKey
        }
        #expect(try key("enabled: auto") == .init(id: Secret("AKV"), secret: Secret("v"), sessionToken: Secret("tv")))
        #expect(try key(self.key) == .init(id: Secret("AKID"), secret: Secret("s3cret"), sessionToken: nil))
        #expect(try key("\(self.key), session_token: t")?.sessionToken == Secret("t"))
    }

    @Test func `other types know nothing of AWS`() throws {
        #expect(problems("providers: { openai: { access_key_id: a, secret_access_key: b } }").count == 2)
    }
}
