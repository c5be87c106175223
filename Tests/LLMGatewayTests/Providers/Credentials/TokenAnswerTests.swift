import Testing

@testable import LLMGateway

@Suite struct TokenAnswerTests {
    private func read(_ body: String, status: Int = 200) throws -> FetchedCredential<Secret> {
        try TokenAnswer.read(CredentialClient.Answer(status: status, body: Array(body.utf8)), from: "tokens.example")
    }

    @Test(arguments: [
        ("", 3600), (#","expires_in":60"#, 60), (#","expires_in":"60""#, 60), (#","expires_in":-5"#, 0),
        (#","expires_in":60,"expires_on":"1""#, 60), (#","expires_on":"1""#, 0), (#","expires_on":"soon""#, 3600),
        (#","expires_on":"-9223372036854775808""#, 0), (#","expires_on":9223372036854775807"#, 86_400),
    ])
    func `a token is good as long as the answer says, a day at most`(more: String, seconds: Int) throws {
        let fetched = try read(#"{"access_token":"t"\#(more)}"#)
        #expect(fetched.credential.reveal() == "t" && fetched.lifetime == .seconds(seconds))
    }

    @Test func `the end may be told instead of the time that is left`() throws {
        let fetched = try read(#"{"access_token":"t","expires_on":"\#(WallClock.now.seconds + 600)"}"#)
        let left = try #require(fetched.lifetime)
        #expect(left > .seconds(590) && left <= .seconds(600))
    }

    @Test(arguments: [
        (400, #"{"error":"invalid_grant","error_description":"too old"}"#, "400: invalid_grant: too old", true),
        (403, #"{"error":{"code":403,"message":"no such account"}}"#, "403: no such account", true),
        (503, "<html>", "503", false), (200, #"{"access_token":"a b"}"#, "without an access_token", true),
    ])
    func `what is no token says why, and whose fault it is`(
        status: Int, body: String, reason: String, isRefused: Bool
    ) throws {
        let error = try #require(throws: UnavailableCredential.self) { try read(body, status: status) }
        #expect(error.reason.hasSuffix(reason) && (error.fault == .refused) == isRefused, "\(error.reason)")
    }
}
