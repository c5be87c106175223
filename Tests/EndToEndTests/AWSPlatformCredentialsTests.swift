import Foundation
import Testing

/// Before Bedrock without a credential of its own: the gateway signs with what the platform lends.
@Suite(.ownThread) struct AWSPlatformCredentialsTests {
    private static let answer = """
        {"output":{"message":{"content":[{"text":"Hi!"}],"role":"assistant"}},"stopReason":"end_turn",\
        "usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}
        """

    /// As the metadata service and a container's agent write it.
    private static func loan() -> String {
        let expiry = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 3600))
        return """
            {"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"lent-secret-1",\
            "Token":"lent-token-1","Expiration":"\(expiry)"}
            """
    }

    private func withGateway(
        before upstream: ScriptedUpstream, _ environment: [String: String], _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        let configuration = """
            providers: { bedrock: { base_url: "http://127.0.0.1:\(upstream.port)", location: eu-west-3 } }
            """
        try EndToEndTests.withGateway(configuration, environment: environment, body)
    }

    private func isCall(_ request: HTTPMessage) -> Bool { request.path.hasPrefix("/model/") }

    @Test func `the machine's role is asked for once, by a session, and signs every call`() throws {
        let upstream = try ScriptedUpstream { call in
            switch (call.request.method, call.request.path) {
            case ("PUT", "/latest/api/token"):
                try call.answer(call.request["x-aws-ec2-metadata-token-ttl-seconds"] == nil ? "" : "session-1")
            case ("GET", let path) where call.request["x-aws-ec2-metadata-token"] == "session-1":
                let isRole = path == "/latest/meta-data/iam/security-credentials/my-role"
                try call.answer(isRole ? Self.loan() : "my-role\n")
            case ("GET", _): try call.answer("no", status: "401 Unauthorized")
            default: try call.answer(Self.answer)
            }
        }
        let variables = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(upstream.port)/"]
        try withGateway(before: upstream, variables) { gateway throws in
            for _ in 0..<3 {
                let answer = try gateway.chat(model: "bedrock/m")
                #expect(answer.status == 200, "\(answer.text)")
            }
            let calls = upstream.calls.filter(isCall)
            #expect(calls.count == 3 && upstream.calls.count == 6)
            for call in calls {
                #expect(call["x-amz-security-token"] == "lent-token-1")
                #expect(call["authorization"]?.contains("Credential=ASIA1/") == true)
            }
            #expect(!gateway.program.standardOutput.contains("lent-"), "what is lent is a secret")
        }
    }

    @Test func `a container's agent is shown its token, as the file has it by then`() throws {
        let folder = try ScratchFolder()
        try folder.write("first\n", to: "token")
        let upstream = try ScriptedUpstream { call in
            guard call.request.path == "/v1/credentials?x=1" else { return try call.answer(Self.answer) }
            guard call.request["authorization"] == "second" else {
                return try call.answer(#"{"code":"x"}"#, status: "403 Forbidden")
            }
            try call.answer(Self.loan())
        }
        let variables = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:\(upstream.port)/v1/credentials?x=1",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "\(folder.path)/token",
        ]
        try withGateway(before: upstream, variables) { gateway throws in
            let refused = try gateway.chat(model: "bedrock/m")
            #expect(refused.status == 502 && refused.json["error"]["code"].string == "provider_auth_failed")
            let line = try gateway.logLine { $0["error_code"].string == "provider_auth_failed" }
            #expect(line["error_detail"].string?.contains("the container's agent answered with status 403") == true)
            #expect(upstream.calls.allSatisfy { !isCall($0) }, "nothing is sent unsigned")

            try folder.write("second\n", to: "token")
            try eventually("a call that is signed", within: .seconds(15)) { () throws -> Bool in
                usleep(50_000)  // calls now and then, not a flood of them
                return try gateway.chat(model: "bedrock/m").status == 200
            }
            #expect(upstream.calls.last?["x-amz-security-token"] == "lent-token-1")
        }
    }

    @Test func `a web identity's token is exchanged for its role, and renewed ahead of its end`() throws {
        let folder = try ScratchFolder()
        try folder.write("identity+token=", to: "token")
        let loans = Notes<String>()
        let upstream = try ScriptedUpstream { call in
            guard call.request.path == "/" else { return try call.answer(Self.answer) }
            loans.add(call.request.text)
            let expiry = ISO8601DateFormatter().string(from: Date(timeIntervalSinceNow: 5))
            try call.answer(
                """
                <AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
                <AccessKeyId>ASIA\(loans.all.count)</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
                <SessionToken>t\(loans.all.count)</SessionToken><Expiration>\(expiry)</Expiration>
                </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
                """)
        }
        let variables = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder.path)/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
            "AWS_ROLE_SESSION_NAME": "me", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(upstream.port)",
        ]
        try withGateway(before: upstream, variables) { gateway throws in
            try eventually("a call with the second loan", within: .seconds(20)) { () throws -> Bool in
                let answer = try gateway.chat(model: "bedrock/m")
                #expect(answer.status == 200, "\(answer.text)")
                usleep(100_000)  // the first loan has to come to its end meanwhile
                return upstream.calls.contains { $0["x-amz-security-token"] == "t2" }
            }
            let first = try #require(upstream.calls.first { isCall($0) })
            #expect(first["authorization"]?.contains("Credential=ASIA1/") == true)
            #expect(
                loans.all.first == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1"
                    + "%3Arole%2Fr&RoleSessionName=me&WebIdentityToken=identity%2Btoken%3D")
        }
    }

    @Test func `a refused identity is the operator's affair, and says what AWS said`() throws {
        let folder = try ScratchFolder()
        try folder.write("old", to: "token")
        let upstream = try ScriptedUpstream { call in
            try call.answer(
                "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>m</Message></Error></ErrorResponse>",
                status: "400 Bad Request")
        }
        let variables = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder.path)/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
            "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(upstream.port)",
        ]
        try withGateway(before: upstream, variables) { gateway throws in
            let answer = try gateway.chat(model: "bedrock/m")
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_auth_failed")
            let line = try gateway.logLine { $0["error_code"].string == "provider_auth_failed" }
            #expect(line["error_detail"].string?.contains("status 400, ExpiredTokenException") == true)
        }
    }

    @Test func `an agent elsewhere isn't asked without TLS`() throws {
        let upstream = try ScriptedUpstream(answering: Self.answer)
        let variables = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://agent.example/credentials"]
        try withGateway(before: upstream, variables) { gateway throws in
            let answer = try gateway.chat(model: "bedrock/m")
            #expect(answer.json["error"]["code"].string == "provider_auth_failed" && upstream.calls.isEmpty)
        }
    }
}
