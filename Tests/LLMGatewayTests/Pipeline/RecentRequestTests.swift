import Testing

@testable import LLMGateway

/// What is remembered of requests that ended.
@Suite(.timeLimit(.minutes(1))) struct RecentRequestTests {
    private func chat(_ model: String, _ more: String = "", on port: Int, headers: String = "") async throws -> Int {
        let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"canary-prompt"}]\#(more)}"#
        let client = try RawSocket(to: port)
        defer { client.close() }
        try await client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n"
                + body)
        return try await client.answer().status
    }

    private func explanation(of id: String, on port: Int) async throws -> (status: Int, text: String) {
        let client = try RawSocket(to: port)
        defer { client.close() }
        try await client.send("GET /admin/requests/\(id) HTTP/1.1\r\nhost: localhost\r\n\r\n")
        let answer = try await client.answer()
        return (answer.status, answer.body)
    }

    @Test func `as many are remembered as were agreed, and the oldest go first`() async throws {
        try await withPipeline("providers: { simulated: {} }", remembers: 3) { port in
            for number in 1...5 {
                #expect(try await chat("echo", on: port, headers: "x-request-id: call-\(number)\r\n") == 200)
            }
            for number in 1...5 {
                let status = try await explanation(of: "call-\(number)", on: port).status
                #expect(status == (number > 2 ? 200 : 404), "\(number)")
            }
            let unknown = try await explanation(of: "call-1", on: port).text
            #expect(unknown.contains("request_not_found") && unknown.contains("The last 3 "))
        }
    }

    @Test func `names that are too long to be names are not kept whole`() async throws {
        try await withPipeline("providers: { simulated: {} }") { port in
            let long = String(repeating: "long", count: 128)
            #expect(try await chat(long, on: port, headers: "x-request-id: long\r\n") == 200)
            let answer = try await explanation(of: "long", on: port)
            #expect(answer.status == 200 && answer.text.utf8.count < 4000)
            #expect(answer.text.contains(#""routes":[],"#) && answer.text.contains("longlong"))
            // What is longer is no name.
            #expect(try await chat(long + "r", on: port, headers: "x-request-id: longer\r\n") == 400)
            #expect(try await explanation(of: "longer", on: port).text.contains("longlong") == false)
        }
    }

    @Test func `bodies that are logged are not remembered`() async throws {
        try await withPipeline("providers: { simulated: {} }\nlog: { bodies: true }") { port in
            #expect(try await chat("echo", on: port, headers: "x-request-id: said\r\n") == 200)
            let answer = try await explanation(of: "said", on: port)
            #expect(answer.status == 200 && !answer.text.contains("canary-prompt"))
        }
    }
}
