import Testing

@testable import LLMGateway

@Suite struct StoredAnswerHeadTests {
    private func head(
        _ line: String = "POST /v1/responses HTTP/1.1", id: String = "resp_1", query: String = ""
    ) -> String {
        let bytes = StoredAnswerHead.bytes(
            from: Array("\(line)\r\nhost: a b\r\n".utf8), method: .get, id: id, query: query)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `the path goes on with the id, and the lines stay`() {
        #expect(head() == "GET /v1/responses/resp_1 HTTP/1.1\r\nhost: a b\r\n")
    }

    @Test func `the client's query goes along, behind the provider's own`() {
        #expect(
            head(query: "include[]=x&stream=true").hasPrefix("GET /v1/responses/resp_1?include[]=x&stream=true HTTP"))
        let azure = "POST /openai/responses?api-version=1 HTTP/1.1"
        #expect(head(azure).hasPrefix("GET /openai/responses/resp_1?api-version=1 HTTP"))
        #expect(
            head(azure, query: "stream=true").hasPrefix("GET /openai/responses/resp_1?api-version=1&stream=true HTTP"))
    }

    @Test func `a key to the gateway stays here`() {
        #expect(head(query: "key=sk-mine").hasPrefix("GET /v1/responses/resp_1 HTTP"))
        #expect(head(query: "a=1&key=sk-mine&b=2").hasPrefix("GET /v1/responses/resp_1?a=1&b=2 HTTP"))
    }

    @Test func `an id is a part of the path, whatever it holds`() {
        #expect(
            head(id: "a b?c#d\r\ne%é").hasPrefix("GET /v1/responses/a%20b%3Fc%23d%0D%0Ae%25%C3%A9 HTTP/1.1\r\nhost"))
    }
}
