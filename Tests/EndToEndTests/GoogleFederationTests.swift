import Foundation
import Testing

/// Models on Google's cloud for a workload that runs elsewhere: its platform's word is exchanged for Google's token.
@Suite(.ownThread) struct GoogleFederationTests {
    private static let answer = """
        {"candidates":[{"content":{"role":"model","parts":[{"text":"Hi!"}]},"finishReason":"STOP"}]}
        """

    /// Google's token service, a service account's, another platform, and a model.
    private static func cloud() throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            switch (call.request.path, call.request["authorization"]) {
            case ("/identity?x=1", "bearer runner-secret"): try call.answer(#"{"value":"word-2"}"#)
            case ("/identity?x=1", _): try call.answer("no", status: "403 Forbidden")
            case ("/v1/token", _): try call.answer(#"{"access_token":"exchanged","expires_in":3600}"#)
            case ("/account:generateAccessToken", "Bearer exchanged"):
                try call.answer(#"{"accessToken":"account's","expireTime":"2099-01-01T00:00:00Z"}"#)
            case (_, "Bearer exchanged"), (_, "Bearer account's"): try call.answer(answer)
            default: try call.answer(#"{"error":{"code":401,"message":"no"}}"#, status: "401 Unauthorized")
            }
        }
    }

    private func withGateway(
        before upstream: ScriptedUpstream, _ more: String, _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        let folder = try ScratchFolder()
        try folder.write("word+1\n", to: "word")
        let place = "http://127.0.0.1:\(upstream.port)"
        let file = """
            {"type":"external_account","audience":"//iam/pool","subject_token_type":"urn:jwt","token_url":"\(place)/v1/token",\
            \(more.replacing("PLACE", with: place).replacing("FOLDER", with: folder.path))}
            """
        let path = try folder.write(file, to: "federation.json")
        try EndToEndTests.withGateway(
            """
            providers:
              up:
                { type: vertex-gemini, project: proj, location: us-central1, base_url: "\(place)/v1",
                  credentials_file: \(path), probe: { interval: 1h } }
            """, environment: ["HOME": "/nonexistent"], body)
    }

    @Test func `the word in a file is exchanged, and the token signs the calls`() throws {
        let upstream = try Self.cloud()
        try withGateway(before: upstream, #""credential_source":{"file":"FOLDER/word"}"#) { gateway throws in
            for _ in 0..<2 {
                let answer = try gateway.chat(model: "up/g")
                #expect(answer.status == 200, "\(answer.text)")
            }
            let exchanges = upstream.calls.filter { $0.path == "/v1/token" }
            #expect(
                exchanges.map(\.form) == [
                    [
                        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": "//iam/pool",
                        "scope": "https://www.googleapis.com/auth/cloud-platform", "subject_token": "word+1",
                        "subject_token_type": "urn:jwt",
                        "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
                    ]
                ])
        }
    }

    @Test func `one at a URL as well, and a service account's token is asked for with what comes`() throws {
        let upstream = try Self.cloud()
        let more = """
            "credential_source":{"url":"PLACE/identity?x=1","headers":{"Authorization":"bearer runner-secret"},\
            "format":{"type":"json","subject_token_field_name":"value"}},\
            "service_account_impersonation_url":"PLACE/account:generateAccessToken"
            """
        try withGateway(before: upstream, more) { gateway throws in
            let answer = try gateway.chat(model: "up/g")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(upstream.calls.first { $0.path == "/v1/token" }?.form["subject_token"] == "word-2")
            let wish = try #require(upstream.calls.first { $0.path == "/account:generateAccessToken" })
            #expect(wish.json["lifetime"].string == "3600s" && wish.json["scope"].list?.count == 1)
            let sent = try #require(upstream.calls.last { $0.path.contains("/publishers/") })
            #expect(sent["authorization"] == "Bearer account's")
            #expect(!gateway.program.standardOutput.contains("runner-secret"))
        }
    }

    @Test func `a platform that says nothing is the operator's affair`() throws {
        let upstream = try Self.cloud()
        try withGateway(before: upstream, #""credential_source":{"url":"PLACE/identity?x=1"}"#) { gateway throws in
            let answer = try gateway.chat(model: "up/g")
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_auth_failed")
            let line = try gateway.logLine { $0["error_code"].string == "provider_auth_failed" }
            #expect(line["error_detail"].string?.contains("answered with status 403") == true)
        }
    }
}
