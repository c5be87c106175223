import Testing

@testable import LLMGateway

/// Requests that are refused before anybody has looked at what they want: the error has the shape of the client's API all
/// the same.
@Suite(.timeLimit(.minutes(1))) struct RefusalShapeTests {
    private func refusal(of request: String) async throws -> String {
        var answer = ""
        try await withPipeline("providers: { simulated: {} }") { port in
            let client = try RawSocket(to: port)
            try await client.send(request)
            answer = try await client.readToEnd()
        }
        return answer
    }

    @Test(arguments: [
        ("/api/tags", #"{"error":""#), ("/v1beta/models", #""status":"UNIMPLEMENTED""#),
        ("/v1/models", #""type":"invalid_request_error""#),
    ])
    func `a method that a list doesn't have is refused in its format`(path: String, shape: String) async throws {
        let answer = try await refusal(
            of: "POST \(path) HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        #expect(
            answer.contains("405 ") && answer.contains("allow: GET, HEAD\r\n") && answer.contains(shape), "\(answer)")
    }

    @Test func `who asks Anthropic's way for models is answered that way, and told the request's id`() async throws {
        for method in ["POST", "GET"] {
            let answer = try await refusal(
                of: "\(method) /v1/models HTTP/1.1\r\nhost: x\r\nanthropic-version: 2023-06-01\r\n"
                    + "connection: close\r\ncontent-length: 0\r\n\r\n")
            #expect(answer.contains("\r\nrequest-id: "), "\(answer)")
            #expect(answer.contains(method == "GET" ? #""has_more":false"# : #"{"type":"error""#), "\(answer)")
        }
    }

    @Test(arguments: [
        "a: \(String(repeating: "x", count: 100_000))\r\n\r\n", "content-length: 1\r\ncontent-length: 2\r\n\r\n",
    ])
    func `a head that is refused is refused in the format of its path`(rest: String) async throws {
        let answer = try await refusal(of: "POST /v1/messages HTTP/1.1\r\nhost: x\r\n\(rest)")
        #expect(answer.contains(#"{"type":"error""#) && answer.contains("\r\nrequest-id: "), "\(answer)")
    }

    @Test func `a line that is none is refused in the first format`() async throws {
        let answer = try await refusal(of: "nonsense\r\n\r\n")
        #expect(answer.contains("400 Bad Request") && answer.contains(#""code":"invalid_http""#), "\(answer)")
    }
}
