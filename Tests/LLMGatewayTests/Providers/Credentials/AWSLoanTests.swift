import Testing

@testable import LLMGateway

@Suite struct AWSLoanTests {
    @Test func `what a container's agent and the metadata service write is read`() {
        let loan = AWSLoan(
            json: """
                {"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIA","SecretAccessKey":"s/+=","Token":"t//==",\
                "Expiration":"2026-11-21T18:00:07Z","RoleArn":null}
                """)
        #expect(loan?.credentials.accessKeyID == "ASIA" && loan?.credentials.secretAccessKey == Secret("s/+="))
        #expect(loan?.credentials.sessionToken == Secret("t//==") && loan?.expiry == 1_795_284_007)
    }

    @Test func `what the token service writes is read`() {
        let loan = AWSLoan(
            xml: """
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                  <AssumeRoleWithWebIdentityResult>
                    <Credentials>
                      <SessionToken>a&amp;b</SessionToken>
                      <SecretAccessKey> s3cret </SecretAccessKey>
                      <Expiration>2026-11-21T18:00:07.125Z</Expiration>
                      <AccessKeyId>ASIA</AccessKeyId>
                    </Credentials>
                  </AssumeRoleWithWebIdentityResult>
                </AssumeRoleWithWebIdentityResponse>
                """)
        #expect(loan?.credentials.accessKeyID == "ASIA" && loan?.credentials.secretAccessKey == Secret("s3cret"))
        #expect(loan?.credentials.sessionToken == Secret("a&b") && loan?.expiry == 1_795_284_007)
    }

    @Test(arguments: [
        "", "{}", "[]", "no", #"{"AccessKeyId":"a"}"#, #"{"AccessKeyId":"a","SecretAccessKey":7}"#,
        #"{"AccessKeyId":"a\r\nevil: yes","SecretAccessKey":"b"}"#,
        #"{"AccessKeyId":"a","SecretAccessKey":"b","Token":"c\nd"}"#,
        #"{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role."}"#,
    ])
    func `what holds no credentials is none`(json: String) {
        #expect(AWSLoan(json: json) == nil)
        #expect(AWSLoan(xml: json) == nil)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T23:59:59Z", 1_709_251_199), ("2026-13-01T00:00:00Z", nil),
            ("2026-11-21T18:00:07+01:00", nil), ("soon", nil), ("", nil),
        ] as [(String, Int?)])
    func `an end is read in UTC`(text: String, seconds: Int?) {
        #expect(AWSLoan.seconds(text) == seconds)
    }
}
