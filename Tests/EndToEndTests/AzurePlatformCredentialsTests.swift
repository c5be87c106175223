import Foundation
import Testing

/// Before Azure without a credential of its own: the gateway sends the token that the platform gives it.
@Suite(.ownThread) struct AzurePlatformCredentialsTests {
    private func withGateway(
        before upstream: ScriptedUpstream, _ environment: [String: String], _ more: String = "",
        _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        let configuration = """
            providers: { azure: { type: azure-openai, base_url: "http://127.0.0.1:\(upstream.port)" \(more) } }
            """
        try EndToEndTests.withGateway(configuration, environment: environment, body)
    }

    private func isCall(_ request: HTTPMessage) -> Bool { request.path == "/openai/v1/chat/completions" }

    @Test func `a workload's token is exchanged once, and is no key`() throws {
        let folder = try ScratchFolder()
        try folder.write("identity+token=\n", to: "token")
        let forms = Notes<String>()
        let upstream = try ScriptedUpstream { call in
            guard call.request.path == "/my-tenant/oauth2/v2.0/token" else {
                return try call.answer(Wording.completion())
            }
            forms.add(call.request.text)
            try call.answer(#"{"token_type":"Bearer","expires_in":3599,"access_token":"entra-token-1"}"#)
        }
        let variables = [
            "AZURE_FEDERATED_TOKEN_FILE": "\(folder.path)/token", "AZURE_TENANT_ID": "my-tenant",
            "AZURE_CLIENT_ID": "my-app", "AZURE_AUTHORITY_HOST": "http://127.0.0.1:\(upstream.port)/",
        ]
        try withGateway(before: upstream, variables) { gateway throws in
            for _ in 0..<3 {
                let answer = try gateway.chat(model: "azure/m", headers: ["api-key: a-client's"])
                #expect(answer.status == 200, "\(answer.text)")
            }
            let calls = upstream.calls.filter(isCall)
            #expect(calls.count == 3)
            for call in calls {
                #expect(call["authorization"] == "Bearer entra-token-1" && call["api-key"] == nil)
            }
            #expect(
                forms.all == [
                    "grant_type=client_credentials&client_id=my-app"
                        + "&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default"
                        + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                        + "&client_assertion=identity%2Btoken%3D"
                ])
            #expect(!gateway.program.standardOutput.contains("entra-token"), "a token is a secret")
        }
    }

    @Test func `a managed identity's token is renewed ahead of the time at which it ends`() throws {
        let given = Notes<String>()
        let upstream = try ScriptedUpstream { call in
            guard call.request.path.hasPrefix("/msi/token?") else { return try call.answer(Wording.completion()) }
            guard call.request["x-identity-header"] == "the-proof" else {
                return try call.answer("{}", status: "401 Unauthorized")
            }
            given.add(call.request.path)
            let end = Int(Date().timeIntervalSince1970) + 5
            try call.answer(#"{"access_token":"t\#(given.all.count)","expires_on":"\#(end)","token_type":"Bearer"}"#)
        }
        let variables = [
            "IDENTITY_ENDPOINT": "http://127.0.0.1:\(upstream.port)/msi/token", "IDENTITY_HEADER": "the-proof",
            "AZURE_CLIENT_ID": "my-app",
        ]
        try withGateway(before: upstream, variables) { gateway throws in
            try eventually("a call with the second token", within: .seconds(20)) { () throws -> Bool in
                let answer = try gateway.chat(model: "azure/m")
                #expect(answer.status == 200, "\(answer.text)")
                usleep(100_000)  // the first token has to come to its end meanwhile
                return upstream.calls.contains { $0["authorization"] == "Bearer t2" }
            }
            let resource = "resource=https%3A%2F%2Fcognitiveservices.azure.com"
            #expect(given.all.first == "/msi/token?api-version=2019-08-01&\(resource)&client_id=my-app")
        }
    }

    @Test func `a machine without an identity is the operator's affair, and says what Azure said`() throws {
        let upstream = try ScriptedUpstream { call in
            let refusal = #"{"error":"invalid_request","error_description":"Identity not found"}"#
            try call.answer(refusal, status: "400 Bad Request")
        }
        let variables = ["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:\(upstream.port)/"]
        try withGateway(before: upstream, variables) { gateway throws in
            let answer = try gateway.chat(model: "azure/m")
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_auth_failed")
            let line = try gateway.logLine { $0["error_code"].string == "provider_auth_failed" }
            #expect(line["error_detail"].string?.contains("400: invalid_request: Identity not found") == true)
            let asked = try upstream.call(1)
            #expect(asked.path.hasPrefix("/metadata/identity/oauth2/token?api-version=2018-02-01&resource="))
            #expect(asked["metadata"] == "true" && upstream.calls.allSatisfy { !isCall($0) }, "nothing goes unsigned")
        }
    }

    @Test func `nobody is asked where there is a key`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        let variables = ["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:\(upstream.port)/"]
        try withGateway(before: upstream, variables, ", api_key: own") { gateway throws in
            #expect(try gateway.chat(model: "azure/m").status == 200)
            let sent = try #require(upstream.calls.first(where: isCall))
            #expect(sent["api-key"] == "own" && sent["authorization"] == nil)
            #expect(!upstream.calls.contains { $0.path.hasPrefix("/metadata/") })
        }
    }
}
